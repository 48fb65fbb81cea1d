package import LinearAlgebra

extension Matrix {
    /// Row-major numbers as networks keep them.
    package init(rows: Int, columns: Int, floats: [Float]) {
        self.init(rows: rows, columns: columns, elements: floats.map(Double.init))
    }

    /// Every row divided by its length; a row that vanishes stays zero.
    package var unitRows: Matrix {
        var unit = self
        for i in 0..<rows {
            let norm = row(i).reduce(0) { $0 + $1 * $1 }.squareRoot()
            for k in 0..<columns { unit[i, k] = norm > 1e-12 ? self[i, k] / norm : 0 }
        }
        return unit
    }

    /// Rows `range`, in that order.
    func selecting(rows range: Range<Int>) -> Matrix {
        Matrix(
            rows: range.count, columns: columns,
            elements: Array(elements[range.lowerBound * columns..<range.upperBound * columns]))
    }
}

/// The rows of an `n`-row matrix in blocks: a product with all rows then takes bounded memory.
func blocks(of n: Int) -> [Range<Int>] {
    stride(from: 0, to: n, by: 256).map { $0..<min($0 + 256, n) }
}
