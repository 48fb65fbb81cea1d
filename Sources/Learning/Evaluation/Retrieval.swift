package import LinearAlgebra

/// How well one sense finds the other's embedding of the same window among all windows.
///
/// For `n` windows with embeddings `uᵢ` and `vᵢ` in the same order:
/// ```
/// Sᵢⱼ    = cos(uᵢ, vⱼ)
/// rankᵢ  = #{j : Sᵢⱼ ≥ Sᵢᵢ}
/// R@k    = share of i with rankᵢ ≤ k
/// MRR    = mean of 1 / rankᵢ
/// ```
/// A tie stands against us: a space collapsed to a point finds nothing, not everything. Cosines
/// closer than 1e-9 are ties, as single precision tells no better.
package struct Retrieval: Equatable, Sendable {
    package let recallAt1: Double
    package let recallAt5: Double
    /// Mean reciprocal rank.
    package let meanReciprocalRank: Double
    package let windows: Int

    /// From the rows of `u` to those of `v`, both `n × d`. Takes memory of 256 × `n` numbers.
    /// Without windows all measures are 0.
    package init(from u: Matrix, to v: Matrix) {
        precondition(u.rows == v.rows && u.columns == v.columns, "rows are the same windows")
        let n = u.rows
        let u = u.unitRows
        let v = v.unitRows
        var first = 0
        var firstFive = 0
        var reciprocals = 0.0
        for block in blocks(of: n) {
            let S = u.selecting(rows: block).timesTransposed(v)
            for (b, i) in block.enumerated() {
                let own = S[b, i]
                let others = S.row(b).reduce(0) { $0 + ($1 > own - 1e-9 ? 1 : 0) }
                let rank = max(1, others)
                if rank == 1 { first += 1 }
                if rank <= 5 { firstFive += 1 }
                reciprocals += 1 / Double(rank)
            }
        }
        let count = Double(max(1, n))
        recallAt1 = Double(first) / count
        recallAt5 = Double(firstFive) / count
        meanReciprocalRank = reciprocals / count
        windows = n
    }

    /// From `u` to `v`, and back.
    package static func bothWays(
        _ u: Matrix, _ v: Matrix
    ) -> (there: Retrieval, back: Retrieval) {
        (Retrieval(from: u, to: v), Retrieval(from: v, to: u))
    }
}
