package import LinearAlgebra

/// The leading principal components of centred rows.
///
/// ```
/// Xᵀ X / n = V diag(λ) Vᵀ
/// ```
/// From the smaller of the two Gram matrices: with more features than rows, the eigenvectors `u` of
/// `X Xᵀ / n` give `v = Xᵀ u / √(n λ)`.
package struct PrincipalComponents {
    /// Row k is the k-th direction, unit length.
    package let directions: Matrix
    /// Variance along each direction, falling.
    package let variances: [Double]
    /// Variance of all features together.
    let totalVariance: Double
    /// Sum of the squares of all eigenvalues: ‖Xᵀ X / n‖².
    let squaredVariances: Double

    /// Of rows that never moved: no direction, no variance.
    static func none(columns: Int) -> PrincipalComponents {
        PrincipalComponents(
            directions: Matrix(rows: 0, columns: columns), variances: [], totalVariance: 0,
            squaredVariances: 0)
    }

    private init(
        directions: Matrix, variances: [Double], totalVariance: Double, squaredVariances: Double
    ) {
        self.directions = directions
        self.variances = variances
        self.totalVariance = totalVariance
        self.squaredVariances = squaredVariances
    }

    /// At most `max` components, and none below a millionth of the first one's variance.
    package init?(of x: Matrix, max: Int) {
        let n = Double(x.rows)
        guard x.rows > 0, x.columns > 0, max > 0 else { return nil }
        totalVariance = x.elements.reduce(0) { $0 + $1 * $1 } / n
        let byRows = x.rows < x.columns
        var gram = byRows ? x.timesTransposed(x) : x.transposedTimes(x)
        for i in gram.elements.indices { gram.elements[i] /= n }
        squaredVariances = gram.elements.reduce(0) { $0 + $1 * $1 }
        guard let eigen = SymmetricEigen(gram) else { return nil }
        let floor = Swift.max(eigen.values[0] * 1e-6, 1e-12)
        let kept = eigen.values.prefix(max).prefix { $0 > floor }
        guard !kept.isEmpty else { return nil }
        variances = Array(kept)
        let leading = eigen.vectors.selecting(rows: Array(kept.indices))
        guard byRows else {
            directions = leading
            return
        }
        var mapped = leading.times(x)
        for k in kept.indices {
            let scale = (n * kept[k]).squareRoot()
            for j in 0..<mapped.columns { mapped[k, j] /= scale }
        }
        directions = mapped
    }
}
