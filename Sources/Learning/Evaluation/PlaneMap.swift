package import LinearAlgebra

/// Embeddings drawn on a plane: their two directions of greatest variance.
///
/// ```
/// C = Xcᵀ Xc / n,   C V = V diag(λ),   point = (x − x̄) [v₁ v₂],   share = (λ₁ + λ₂) / Σ λ
/// ```
/// Equal input gives an equal map, signs included (see `SymmetricEigen`).
package struct PlaneMap: Sendable {
    private let mean: [Double]
    /// `2 × d`
    private let axes: Matrix
    /// How much of the variance the plane shows, from 0 to 1.
    package let share: Double

    /// Fits the plane to the rows of `x`, `n × d`.
    package init(fitting x: Matrix) {
        let n = Double(max(1, x.rows))
        let mean = (0..<x.columns).map { k in (0..<x.rows).reduce(0) { $0 + x[$1, k] } / n }
        var centred = x
        for i in 0..<x.rows { for k in 0..<x.columns { centred[i, k] -= mean[k] } }
        var axes = Matrix(rows: 2, columns: x.columns)
        var share = 0.0
        if let eigen = SymmetricEigen(centred.transposedTimes(centred)) {
            for k in 0..<min(2, x.columns) {
                for j in 0..<x.columns { axes[k, j] = eigen.vectors[k, j] }
            }
            let variances = eigen.values.map { max(0, $0) }
            let total = variances.reduce(0, +)
            share = total > 0 ? variances.prefix(2).reduce(0, +) / total : 0
        }
        self.mean = mean
        self.axes = axes
        self.share = share
    }

    /// Where the rows of `x` lie on the plane.
    package func points(_ x: Matrix) -> [(x: Double, y: Double)] {
        (0..<x.rows).map { i in
            var point = (x: 0.0, y: 0.0)
            for k in 0..<x.columns {
                point.x += (x[i, k] - mean[k]) * axes[0, k]
                point.y += (x[i, k] - mean[k]) * axes[1, k]
            }
            return point
        }
    }
}
