import Foundation
import Learning
package import LinearAlgebra
package import Signals

/// The shape that two senses' embeddings have in the unified space.
package struct SpaceGeometry: Equatable, Sendable {
    package let from: StreamName
    package let to: StreamName
    package let windows: Int
    /// ‖ū − v̄‖
    package let gap: Double
    package let gaussianW2: Double
    /// Times `d`, to compare with the Gaussian one.
    package let slicedW2: Double
    /// See `Learning.alignment` and `uniformity`; uniformity is the mean of both senses.
    package let alignment: Double
    package let uniformity: Double
    /// The mean of both senses.
    package let effectiveRank: Double
    package let retrieval: MetricRetrieval

    /// Of the rows `u` and `v`, both `n × d`, of the same windows; `random` draws the directions, and learned
    /// measures are fitted on `lesson`.
    package init(
        from: StreamName, _ u: Matrix, to: StreamName, _ v: Matrix,
        lesson: MetricRetrieval.Lesson? = nil, using random: inout SeededGenerator
    ) {
        self.from = from
        self.to = to
        windows = u.rows
        gap = zip(u.columnMeans, v.columnMeans)
            .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        gaussianW2 = gaussianWasserstein(u, v) ?? 0
        slicedW2 = slicedWasserstein(u, v, using: &random) * Double(u.columns)
        alignment = Learning.alignment(u, v)
        uniformity = (Learning.uniformity(u) + Learning.uniformity(v)) / 2
        effectiveRank = (Diagnosis.effectiveRank(u) + Diagnosis.effectiveRank(v)) / 2
        retrieval = MetricRetrieval(from: u, to: v, lesson: lesson)
    }
}

/// How many directions a cloud really uses: `exp(−Σ pₖ ln pₖ)` with `pₖ = λₖ / Σ λ`, the eigenvalues of
/// its covariance (Roy and Vetterli 2007). From 1 to `d`; 0 for a cloud that is one point.
package func effectiveRank(_ x: Matrix) -> Double {
    guard let eigen = SymmetricEigen(x.covariance) else { return 0 }
    let values = eigen.values.map { max(0, $0) }
    let total = values.reduce(0, +)
    guard total > 1e-15 else { return 0 }
    return exp(values.reduce(0) { $0 - ($1 > 0 ? $1 / total * log($1 / total) : 0) })
}
