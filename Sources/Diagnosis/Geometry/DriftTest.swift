package import LinearAlgebra

/// Has a cloud of embeddings moved since the reference, by more than it wanders anyway?
///
/// The sliced Wasserstein distance between both, against the same distance when blocks of time are dealt
/// to the two sides at random. An absolute value says nothing: two halves of one calm day are not at
/// distance 0 either.
/// ```
/// p = (1 + #{dealt ≥ observed}) / (1 + draws)
/// ```
package struct DriftTest: Equatable, Sendable {
    /// SW₂² · d, comparable with the Gaussian W₂².
    package let distance: Double
    /// The quantile of the dealt ones at `1 − level`.
    package let bound: Double
    package let pValue: Double
    package let isDrifting: Bool

    /// Distances above the bound by less than this share of it are not worth a word.
    private static let directions = 32
    private static let windowsMax = 1024

    /// `nil` with fewer than eight blocks a side.
    ///
    /// - Parameters:
    ///   - reference: `n × d`, in order of time.
    ///   - now: `m × d`, later.
    ///   - blockLength: rows of a stretch of time.
    ///   - draws: how often to deal.
    ///   - level: chance of an alarm while nothing moves.
    ///   - random: the dice.
    package init?(
        reference: Matrix, now: Matrix, blockLength: Int, draws: Int, level: Double,
        using random: inout some RandomNumberGenerator
    ) {
        let most = Self.windowsMax / blockLength
        let blocks = min(most, reference.rows / blockLength, now.rows / blockLength)
        guard blocks >= 8 else { return nil }
        let count = blocks * blockLength
        let first = Array((reference.rows - count)..<reference.rows)
        let second = Array((now.rows - count)..<now.rows)
        let all = Matrix(
            rows: 2 * count, columns: now.columns,
            elements: reference.selecting(rows: first).elements
                + now.selecting(rows: second).elements)
        let clouds = SlicedClouds(all, directions: Self.directions, using: &random)
        func distance(_ side: [Bool]) -> Double {
            clouds.distance(isFirst: (0..<2 * count).map { side[$0 / blockLength] })
                * Double(now.columns)
        }
        var side = (0..<2 * blocks).map { $0 < blocks }
        let observed = distance(side)
        var dealt: [Double] = []
        for _ in 0..<draws {
            side.shuffle(using: &random)
            dealt.append(distance(side))
        }
        dealt.sort()
        self.distance = observed
        bound = dealt[min(draws - 1, Int((1 - level) * Double(draws)))]
        pValue = Double(1 + dealt.count { $0 >= observed }) / Double(1 + draws)
        isDrifting = pValue <= level
    }
}
