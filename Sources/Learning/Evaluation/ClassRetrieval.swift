package import LinearAlgebra

/// What two rows are held to be alike by, where the same state is looked for.
package enum StateLikeness: Sendable {
    /// Of places in one space.
    case cosine
    /// Of probabilities of the states, `Σ p q`: how likely both rows are in one state. Unlike the cosine it ranks a
    /// row that is sure of its state before one that is not.
    case chance
}

/// How well one sense finds the other's windows of the same state, whatever windows they are.
///
/// For each query i the rows j of the other sense in order of falling likeness; with relᵢⱼ = 1 where the
/// states are equal:
/// ```
/// APᵢ = mean over relevant j of (relevant among the first rankⱼ) / rankⱼ,   mAP = mean of APᵢ
/// ```
/// Queries without any relevant row are left out; without queries it is `nil`.
package func meanAveragePrecision(
    from u: Matrix, states: [Int], to v: Matrix, states targets: [Int],
    by likeness: StateLikeness = .cosine
) -> Double? {
    precondition(u.columns == v.columns, "both senses are places in one space")
    let (u, v) = likeness == .cosine ? (u.unitRows, v.unitRows) : (u, v)
    var sum = 0.0
    var queries = 0
    for block in blocks(of: u.rows) {
        let S = u.selecting(rows: block).timesTransposed(v)
        for (b, i) in block.enumerated() {
            let alike = Array(S.row(b))
            let order = alike.indices.sorted { (alike[$1], $0) < (alike[$0], $1) }
            var found = 0
            var precision = 0.0
            for (rank, j) in order.enumerated() where targets[j] == states[i] {
                found += 1
                precision += Double(found) / Double(rank + 1)
            }
            guard found > 0 else { continue }
            sum += precision / Double(found)
            queries += 1
        }
    }
    return queries > 0 ? sum / Double(queries) : nil
}
