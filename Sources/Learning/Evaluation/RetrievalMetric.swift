package import LinearAlgebra

/// How near two embeddings are, by the metrics that are usually compared (PAPERS 2).
package enum RetrievalMetric: String, CaseIterable, Sendable {
    case cosine
    /// √Σ (x − y)²
    case euclid
    /// Σ |x − y|
    case manhattan
    /// Σ (x − y)² / (x + y), of numbers that are not negative: of both sides the smallest is taken off first.
    case chiSquare

    /// The rank of `v`'s row i for `u`'s row i among all rows of `v`, 1 at best; a tie stands against us,
    /// as in `Retrieval`.
    package func ranks(from u: Matrix, to v: Matrix) -> [Int] {
        precondition(u.rows == v.rows && u.columns == v.columns, "rows are the same windows")
        let (u, v) = prepared(u, v)
        return (0..<u.rows).map { i in
            let own = distance(u.row(i), v.row(i))
            let limit = own + 1e-9 * max(1, abs(own))
            return max(1, (0..<v.rows).count { distance(u.row(i), v.row($0)) <= limit })
        }
    }

    /// Share of rows that find their own first.
    package func recallAt1(from u: Matrix, to v: Matrix) -> Double {
        Double(ranks(from: u, to: v).count { $0 == 1 }) / Double(max(1, u.rows))
    }

    private func prepared(_ u: Matrix, _ v: Matrix) -> (Matrix, Matrix) {
        switch self {
        case .cosine: return (u.unitRows, v.unitRows)
        case .euclid, .manhattan: return (u, v)
        case .chiSquare:
            let least = min(u.elements.min() ?? 0, v.elements.min() ?? 0)
            func lifted(_ x: Matrix) -> Matrix {
                Matrix(rows: x.rows, columns: x.columns, elements: x.elements.map { $0 - least })
            }
            return (lifted(u), lifted(v))
        }
    }

    private func distance(_ x: ArraySlice<Double>, _ y: ArraySlice<Double>) -> Double {
        x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in
                var sum = 0.0
                switch self {
                case .cosine: for k in x.indices { sum -= x[k] * y[k] }
                case .euclid: for k in x.indices { sum += (x[k] - y[k]) * (x[k] - y[k]) }
                case .manhattan: for k in x.indices { sum += abs(x[k] - y[k]) }
                case .chiSquare:
                    for k in x.indices {
                        let c = x[k] - y[k]
                        sum += c * c / (x[k] + y[k] + 1e-9)
                    }
                }
                return sum
            }
        }
    }
}
