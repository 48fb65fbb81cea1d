import LinearAlgebra

/// Two senses turned so that what they share lies in the same places: canonical correlation.
///
/// With the covariances of the components x and y, ridged by ε = 0.01 because they are whitened already,
/// ```
/// (Σx + εI)^(−1/2) Σxy (Σy + εI)^(−1/2) = U diag(ρ) Vᵀ
/// a = √ρ Uᵀ (Σx + εI)^(−1/2) (x − x̄),   b = √ρ Vᵀ (Σy + εI)^(−1/2) (y − ȳ),   agreement = cos(a, b)
/// ```
/// over the directions whose ρ exceeds twice what chance gives, √((k_x + k_y) / n). Hotelling 1936.
struct CanonicalPair {
    private let x: Side
    private let y: Side

    private struct Side {
        let mean: [Double]
        /// `directions × components`
        let map: Matrix

        func place(_ rows: Matrix) -> Matrix {
            var centred = rows
            for i in 0..<rows.rows { for j in 0..<rows.columns { centred[i, j] -= mean[j] } }
            return centred.timesTransposed(map).unitRows
        }
    }

    /// Rows of `x` and `y` are the same windows. `nil` when they share nothing beyond chance.
    init?(_ x: Matrix, _ y: Matrix) {
        precondition(x.rows == y.rows, "rows are the same windows")
        let n = Double(x.rows)
        guard x.rows >= 2 * max(x.columns, y.columns) else { return nil }
        let (p, meanX) = Self.centred(x)
        let (q, meanY) = Self.centred(y)
        guard let rootX = Self.inverseRoot(p.transposedTimes(p).scaled(by: 1 / n)),
            let rootY = Self.inverseRoot(q.transposedTimes(q).scaled(by: 1 / n))
        else { return nil }
        let t = rootX.times(p.transposedTimes(q).scaled(by: 1 / n)).times(rootY)
        guard let eigen = SymmetricEigen(t.transposedTimes(t)) else { return nil }
        let chance = 2 * (Double(x.columns + y.columns) / n).squareRoot()
        let correlations = eigen.values.map { max(0, $0).squareRoot() }
        let kept = correlations.indices.prefix(min(x.columns, y.columns)).prefix {
            correlations[$0] > chance
        }
        guard !kept.isEmpty else { return nil }
        // Row k of V is right singular; the left one is T v / ρ.
        var right = eigen.vectors.selecting(rows: Array(kept))
        var left = right.timesTransposed(t)
        for k in kept {
            for j in 0..<left.columns { left[k, j] /= correlations[k].squareRoot() }
            for j in 0..<right.columns { right[k, j] *= correlations[k].squareRoot() }
        }
        self.x = Side(mean: meanX, map: left.times(rootX))
        self.y = Side(mean: meanY, map: right.times(rootY))
    }

    /// The places of windows of either sense, unit rows.
    func places(x rows: Matrix) -> Matrix { x.place(rows) }
    func places(y rows: Matrix) -> Matrix { y.place(rows) }

    private static func centred(_ x: Matrix) -> (Matrix, [Double]) {
        var mean = [Double](repeating: 0, count: x.columns)
        for i in 0..<x.rows { for j in 0..<x.columns { mean[j] += x[i, j] / Double(x.rows) } }
        var centred = x
        for i in 0..<x.rows { for j in 0..<x.columns { centred[i, j] -= mean[j] } }
        return (centred, mean)
    }

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
