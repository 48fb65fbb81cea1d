import LinearAlgebra

/// Two senses turned so that what they share lies in the same places: canonical correlation.
///
/// With the covariances of the components x and y, ridged by ε = 0.01 because they are whitened already,
/// ```
/// a = √ρ Uᵀ (Σx + εI)^(−1/2) (x − x̄),   b = √ρ Vᵀ (Σy + εI)^(−1/2) (y − ȳ),   agreement = cos(a, b)
/// ```
/// with U, V and ρ the `CanonicalDirections` of (Σx + εI)^(−1/2) Σxy (Σy + εI)^(−1/2) whose ρ exceeds twice what
/// chance gives, √((k_x + k_y) / n).
struct CanonicalPair {
    private let x: Side
    private let y: Side

    private struct Side {
        let mean: [Double]
        /// `directions × components`
        let map: Matrix

        func place(_ rows: Matrix) -> Matrix {
            rows.minus(mean).timesTransposed(map).unitRows
        }
    }

    /// Rows of `x` and `y` are the same windows. `nil` when they share nothing beyond chance.
    init?(_ x: Matrix, _ y: Matrix) {
        precondition(x.rows == y.rows, "rows are the same windows")
        let n = Double(x.rows)
        guard x.rows >= 2 * max(x.columns, y.columns) else { return nil }
        let (meanX, meanY) = (x.columnMeans, y.columnMeans)
        let (p, q) = (x.minus(meanX), y.minus(meanY))
        guard let rootX = Self.inverseRoot(p.transposedTimes(p).scaled(by: 1 / n)),
            let rootY = Self.inverseRoot(q.transposedTimes(q).scaled(by: 1 / n)),
            let shared = CanonicalDirections(
                rootX.times(p.transposedTimes(q).scaled(by: 1 / n)).times(rootY),
                chance: 2 * (Double(x.columns + y.columns) / n).squareRoot())
        else { return nil }
        self.x = Side(mean: meanX, map: shared.left.times(rootX))
        self.y = Side(mean: meanY, map: shared.right.times(rootY))
    }

    /// The places of windows of either sense, unit rows.
    func places(x rows: Matrix) -> Matrix { x.place(rows) }
    func places(y rows: Matrix) -> Matrix { y.place(rows) }

    private static let ridge = 0.01

    /// `(Σ + εI)^(−1/2)`
    private static func inverseRoot(_ covariance: Matrix) -> Matrix? {
        guard let eigen = SymmetricEigen(covariance) else { return nil }
        var scaled = eigen.vectors
        for k in 0..<scaled.rows {
            let root = (max(0, eigen.values[k]) + ridge).squareRoot()
            for j in 0..<scaled.columns { scaled[k, j] /= root }
        }
        return scaled.transposedTimes(eigen.vectors)
    }
}
