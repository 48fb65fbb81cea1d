/// The equation `G X + X H = Q` of symmetric G and H, with G decomposed once for many H and Q.
///
/// ```
/// G = Vₐ diag(a) Vₐᵀ,   H = V_b diag(b) V_bᵀ
/// X = Vₐ [(Vₐᵀ Q V_b)ₚᵩ / (aₚ + bᵩ)] V_bᵀ
/// ```
/// Bartels and Stewart 1972, in the case where both Schur forms are diagonal.
package struct SymmetricSylvester: Sendable {
    private let left: SymmetricEigen

    /// `nil` when an entry of `G` is not finite.
    package init?(_ G: Matrix) {
        guard let left = SymmetricEigen(G) else { return nil }
        self.left = left
    }

    /// X, of Q's shape; `nil` when H is not finite or some `aₚ + bᵩ` is not positive: G and H are to
    /// be positive semidefinite, one of them definite.
    package func solve(_ H: Matrix, _ Q: Matrix) -> Matrix? {
        guard let right = SymmetricEigen(H) else { return nil }
        // The rows of `vectors` are the eigenvectors: Vᵀ as it stands.
        var X = left.vectors.times(Q).timesTransposed(right.vectors)
        for (p, a) in left.values.enumerated() {
            for (q, b) in right.values.enumerated() {
                guard a + b > 0 else { return nil }
                X[p, q] /= a + b
            }
        }
        return left.vectors.transposedTimes(X).times(right.vectors)
    }
}
