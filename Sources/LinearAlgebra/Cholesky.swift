private import COpenBLAS

/// The factor `A = L Lᵀ` of a symmetric positive definite matrix.
package struct Cholesky: Sendable {
    private let order: Int
    private let factor: [Double]

    /// Factors `a`, or returns `nil` when `a` is not positive definite.
    package init?(_ a: Matrix) {
        precondition(a.rows == a.columns, "only a square matrix has a Cholesky factor")
        var order = Int32(a.rows)
        var leading = max(1, order)
        var factor = a.elements
        var info: Int32 = 0
        // A is symmetric, so LAPACK's column-major "L" is our row-major "U"; nothing is transposed.
        dpotrf_("L", &order, &factor, &leading, &info)
        precondition(info >= 0, "dpotrf rejected argument \(-info)")
        guard info == 0 else { return nil }
        self.order = a.rows
        self.factor = factor
    }

    /// The `X` of `A X = B`; `b` holds B's columns as its **rows**, and so does the result.
    package func solve(rows b: Matrix) -> Matrix {
        precondition(b.columns == order, "right-hand sides of length \(b.columns), not \(order)")
        guard order > 0, b.rows > 0 else { return b }
        var n = Int32(order)
        var leading = n
        var count = Int32(b.rows)
        var info: Int32 = 0
        var solution = b.elements
        dpotrs_("L", &n, &count, factor, &leading, &solution, &leading, &info)
        precondition(info == 0, "dpotrs rejected argument \(-info)")
        return Matrix(rows: b.rows, columns: b.columns, elements: solution)
    }
}
