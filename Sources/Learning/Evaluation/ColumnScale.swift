import LinearAlgebra

/// Mean and deviation of each column: a probe reads embeddings standardised by them.
struct ColumnScale: Sendable {
    let mean: [Double]
    let deviation: [Double]

    init(_ x: Matrix) {
        let n = Double(max(1, x.rows))
        let mean = (0..<x.columns).map { k in (0..<x.rows).reduce(0) { $0 + x[$1, k] } / n }
        self.mean = mean
        deviation = (0..<x.columns).map { k in
            ((0..<x.rows).reduce(0) { $0 + (x[$1, k] - mean[k]) * (x[$1, k] - mean[k]) } / n)
                .squareRoot() + 1e-6
        }
    }

    /// `(x − mean) / deviation`, and a column of ones behind: `n × (d + 1)`.
    func standardised(_ x: Matrix) -> Matrix {
        var z = Matrix(rows: x.rows, columns: x.columns + 1, repeating: 1)
        for i in 0..<x.rows {
            for k in 0..<x.columns { z[i, k] = (x[i, k] - mean[k]) / deviation[k] }
        }
        return z
    }
}
