private import COpenBLAS

/// A dense matrix of doubles, row by row.
package struct Matrix: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    /// `rows * columns` numbers, row-major.
    package var elements: [Double]

    package init(rows: Int, columns: Int, elements: [Double]) {
        precondition(elements.count == rows * columns, "\(rows)×\(columns) needs that many numbers")
        self.rows = rows
        self.columns = columns
        self.elements = elements
    }

    package init(rows: Int, columns: Int, repeating value: Double = 0) {
        self.init(
            rows: rows, columns: columns,
            elements: [Double](repeating: value, count: rows * columns))
    }

    package subscript(row: Int, column: Int) -> Double {
        get { elements[row * columns + column] }
        set { elements[row * columns + column] = newValue }
    }

    package func row(_ index: Int) -> ArraySlice<Double> {
        elements[index * columns..<(index + 1) * columns]
    }

    /// The rows at `indices`, in that order.
    package func selecting(rows indices: [Int]) -> Matrix {
        var picked: [Double] = []
        picked.reserveCapacity(indices.count * columns)
        for index in indices { picked.append(contentsOf: row(index)) }
        return Matrix(rows: indices.count, columns: columns, elements: picked)
    }

    /// The product `self · other`.
    package func times(_ other: Matrix) -> Matrix {
        precondition(
            columns == other.rows, "\(rows)×\(columns) times \(other.rows)×\(other.columns)")
        var product = Matrix(rows: rows, columns: other.columns)
        guard !product.elements.isEmpty, columns > 0 else { return product }
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans,
            Int32(rows), Int32(other.columns), Int32(columns),
            1, elements, Int32(columns),
            other.elements, Int32(other.columns),
            0, &product.elements, Int32(other.columns))
        return product
    }

    /// The product `selfᵀ · other`.
    package func transposedTimes(_ other: Matrix) -> Matrix {
        precondition(
            rows == other.rows, "(\(rows)×\(columns))ᵀ times \(other.rows)×\(other.columns)")
        var product = Matrix(rows: columns, columns: other.columns)
        guard !product.elements.isEmpty, rows > 0 else { return product }
        cblas_dgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans,
            Int32(columns), Int32(other.columns), Int32(rows),
            1, elements, Int32(columns),
            other.elements, Int32(other.columns),
            0, &product.elements, Int32(other.columns))
        return product
    }

    /// The product `self · otherᵀ`.
    package func timesTransposed(_ other: Matrix) -> Matrix {
        precondition(
            columns == other.columns, "\(rows)×\(columns) times (\(other.rows)×\(other.columns))ᵀ")
        var product = Matrix(rows: rows, columns: other.rows)
        guard !product.elements.isEmpty, columns > 0 else { return product }
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans,
            Int32(rows), Int32(other.rows), Int32(columns),
            1, elements, Int32(columns),
            other.elements, Int32(columns),
            0, &product.elements, Int32(other.rows))
        return product
    }
}
