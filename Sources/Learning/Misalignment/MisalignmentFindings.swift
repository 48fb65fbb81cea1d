package import Signals

/// What looked misaligned in a training, and what was done about it, by asset and stream.
package struct MisalignmentFindings: Equatable, Sendable, Codable {
    /// One stream of one asset.
    package struct Stream: Equatable, Sendable, Codable {
        /// Number of the asset in the training.
        package var asset: Int
        package var name: StreamName
        package var treatment: MisalignmentPolicy.Treatment
        /// Windows that have it, and those of them in which it looks like another window's.
        package var windows: Int
        package var suspects: Int
        /// Of those, left out of the training.
        package var leftOut: Int
        /// Windows by which it is behind the others (ahead, below 0); `nil` where none was found.
        package var lag: Int?
        /// Whether it was moved back.
        package var isMoved: Bool
    }

    /// In order of assets and streams.
    package var streams: [Stream]
    /// Pairs of streams that agree enough to have a say about single windows.
    package var pairsJudged: Int
    /// What was taken out of streams with `use`, for good.
    package var removed: [StreamName: FactorDirections.Found] = [:]
    /// Streams that are factors, and no senses.
    package var factors: [StreamName] = []
    /// Streams in which factors were disturbed, with the share of their variance that these
    /// explain in what is left of them.
    package var disturbed: [StreamName: Double] = [:]

    /// Whether anything was left out or moved.
    package var hasChanged: Bool { streams.contains { $0.leftOut > 0 || $0.isMoved } }

    /// All assets together: windows, suspects and windows left out, by stream.
    package var totals: [(name: StreamName, windows: Int, suspects: Int, leftOut: Int)] {
        Dictionary(grouping: streams, by: \.name).sorted { $0.key < $1.key }.map { name, lines in
            (
                name, lines.reduce(0) { $0 + $1.windows }, lines.reduce(0) { $0 + $1.suspects },
                lines.reduce(0) { $0 + $1.leftOut }
            )
        }
    }
}
