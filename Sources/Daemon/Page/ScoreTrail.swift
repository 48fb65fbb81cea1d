import Detection
import Signals

/// One asset's newest scores, for a line a few centimetres long.
struct ScoreTrail: Equatable, Sendable {
    /// In order; NaN where a window had none.
    private(set) var scores: [Float] = []
    /// Where the newest window ends.
    private(set) var end: EventTime?

    /// Two minutes of windows of a second; half a kilobyte for each asset.
    static let countMax = 120

    mutating func note(_ verdict: Verdict) {
        // The same window again: after a crash, or by a model that has just come.
        guard verdict.end > end ?? EventTime(nanoseconds: .min) else { return }
        if scores.count == Self.countMax { scores.removeFirst() }
        scores.append(verdict.score.map { Float($0) } ?? .nan)
        end = verdict.end
    }
}
