package import LinearAlgebra

/// How much two tracks know of each other, block of time by block of time.
///
/// With `C_b = Σ xᵢ yᵢ₊ₖᵀ / n` over the windows `i` of block `b`, and blocks that were drawn `w_b`
/// times each:
/// ```
/// A(w) = Σ_{b ≠ b'} w_b w_b' ⟨C_b, C_b'⟩
/// ```
/// Over all blocks once this is the sum of squared canonical correlations without the blocks' own
/// squares: nothing in common gives 0 on average, not a sum of squared chance. Blocks are stretches of
/// the clock, the same for all tracks.
package struct BlockCovariances: Sendable {
    /// Numbers of the blocks, rising.
    package let blocks: [Int]
    /// `⟨C_b, C_b'⟩` with a diagonal of zeros.
    package let gram: Matrix
    package let windows: Int

    /// - Parameters:
    ///   - x: the one track.
    ///   - y: the other.
    ///   - lag: window `i` of `x` is held against window `i + lag` of `y`.
    ///   - blockLength: in hops.
    package init(_ x: SenseTrack, _ y: SenseTrack, lag: Int = 0, blockLength: Int) {
        var pairs: [(block: Int, i: Int, j: Int)] = []
        var j = 0
        for (i, slot) in x.slots.enumerated() {
            while j < y.slots.count, y.slots[j] < slot + lag { j += 1 }
            guard j < y.slots.count, y.slots[j] == slot + lag else { continue }
            pairs.append((Self.block(of: slot, length: blockLength), i, j))
        }
        let n = Double(max(1, pairs.count))
        var blocks: [Int] = []
        var rows: [Double] = []
        var first = 0
        while first < pairs.count {
            let block = pairs[first].block
            let end = pairs[first...].firstIndex { $0.block != block } ?? pairs.count
            let own = pairs[first..<end]
            let C = x.rows.selecting(rows: own.map(\.i))
                .transposedTimes(y.rows.selecting(rows: own.map(\.j)))
            blocks.append(block)
            rows += C.elements.map { $0 / n }
            first = end
        }
        let all = Matrix(
            rows: blocks.count, columns: x.rows.columns * y.rows.columns, elements: rows)
        var gram = all.timesTransposed(all)
        for b in 0..<blocks.count { gram[b, b] = 0 }
        self.blocks = blocks
        self.gram = gram
        windows = pairs.count
    }

    private static func block(of slot: Int, length: Int) -> Int {
        (slot >= 0 ? slot : slot - length + 1) / length
    }

    /// `A(w)`; with `nil`, every block once.
    package func agreement(weights: [Double]? = nil) -> Double {
        guard let weights else { return gram.elements.reduce(0, +) }
        var sum = 0.0
        for b in 0..<gram.rows where weights[b] > 0 {
            var inner = 0.0
            for (k, g) in gram.row(b).enumerated() { inner += weights[k] * g }
            sum += weights[b] * inner
        }
        return sum
    }

    /// What each block says of what all the others say: their sum is `A`.
    package var byBlock: [Double] {
        (0..<gram.rows).map { gram.row($0).reduce(0, +) }
    }

    /// Sixteen windows, more where there would be more than 64 blocks of them.
    static func blockLength(spanning slots: Int) -> Int { max(16, slots / 64) }
}
