import Detection
import Fusion
package import Intake
import Signals
import Windowing

/// What a replay did, for people.
package struct ReplaySummary: Sendable {
    package var messages = 0
    package var windows = 0
    package var scored = 0
    package var alarms = 0
    /// Raises that a person would have been called for: one that nobody acknowledged rings once.
    package var rings = 0
    package var fits = 0
    package var assets = 0
    package var badLines = 0
    package var firstBadLines: [String] = []
    package var intake: [IntakeCount] = []
    package var losses: [StreamLoss] = []
    package var gapWindowsSkipped = 0
    package var stages: [Stage] = []
    /// Data-health alarms raised, by asset, stream and kind: `press-1/camera stuck`.
    package var healthAlarms: [String: Int] = [:]
    /// One line for each model: which senses agree, which were left out, and how sure that is.
    package var models: [String] = []
    /// Assets that a given model cannot serve, each with the reason; they got the linear alignment.
    package var unsuitable: [String] = []

    package struct Stage: Sendable {
        package var name: String
        /// 50, 90, 99 and 99.9 per cent, in microseconds.
        package var percentiles: [Double]
    }

    mutating func note(_ asset: AssetName, _ model: FusionModel) {
        fits += 1
        let senses = model.agreements.sorted { $0.key < $1.key }.map { name, test in
            let place = model.alignedStreams.contains(name) ? "" : " left out"
            return "\(name) \(Self.decimals(test.agreement * 100)) % (separation "
                + "\(Self.decimals(test.separation * 100)) %)\(place)"
        }
        models.append(
            "\(asset): \(model.windows) windows, \(model.dimensions) shared dimensions; agreement "
                + (senses.isEmpty ? "not measured" : senses.joined(separator: ", ")))
    }

    mutating func note(_ change: HealthChange, of asset: AssetName) {
        guard change.isRaised else { return }
        healthAlarms["\(asset)/\(change.stream) \(change.kind.rawValue)", default: 0] += 1
    }

    mutating func note(_ verdict: Verdict, _ change: Alarm.Change?) {
        windows += 1
        if verdict.score != nil { scored += 1 }
        if change == .raised { alarms += 1 }
    }

    /// Nothing could be read, though something was there.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// `nil`: something of the recordings could be read, or there was nothing in them.
    package var failure: Failure? {
        let refused = intake.reduce(0) { $0 + $1.rejectedTotal.values.reduce(0, +) }
        guard intake.allSatisfy({ $0.acceptedTotal == 0 }), badLines + refused > 0 else {
            return nil
        }
        let lines = badLines > 0 ? "\(badLines) lines are no recording" : ""
        let messages = refused > 0 ? "\(refused) messages were refused" : ""
        let found = [lines, messages].filter { !$0.isEmpty }.joined(separator: ", ")
        return Failure(
            description: "nothing could be replayed: \(found). A recording has lines as "
                + "`mosquitto_sub -F %J` prints them, with topics that intake.discover or [[streams]] take."
        )
    }

    /// Some lines of text; `seconds` is what the replay took.
    package func text(seconds: Double) -> String {
        var lines = [
            "\(messages) messages in \(Self.decimals(seconds)) s "
                + "(\(Int(Double(messages) / max(seconds, 1e-9))) per second)",
            "\(windows) windows of \(assets) assets, \(scored) scored, \(fits) models fitted, "
                + "\(alarms) alarms raised",
        ]
        var refused: [String: Int] = [:]
        for count in intake {
            for (reason, total) in count.rejectedTotal {
                refused[reason.rawValue, default: 0] += total
            }
        }
        lines.append(
            "refused: "
                + (refused.isEmpty
                    ? "none"
                    : refused.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                        .joined(separator: ", ")))
        for (name, count) in [
            ("late", \StreamLoss.late), ("from the future", \.future),
            ("beyond frames_max", \.overflow),
        ] {
            let lossy = losses.filter { $0[keyPath: count] > 0 }
            guard name == "late" || !lossy.isEmpty else { continue }
            lines.append(
                "\(name): "
                    + (lossy.isEmpty
                        ? "none"
                        : lossy.map { "\($0.asset)/\($0.stream) \($0[keyPath: count])" }
                            .joined(separator: ", ")))
        }
        if gapWindowsSkipped > 0 { lines.append("empty windows skipped: \(gapWindowsSkipped)") }
        if !healthAlarms.isEmpty {
            let alarms = healthAlarms.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("data-health alarms: \(alarms.joined(separator: ", "))")
        }
        for asset in unsuitable { lines.append("model not used for \(asset)") }
        if badLines > 0 {
            lines.append(
                "bad lines: \(badLines); first: \(firstBadLines.prefix(3).joined(separator: "; "))")
        }
        lines += models.prefix(10)
        if models.count > 10 { lines.append("and \(models.count - 10) more models") }
        lines.append("microseconds        p50      p90      p99    p99.9")
        for stage in stages {
            let figures = stage.percentiles.map { Self.padded(Self.decimals($0), 9) }.joined()
            lines.append("  \(stage.name.padded(12))\(figures)")
        }
        return lines.joined(separator: "\n")
    }

    private static func decimals(_ value: Double) -> String {
        let tenths = Int((abs(value) * 10).rounded())
        return "\(value < 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
