extension Matrix {
    package var transposed: Matrix {
        var turned = Matrix(rows: columns, columns: rows)
        for i in 0..<rows {
            for j in 0..<columns { turned.elements[j * rows + i] = elements[i * columns + j] }
        }
        return turned
    }

    package func scaled(by factor: Double) -> Matrix {
        Matrix(rows: rows, columns: columns, elements: elements.map { $0 * factor })
    }

    /// `self + factor · other`.
    package func adding(_ other: Matrix, _ factor: Double = 1) -> Matrix {
        precondition(rows == other.rows && columns == other.columns, "sums are of equal shapes")
        var sum = self
        for k in elements.indices { sum.elements[k] += factor * other.elements[k] }
        return sum
    }

    package func minus(_ other: Matrix) -> Matrix { adding(other, -1) }

    /// `Σ selfᵢⱼ otherᵢⱼ`.
    package func inner(_ other: Matrix) -> Double {
        precondition(rows == other.rows && columns == other.columns, "products are of equal shapes")
        var sum = 0.0
        for k in elements.indices { sum += elements[k] * other.elements[k] }
        return sum
    }

    /// `Σ selfᵢⱼ²`.
    package var squares: Double { inner(self) }

    /// Mean of the magnitudes; 0 without entries.
    package var meanMagnitude: Double {
        elements.reduce(0) { $0 + abs($1) } / Double(max(1, elements.count))
    }
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
