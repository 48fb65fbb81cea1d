/// Is the mean of paired differences above 0, or is their sign a toss-up?
///
/// ```
/// p = (1 + #{draws: Σ ± dᵢ ≥ Σ dᵢ}) / (1 + draws)
/// ```
/// Under the null a block could as well have had its two sides exchanged, which turns its difference's
/// sign; every pattern of signs is then equally likely (Fisher 1935; Good 2005, section 3.2). Valid at
/// any number of blocks: p is at least `1 / (1 + draws)`.
package struct SignFlipTest: Equatable, Sendable {
    package let pValue: Double
    package let blocks: Int

    /// - Parameters:
    ///   - differences: one per block of time.
    ///   - draws: patterns of signs to draw.
    ///   - random: the dice.
    package init(
        _ differences: [Double], draws: Int, using random: inout some RandomNumberGenerator
    ) {
        blocks = differences.count
        let sum = differences.reduce(0, +)
        // Sums in another order are other sums: equal within rounding counts as at least as high.
        let slack = 1e-12 * differences.reduce(0) { $0 + abs($1) }
        var atLeast = 0
        for _ in 0..<draws {
            var flipped = 0.0
            var bits: UInt64 = 0
            for (k, d) in differences.enumerated() {
                if k % 64 == 0 { bits = random.next() }
                flipped += bits & 1 == 0 ? d : -d
                bits >>= 1
            }
            if flipped >= sum - slack { atLeast += 1 }
        }
        pValue = Double(1 + atLeast) / Double(1 + draws)
    }
}
