import Foundation
import Fusion
import Learning
import Signals

/// What a training's windows say of one regime of its model.
struct RegimeHistory: Equatable, CustomStringConvertible {
    /// From 1, as verdicts number it.
    var number: Int
    /// Windows that lie nearest to it, and windows looked at that lie near any.
    var windows: Int
    var windowsInAll: Int
    /// Event time of the first and of the last of them; `nil` without windows.
    var since: EventTime?
    var last: EventTime?
    /// The states that its windows were tagged with, the most frequent first.
    var states: [(name: String, windows: Int)]

    static func == (a: RegimeHistory, b: RegimeHistory) -> Bool { a.description == b.description }

    /// Of every regime, in the order of their numbers.
    static func all(of parts: TrainedParts, in corpus: TrainingCorpus) -> [RegimeHistory] {
        let spool = corpus.spool
        let placed = zip(parts.rows, parts.regimeOfRow).compactMap { row, regime in
            regime.map { (row: row, regime: $0) }
        }
        return parts.regimes.centres.indices.map { k in
            let rows = placed.filter { $0.regime == k }.map(\.row)
            let times = rows.map(spool.start)
            var tagged: [String: Int] = [:]
            for (row, time) in zip(rows, times) {
                if let state = corpus.states[spool.assets[spool.asset(of: row)]]?[time] {
                    tagged[state, default: 0] += 1
                }
            }
            return RegimeHistory(
                number: k + 1, windows: rows.count, windowsInAll: placed.count, since: times.min(),
                last: times.max(),
                states: tagged.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) })
        }
    }

    var description: String {
        var text = "\(number): \(Self.percent(windows, of: windowsInAll)) of the windows"
        if let since, let last {
            text += ", since \(Self.date(since)), last \(Self.date(last))"
        }
        let tagged = states.reduce(0) { $0 + $1.windows }
        guard tagged > 0 else { return text }
        // Beyond three it is a mixture, and no longer a name.
        let names = states.prefix(3).map { "\($0.name) \(Self.percent($0.windows, of: tagged))" }
        let rest = states.count > 3 ? ", \(states.count - 3) more" : ""
        return text + ", tagged \(names.joined(separator: ", "))\(rest) of \(tagged)"
    }

    private static func percent(_ part: Int, of whole: Int) -> String {
        String(format: "%.1f %%", 100 * Double(part) / Double(max(1, whole)))
    }

    private static func date(_ time: EventTime) -> String {
        Date(timeIntervalSince1970: Double(time.milliseconds) / 1000).formatted(.iso8601)
    }
}
