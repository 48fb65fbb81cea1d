package import LinearAlgebra

/// Directions in which two whitened clouds agree: the singular vectors of their cross-covariance.
///
/// ```
/// C = XᵀY / n = U diag(ρ) Vᵀ,    a = √ρ Uᵀ x,   b = √ρ Vᵀ y
/// ```
/// `ρ` are the canonical correlations (Hotelling 1936). Each direction counts by `√ρ`, so that the cosine
/// of `a` and `b` leans on those that agree most; those within chance do not count.
package struct CanonicalDirections: Sendable {
    /// Falling.
    package let correlations: [Double]
    /// `r × p`, rows times `√ρ`.
    package let left: Matrix
    /// `r × q`, rows times `√ρ`.
    package let right: Matrix

    /// - Parameters:
    ///   - C: `p × q`.
    ///   - chance: what a correlation has to exceed.
    ///   - count: directions, at most.
    ///
    /// `nil` when no direction agrees.
    package init?(_ C: Matrix, chance: Double, count: Int = .max) {
        // The smaller side's Gram matrix has all the singular values that are not 0.
        let isWide = C.rows <= C.columns
        guard let eigen = SymmetricEigen(isWide ? C.timesTransposed(C) : C.transposedTimes(C))
        else { return nil }
        let rho = eigen.values.prefix(count).map { max(0, $0).squareRoot() }
            .prefix { $0 > chance }
        guard !rho.isEmpty else { return nil }
        let known = eigen.vectors.selecting(rows: Array(rho.indices))
        // V = CᵀU / ρ, or U = C V / ρ.
        let other = isWide ? known.times(C) : known.timesTransposed(C)
        var (left, right) = isWide ? (known, other) : (other, known)
        for (k, r) in rho.enumerated() {
            // In a sample ρ may come out above 1.
            let weight = min(1, r).squareRoot()
            for j in 0..<left.columns { left[k, j] *= isWide ? weight : weight / r }
            for j in 0..<right.columns { right[k, j] *= isWide ? weight / r : weight }
        }
        correlations = Array(rho)
        self.left = left
        self.right = right
    }

    /// Of two clouds that are white, rows of the same windows.
    package init?(_ x: Matrix, _ y: Matrix, chance: Double, count: Int = .max) {
        precondition(x.rows == y.rows, "rows are the same windows")
        self.init(
            x.transposedTimes(y).scaled(by: 1 / Double(max(1, x.rows))), chance: chance,
            count: count)
    }

    /// Rows of the first cloud's kind, `n × r`.
    package func first(_ x: Matrix) -> Matrix { x.timesTransposed(left) }
    /// Rows of the second cloud's kind, `n × r`.
    package func second(_ y: Matrix) -> Matrix { y.timesTransposed(right) }
}
