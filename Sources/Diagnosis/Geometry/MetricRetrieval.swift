import Learning
package import LinearAlgebra

/// How often a window is its partner's nearest in the other sense, by four measures side by side.
/// As `RetrievalMetric` has them; a tie stands against us.
package struct MetricRetrieval: Equatable, Sendable {
    package let cosine: Double
    package let euclid: Double
    package let manhattan: Double
    package let chiSquare: Double
    /// Cosine after each sense's mean is taken off: what a modality gap costs.
    package let centredCosine: Double

    /// From the rows of `u` to those of `v`, both `n × d`. Takes time of `n² d`.
    package init(from u: Matrix, to v: Matrix) {
        precondition(u.rows == v.rows && u.columns == v.columns, "rows are the same windows")
        cosine = RetrievalMetric.cosine.recallAt1(from: u, to: v)
        centredCosine = RetrievalMetric.cosine.recallAt1(from: u.centred, to: v.centred)
        euclid = RetrievalMetric.euclid.recallAt1(from: u, to: v)
        manhattan = RetrievalMetric.manhattan.recallAt1(from: u, to: v)
        chiSquare = RetrievalMetric.chiSquare.recallAt1(from: u, to: v)
    }
}
