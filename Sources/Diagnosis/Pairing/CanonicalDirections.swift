package import LinearAlgebra

/// Directions in which two whitened clouds agree: the singular vectors of their cross-covariance.
///
/// ```
/// C = XᵀY / n = U diag(ρ) Vᵀ
/// ```
/// `ρ` are the canonical correlations (Hotelling 1936). Each direction counts by `√ρ`; those within four
/// standard errors of chance do not count.
package struct CanonicalDirections: Sendable {
    /// Falling.
    package let correlations: [Double]
    /// `r × p` and `r × q`, rows times `√ρ`.
    private let left: Matrix
    private let right: Matrix

    /// `nil` when no direction agrees.
    package init?(_ x: Matrix, _ y: Matrix, count: Int) {
        precondition(x.rows == y.rows, "rows are the same windows")
        let n = Double(max(1, x.rows))
        let C = x.transposedTimes(y).scaled(by: 1 / n)
        guard let eigen = SymmetricEigen(C.timesTransposed(C)) else { return nil }
        let chance = 4 / n.squareRoot()
        let rho = eigen.values.prefix(count).map { max(0, $0).squareRoot() }
            .prefix { $0 > chance }
        guard !rho.isEmpty else { return nil }
        var left = eigen.vectors.selecting(rows: Array(rho.indices))
        // V = CᵀU / ρ
        var right = left.times(C)
        for (k, r) in rho.enumerated() {
            let weight = min(1, r).squareRoot()
            for j in 0..<left.columns { left[k, j] *= weight }
            for j in 0..<right.columns { right[k, j] *= weight / r }
        }
        correlations = Array(rho)
        self.left = left
        self.right = right
    }

    /// Rows of the first cloud's kind, `n × r`.
    package func first(_ x: Matrix) -> Matrix { x.timesTransposed(left) }
    /// Rows of the second cloud's kind, `n × r`.
    package func second(_ y: Matrix) -> Matrix { y.timesTransposed(right) }
}

extension Matrix {
    /// All with the same rows: their columns, one matrix after the other.
    package init(besideEachOther parts: [Matrix]) {
        let rows = parts.first?.rows ?? 0
        precondition(parts.allSatisfy { $0.rows == rows }, "parts have the same rows")
        self.init(
            rows: rows, columns: parts.reduce(0) { $0 + $1.columns },
            elements: (0..<rows).flatMap { i in parts.flatMap { $0.row(i) } })
    }
}
