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

    package init(rows: Int, columns: Int, repeating value: Double) {
        self.init(
            rows: rows, columns: columns,
            elements: [Double](repeating: value, count: rows * columns))
    }

    package subscript(row: Int, column: Int) -> Double {
        get { elements[row * columns + column] }
        set { elements[row * columns + column] = newValue }
    }
}
