/// An earlier alarm or tagged stretch that one sense of an alarm's window looks most like.
package struct SeenBefore: Codable, Hashable, Sendable {
    /// The sense that looks alike.
    package var sense: String
    /// Whose window it was; with a model that several assets share it may be another's.
    package var asset: String
    package var windowStartMs: Int64
    /// Cosine in the unified space, −1 to 1.
    package var similarity: Double
    /// The alarm was raised then.
    package var isAlarm: Bool
    /// What a person named that stretch.
    package var label: String?

    package init(
        sense: String, asset: String, windowStartMs: Int64, similarity: Double, isAlarm: Bool,
        label: String?
    ) {
        self.sense = sense
        self.asset = asset
        self.windowStartMs = windowStartMs
        self.similarity = similarity
        self.isAlarm = isAlarm
        self.label = label
    }
}
