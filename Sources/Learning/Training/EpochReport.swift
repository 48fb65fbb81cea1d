/// One line of a training's table.
package struct EpochReport: Equatable, Sendable, Codable {
    /// From 1.
    package var epoch: Int
    /// Mean over the steps.
    package var loss: Double
    /// Of each sense against the centroid of the others, on windows held back, mean over senses;
    /// `nil` when none are.
    package var recallAt1: Double?
    package var reciprocalRank: Double?
    /// Whether no epoch before was better.
    package var isBest: Bool
    /// Updates of a sense left out because its gradient was not finite.
    package var skippedUpdates: Int
    /// Share of windows held back whose tagged state was read rightly; only of the objective `relevance`.
    package var stateAccuracy: Double?
    /// Of the objective `decalign`.
    package var parts: PartsWatch?

    package init(
        epoch: Int, loss: Double, recallAt1: Double?, reciprocalRank: Double?, isBest: Bool,
        skippedUpdates: Int, stateAccuracy: Double? = nil, parts: PartsWatch? = nil
    ) {
        self.epoch = epoch
        self.loss = loss
        self.recallAt1 = recallAt1
        self.reciprocalRank = reciprocalRank
        self.isBest = isBest
        self.skippedUpdates = skippedUpdates
        self.stateAccuracy = stateAccuracy
        self.parts = parts
    }
}
