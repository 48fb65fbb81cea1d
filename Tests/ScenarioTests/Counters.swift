import Daemon
import Intake
import Signals

/// `counters.json`: what a scenario must have counted. Each key that is there is matched exactly.
struct Counters {
    private let found: [String: JSON]

    init(_ summary: ReplaySummary, verdicts: Int) {
        var refused: [String: JSON] = [:]
        var repaired: [String: JSON] = [:]
        func add(_ count: Int, to counts: inout [String: JSON], _ key: String) {
            counts[key] = .number((counts[key]?.number ?? 0) + Double(count))
        }
        for count in summary.intake {
            for (reason, total) in count.rejectedTotal { add(total, to: &refused, reason.rawValue) }
            for (kind, total) in count.repairedTotal { add(total, to: &repaired, kind.rawValue) }
        }
        func byStream(_ count: (StreamLoss) -> Int) -> JSON {
            let counts = summary.losses.filter { count($0) > 0 }
                .map { ("\($0.asset)/\($0.stream)", JSON.number(Double(count($0)))) }
            return .object(Dictionary(uniqueKeysWithValues: counts))
        }
        found = [
            "refused": .object(refused), "repaired": .object(repaired),
            "late": byStream(\.late), "future": byStream(\.future),
            "overflow": byStream(\.overflow),
            "verdicts": .number(Double(verdicts)),
            "messages": .number(Double(summary.messages)),
            "assets": .number(Double(summary.assets)),
            "bad_lines": .number(Double(summary.badLines)),
            "fits": .number(Double(summary.fits)), "alarms": .number(Double(summary.alarms)),
            "rings": .number(Double(summary.rings)),
            "health": .object(summary.healthAlarms.mapValues { .number(Double($0)) }),
            "gap_windows_skipped": .number(Double(summary.gapWindowsSkipped)),
        ]
    }

    /// What is wrong, as sentences; empty when all is as expected.
    func faults(expecting text: String) throws -> [String] {
        try JSON(text).members.sorted { $0.key < $1.key }.compactMap { key, wanted in
            guard let count = found[key] else {
                let known = found.keys.sorted().joined(separator: ", ")
                return "counters.json: nobody counts \(key); known are \(known)"
            }
            return count == wanted ? nil : "counters.json: \(key) is \(count), not \(wanted)"
        }
    }
}
