/// Whether one scorer tells anomalous windows from calm ones better than another on the same
/// windows, and how sure that is.
///
/// Neighbouring windows are alike, so that single windows drawn at random would promise too much.
/// Whole stretches of time are drawn instead, with replacement, the same for both scorers; a draw's
/// difference is taken over all windows in it:
/// ```
/// Δ  = AUC(candidate) − AUC(current)
/// Δ* = the same on a draw,    lower, upper = quantiles of Δ* at 0.05 and 0.95
/// ```
/// Künsch 1989, "The Jackknife and the Bootstrap for General Stationary Observations".
package struct AUCDifference: Equatable, Sendable {
    package let candidate: Double
    package let current: Double
    /// One-sided bounds of the difference at 95 %.
    package let lower: Double
    package let upper: Double

    package var mean: Double { candidate - current }

    /// Compares two scorers over `n` scored windows; `nil` when either side of the labels is empty,
    /// or when hardly any draw has both.
    ///
    /// - Parameters:
    ///   - candidate: `n` scores of the scorer in question.
    ///   - current: `n` scores of the one it is held against.
    ///   - isAnomalous: `n` labels.
    ///   - stretches: `n` numbers; windows of one stretch of time have the same and are drawn
    ///     together.
    ///   - draws: how often to draw; draws that lack one side of the labels do not count.
    ///   - random: the dice.
    package init?(
        candidate: [Double], current: [Double], isAnomalous: [Bool], stretches: [Int],
        draws: Int = 1000, using random: inout some RandomNumberGenerator
    ) {
        let n = isAnomalous.count
        precondition(
            candidate.count == n && current.count == n && stretches.count == n && draws > 0,
            "one score of each, one label and one stretch per window")
        let names = Set(stretches).sorted()
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let members = stretches.compactMap { places[$0] }
        let first = RankedWindows(scores: candidate, isAnomalous: isAnomalous, stretches: members)
        let second = RankedWindows(scores: current, isAnomalous: isAnomalous, stretches: members)
        let once = [Int](repeating: 1, count: names.count)
        guard let whole = first.auc(weights: once), let held = second.auc(weights: once) else {
            return nil
        }
        var differences: [Double] = []
        for _ in 0..<draws {
            var weights = [Int](repeating: 0, count: names.count)
            for _ in names { weights[Int.random(in: 0..<names.count, using: &random)] += 1 }
            if let a = first.auc(weights: weights), let b = second.auc(weights: weights) {
                differences.append(a - b)
            }
        }
        guard differences.count > draws / 2 else { return nil }
        differences.sort()
        self.candidate = whole
        self.current = held
        lower = quantile(0.05, ofSorted: differences)
        upper = quantile(0.95, ofSorted: differences)
    }
}

/// Windows sorted once by their score, so that the AUC of a draw takes one pass.
private struct RankedWindows {
    /// Rising scores; the last window of each tie is marked.
    private let windows: [(isAnomalous: Bool, stretch: Int, isLastOfTie: Bool)]

    init(scores: [Double], isAnomalous: [Bool], stretches: [Int]) {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        windows = order.enumerated().map { place, i in
            let isLast = place + 1 == order.count || scores[order[place + 1]] != scores[i]
            return (isAnomalous[i], stretches[i], isLast)
        }
    }

    /// The AUC when a window counts as often as its stretch was drawn, ties half.
    func auc(weights: [Int]) -> Double? {
        var wins = 0.0
        var anomalous = 0
        var calm = 0
        var calmBefore = 0
        var tied = 0
        for window in windows {
            let weight = weights[window.stretch]
            if window.isAnomalous { tied += weight } else { calm += weight }
            guard window.isLastOfTie else { continue }
            wins += Double(tied) * (Double(calmBefore) + Double(calm - calmBefore) / 2)
            anomalous += tied
            tied = 0
            calmBefore = calm
        }
        guard anomalous > 0, calm > 0 else { return nil }
        return wins / (Double(anomalous) * Double(calm))
    }
}
