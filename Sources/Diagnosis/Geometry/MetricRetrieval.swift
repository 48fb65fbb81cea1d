import Learning
package import LinearAlgebra

/// How often a window is its partner's nearest in the other sense, by four measures side by side.
///
/// ```
/// cosine     x·y / ‖x‖‖y‖            Euclid   √Σ (xₖ − yₖ)²
/// Manhattan  Σ |xₖ − yₖ|             χ²       Σ (xₖ − yₖ)² / (xₖ + yₖ)
/// ```
/// χ² is taken on numbers less the smallest of both sides, its denominator plus 1e-9: it needs positive
/// ones. Cosine and Euclid of unit rows are the same order.
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
        cosine = Retrieval(from: u, to: v).recallAt1
        centredCosine = Retrieval(from: u.centred, to: v.centred).recallAt1
        euclid = Self.recall(u, v) { ($0 - $1) * ($0 - $1) }
        manhattan = Self.recall(u, v) { abs($0 - $1) }
        let least = min(u.elements.min() ?? 0, v.elements.min() ?? 0)
        chiSquare = Self.recall(u, v) {
            ($0 - $1) * ($0 - $1) / ($0 + $1 - 2 * least + 1e-9)
        }
    }

    /// The share of rows whose own partner is strictly the nearest.
    private static func recall(
        _ u: Matrix, _ v: Matrix, _ part: (Double, Double) -> Double
    ) -> Double {
        let d = u.columns
        func distance(_ i: Int, _ j: Int) -> Double {
            var sum = 0.0
            for k in 0..<d { sum += part(u[i, k], v[j, k]) }
            return sum
        }
        let hits = (0..<u.rows).count { i in
            let own = distance(i, i)
            return (0..<v.rows).allSatisfy { $0 == i || distance(i, $0) > own }
        }
        return Double(hits) / Double(max(1, u.rows))
    }
}
