private import COpenBLAS

/// The eigenvalues and eigenvectors of a symmetric matrix, largest first.
///
/// ```
/// A = V diag(λ) Vᵀ,   λ₁ ≥ λ₂ ≥ …
/// ```
/// LAPACK's divide and conquer, `dsyevd`. The sign of each vector is fixed so that its entry of
/// largest magnitude is positive: equal input gives equal output.
package struct SymmetricEigen: Sendable {
    package let values: [Double]
    /// Row k is the eigenvector of `values[k]`.
    package let vectors: Matrix

    /// Decomposes `a`, or returns `nil` when LAPACK does not converge (an entry was not finite).
    package init?(_ a: Matrix) {
        precondition(a.rows == a.columns, "only a square matrix has eigenvectors")
        let n = a.rows
        guard n > 0 else {
            values = []
            vectors = a
            return
        }
        guard a.elements.allSatisfy(\.isFinite) else { return nil }
        var order = Int32(n)
        var leading = order
        var column = a.elements
        var ascending = [Double](repeating: 0, count: n)
        var info: Int32 = 0
        var workCount: Int32 = -1
        var integerCount: Int32 = -1
        var workSize = 0.0
        var integerSize: Int32 = 0
        dsyevd_(
            "V", "L", &order, &column, &leading, &ascending, &workSize, &workCount, &integerSize,
            &integerCount, &info)
        workCount = Int32(workSize)
        integerCount = integerSize
        var work = [Double](repeating: 0, count: Int(workCount))
        var integers = [Int32](repeating: 0, count: Int(integerCount))
        dsyevd_(
            "V", "L", &order, &column, &leading, &ascending, &work, &workCount, &integers,
            &integerCount, &info)
        precondition(info >= 0, "dsyevd rejected argument \(-info)")
        guard info == 0 else { return nil }
        // LAPACK's columns are our rows; ascending becomes descending.
        var rows: [Double] = []
        rows.reserveCapacity(n * n)
        for k in stride(from: n - 1, through: 0, by: -1) {
            let vector = column[k * n..<(k + 1) * n]
            var peak = 0.0
            for entry in vector where abs(entry) > abs(peak) { peak = entry }
            rows.append(contentsOf: peak < 0 ? vector.map { -$0 } : Array(vector))
        }
        values = ascending.reversed()
        vectors = Matrix(rows: n, columns: n, elements: rows)
    }
}
