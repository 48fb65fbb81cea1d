import LinearAlgebra

/// How well a sense finds its own window among many.
package struct ValidationRetrieval: Equatable, Sendable {
    /// Share of queries whose own window comes first.
    package var recallAt1: Double
    /// Mean of 1 / rank.
    package var reciprocalRank: Double

    package init(recallAt1: Double, reciprocalRank: Double) {
        self.recallAt1 = recallAt1
        self.reciprocalRank = reciprocalRank
    }

    package init(ranks: [Int]) {
        let n = Double(max(1, ranks.count))
        recallAt1 = Double(ranks.count { $0 == 1 }) / n
        reciprocalRank = ranks.reduce(0) { $0 + 1 / Double($1) } / n
    }

    /// The rank of row i of `gallery` for each row i of `queries`, by inner product; both are
    /// `rows × dimension`. Another row that is as near comes first, so a space in which all is one
    /// finds nothing. Rows in `near` do not compete with each other.
    package static func ranks(
        of queries: [Float], in gallery: [Float], dimension: Int, near: [(Int, Int)] = []
    ) -> [Int] {
        precondition(queries.count == gallery.count && queries.count.isMultiple(of: dimension))
        let n = queries.count / dimension
        var excluded = [[Int]](repeating: [], count: n)
        for (i, j) in near {
            excluded[i].append(j)
            excluded[j].append(i)
        }
        let blockRows = 128
        var ranks: [Int] = []
        ranks.reserveCapacity(n)
        var scores = [Float](repeating: 0, count: blockRows * n)
        for first in stride(from: 0, to: n, by: blockRows) {
            let rows = min(blockRows, n - first)
            queries.withUnsafeBufferPointer {
                Float.multiply(
                    .rightTransposed, ProductSize(rows: rows, columns: n, depth: dimension),
                    alpha: 1, $0.baseAddress! + first * dimension, gallery, beta: 0, into: &scores)
            }
            for row in 0..<rows {
                let i = first + row
                let own = scores[row * n + i]
                var rank = 0
                // Not `>=`: what is no number comes first too, and so a broken space finds nothing.
                for j in 0..<n where !(scores[row * n + j] < own) { rank += 1 }
                for j in excluded[i] where !(scores[row * n + j] < own) { rank -= 1 }
                ranks.append(max(1, rank))
            }
        }
        return ranks
    }
}
