package import LinearAlgebra

/// A linear reader of factors: least squares with an intercept.
///
/// With `Z` as above and `Y` the `n × f` factors: `W = (ZᵀZ + εI)⁻¹ ZᵀY`, ε = 1e-6 n, small enough
/// to be least squares and large enough for an embedding with fewer dimensions than columns.
package struct FactorProbe: Sendable {
    private let scale: ColumnScale
    private let weights: Matrix

    package init(embeddings: Matrix, factors: Matrix) {
        precondition(embeddings.rows == factors.rows, "one row of factors per embedding")
        scale = ColumnScale(embeddings)
        let Z = scale.standardised(embeddings)
        var gram = Z.transposedTimes(Z)
        for k in 0..<gram.rows { gram[k, k] += 1e-6 * Double(max(1, Z.rows)) }
        guard let factor = Cholesky(gram) else {
            preconditionFailure("embeddings are finite, and the ridge keeps the rest positive")
        }
        weights = factor.solve(rows: factors.transposedTimes(Z))
    }

    /// The factors as read from each row.
    package func predict(_ embeddings: Matrix) -> Matrix {
        scale.standardised(embeddings).timesTransposed(weights)
    }

    /// The coefficient of determination of each factor on fresh rows, at most 1 and not clipped
    /// below:
    /// ```
    /// R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)²
    /// ```
    package func determination(embeddings: Matrix, factors: Matrix) -> [Double] {
        let predicted = predict(embeddings)
        let n = Double(max(1, factors.rows))
        return (0..<factors.columns).map { k in
            let mean = (0..<factors.rows).reduce(0) { $0 + factors[$1, k] } / n
            var residual = 0.0
            var total = 0.0
            for i in 0..<factors.rows {
                residual += (factors[i, k] - predicted[i, k]) * (factors[i, k] - predicted[i, k])
                total += (factors[i, k] - mean) * (factors[i, k] - mean)
            }
            return total > 0 ? 1 - residual / total : 0
        }
    }
}
