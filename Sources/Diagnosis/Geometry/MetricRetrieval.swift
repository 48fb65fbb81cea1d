import Learning
package import LinearAlgebra

/// How often a window is its partner's nearest in the other sense, by four measures side by side, and by two
/// that were learnt. As `RetrievalMetric` and `LearnedMetric` have them; a tie stands against us.
package struct MetricRetrieval: Equatable, Sendable {
    package let cosine: Double
    package let euclid: Double
    package let manhattan: Double
    package let chiSquare: Double
    /// Cosine after each sense's mean is taken off: what a modality gap costs.
    package let centredCosine: Double
    /// By measures that were fitted on other windows; `nil`: on none, or too few.
    package let bilinear: Double?
    package let network: Double?

    /// Windows that learned measures are fitted on.
    package typealias Lesson = (u: Matrix, v: Matrix, seed: UInt64)

    /// From the rows of `u` to those of `v`, both `n × d`. Takes time of `n² d`; with a lesson, a second or two
    /// besides.
    package init(from u: Matrix, to v: Matrix, lesson: Lesson? = nil) {
        precondition(u.rows == v.rows && u.columns == v.columns, "rows are the same windows")
        cosine = RetrievalMetric.cosine.recallAt1(from: u, to: v)
        centredCosine = RetrievalMetric.cosine.recallAt1(from: u.centred, to: v.centred)
        euclid = RetrievalMetric.euclid.recallAt1(from: u, to: v)
        manhattan = RetrievalMetric.manhattan.recallAt1(from: u, to: v)
        chiSquare = RetrievalMetric.chiSquare.recallAt1(from: u, to: v)
        func learned(_ shape: LearnedMetric.Shape) -> Double? {
            lesson.flatMap { LearnedMetric(shape, fittedOn: $0.u, $0.v, seed: $0.seed) }?
                .recallAt1(from: u, to: v)
        }
        bilinear = learned(.bilinear)
        network = learned(.network)
    }
}
