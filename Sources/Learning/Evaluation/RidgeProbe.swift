package import LinearAlgebra

/// A linear reader of class labels: what an embedding holds that a plane can separate.
///
/// With `Z` the `n × d` training embeddings, standardised by their own mean and deviation, and a
/// column of ones behind them:
/// ```
/// W = (ZᵀZ + I)⁻¹ Zᵀ onehot(y),    ŷ = argmax over classes of z W
/// ```
package struct RidgeProbe: Sendable {
    private let scale: ColumnScale
    /// `classes × (d + 1)`
    private let weights: Matrix

    /// Labels are 0, 1, … below `classes`.
    package init(embeddings: Matrix, labels: [Int], classes: Int) {
        precondition(embeddings.rows == labels.count, "one label per embedding")
        scale = ColumnScale(embeddings)
        let Z = scale.standardised(embeddings)
        var onehot = Matrix(rows: labels.count, columns: classes)
        for (i, y) in labels.enumerated() { onehot[i, y] = 1 }
        var gram = Z.transposedTimes(Z)
        for k in 0..<gram.rows { gram[k, k] += 1 }
        guard let factor = Cholesky(gram) else {
            preconditionFailure("embeddings are finite, and the ridge keeps the rest positive")
        }
        weights = factor.solve(rows: onehot.transposedTimes(Z))
    }

    /// The class each row is read as; of equals the first.
    package func predict(_ embeddings: Matrix) -> [Int] {
        let votes = scale.standardised(embeddings).timesTransposed(weights)
        return (0..<votes.rows).map { i in
            votes.row(i).enumerated().max { ($0.element, -$0.offset) < ($1.element, -$1.offset) }?
                .offset ?? 0
        }
    }

    /// The share of rows read as their label; 0 without rows.
    package func accuracy(_ embeddings: Matrix, labels: [Int]) -> Double {
        let hits = zip(predict(embeddings), labels).count { $0 == $1 }
        return Double(hits) / Double(max(1, labels.count))
    }
}
