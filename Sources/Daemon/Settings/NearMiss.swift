/// What somebody may have meant by a word we do not know.
enum NearMiss {
    /// The candidate fewest slips away from `word`, or `nil` when none is close: at most one slip in
    /// three letters. Of several, the one that starts alike for longer, then the earlier one.
    static func best(for word: String, among candidates: [String]) -> String? {
        let word = Array(word.lowercased().utf8)
        let slipsMax = max(1, word.count / 3)
        var best: (candidate: String, slips: Int, alike: Int)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().utf8)
            // The distance is at least the difference in length; this also bounds the work.
            guard abs(other.count - word.count) <= slipsMax else { continue }
            let slips = distance(word, other)
            let alike = zip(word, other).prefix { $0 == $1 }.count
            let isBetter = best.map { (slips, -alike) < ($0.slips, -$0.alike) } ?? true
            if slips <= slipsMax, isBetter { best = (candidate, slips, alike) }
        }
        return best?.candidate
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that lead from `a` to `b`.
    ///
    /// ```
    /// dᵢⱼ = min(dᵢ₋₁ⱼ + 1,  dᵢⱼ₋₁ + 1,  dᵢ₋₁ⱼ₋₁ + [aᵢ ≠ bⱼ],
    ///           dᵢ₋₂ⱼ₋₂ + 1  where aᵢ = bⱼ₋₁ and aᵢ₋₁ = bⱼ)
    /// ```
    /// Damerau 1964, with every stretch edited once.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var d = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    d = min(d, beforeLast[j - 1] + 1)
                }
                row.append(d)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
