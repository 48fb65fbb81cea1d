import Signals

/// What to tell a person about the verdicts that pass by.
///
/// In: verdicts, alarms and announcements as they arrive. Out: lines worth reading, each with the kind
/// that decides its colour. A value without a clock: the time of arrival comes with each.
package struct WatchBoard: Sendable {
    package struct Line: Equatable, Sendable {
        package enum Kind: Equatable, Sendable {
            case calm, note, odd, alarm, cleared, fault
        }

        package var kind: Kind
        /// Milliseconds since 1970: of arrival, or of the announced event.
        package var atMs: Int64
        package var text: String
    }

    private struct Seen: Sendable {
        var score: Double?
        var isRaised = false
        var missing: [String] = []
        var isWarmingUp = false
        var newestMs = Int64.min
    }

    package private(set) var ledger: FaultLedger
    private var assets: [String: Seen] = [:]
    private var calmToldMs: Int64?
    private let scoreMin: Double?
    private let beganMs: Int64
    private let calmEveryMs: Int64

    /// - Parameters:
    ///   - scoreMin: A verdict with such a score gets a line of its own; `nil`: one at its asset's alarm
    ///     threshold.
    ///   - beganMs: When the watch began.
    ///   - calmEvery: The last scores of all assets are shown that often.
    package init(
        scoreMin: Double?, beganMs: Int64, calmEvery: Duration = .seconds(10)
    ) {
        self.scoreMin = scoreMin
        self.beganMs = beganMs
        calmEveryMs = calmEvery.nanoseconds / 1_000_000
        ledger = FaultLedger()
    }

    /// Milliseconds from the watch's beginning to the first score of all.
    package private(set) var firstScoreAfterMs: Int64?
    package private(set) var verdictsTotal = 0

    package mutating func take(_ verdict: WatchedVerdict, atMs: Int64) -> [Line] {
        verdictsTotal += 1
        var seen = assets[verdict.asset] ?? Seen()
        let noticed = ledger.take(verdict, arrivedMs: atMs)
        // Delivered twice, or older than what is known.
        guard verdict.startMs > seen.newestMs else { return [] }
        var lines: [Line] = []
        func tell(_ kind: Line.Kind, _ text: String) {
            lines.append(
                Line(kind: kind, atMs: atMs, text: "\(padded(verdict.asset, 9)) \(text)"))
        }
        let isFirst = seen.newestMs == .min
        if verdict.state == "warming_up", !seen.isWarmingUp { tell(.note, "warming up") }
        if let score = verdict.score, seen.score == nil, isFirst || seen.isWarmingUp {
            if firstScoreAfterMs == nil { firstScoreAfterMs = atMs - beganMs }
            tell(.note, "first score \(decimal(score)), after \(seconds(atMs - beganMs))")
        }
        if verdict.missing != seen.missing {
            tell(
                .note,
                verdict.missing.isEmpty
                    ? "all senses are present again"
                    : "missing: \(verdict.missing.joined(separator: ", "))")
        }
        if let score = verdict.score, scoreMin.map({ score >= $0 }) ?? verdict.isAtThreshold {
            let blame = padded(verdict.blame ?? "", 8)
            tell(.odd, "score \(leftPadded(decimal(score), 4))  \(blame)  \(verdict.reason)")
        }
        if verdict.alarm.raised != seen.isRaised {
            seen.isRaised = verdict.alarm.raised
            tell(
                seen.isRaised ? .alarm : .cleared,
                Self.words(isRaised: seen.isRaised, blame: verdict.blame))
        }
        if let noticed {
            let delay = seconds(noticed.noticedAfterMs ?? 0)
            tell(.cleared, "noticed: \(noticed.fault.kind), \(delay) after it began")
        }
        seen.score = verdict.score ?? seen.score
        seen.missing = verdict.missing
        seen.isWarmingUp = verdict.state == "warming_up"
        seen.newestMs = verdict.startMs
        assets[verdict.asset] = seen
        return lines
    }

    /// An alarm that was raised before we came, or of a gateway that publishes no scores.
    package mutating func takeAlarm(json: [UInt8], atMs: Int64) -> [Line] {
        guard let alarm = WatchedAlarm(json: json) else { return [] }
        var seen = assets[alarm.asset] ?? Seen()
        guard alarm.raised != seen.isRaised, (alarm.startMs ?? .max) >= seen.newestMs else {
            return []
        }
        seen.isRaised = alarm.raised
        assets[alarm.asset] = seen
        let words = Self.words(isRaised: alarm.raised, blame: alarm.blame)
        let text = alarm.raised ? "\(words)  \(alarm.reason)" : words
        return [
            Line(
                kind: alarm.raised ? .alarm : .cleared, atMs: atMs,
                text: "\(padded(alarm.asset, 9)) \(text)")
        ]
    }

    private static func words(isRaised: Bool, blame: String?) -> String {
        isRaised ? "ALARM raised" + (blame.map { ", \($0)" } ?? "") : "alarm cleared"
    }

    package mutating func take(_ announcement: FaultAnnouncement) -> [Line] {
        let isNew = ledger.add(announcement)
        guard announcement.event == .ended || isNew else { return [] }
        let atMs = announcement.event == .began ? announcement.fromMs : announcement.toMs
        return [Line(kind: .fault, atMs: atMs, text: announcement.text)]
    }

    /// Now and then the last scores of all assets, so that a calm plant does not look like a dead one.
    package mutating func calmLine(nowMs: Int64) -> Line? {
        guard nowMs - (calmToldMs ?? beganMs) >= calmEveryMs else { return nil }
        let scores = assets.sorted { $0.key < $1.key }.prefix(8).compactMap { name, seen in
            seen.score.map { "\(name) \(decimal($0))" }
        }
        guard !scores.isEmpty else { return nil }
        calmToldMs = nowMs
        let rest = assets.count > 8 ? "  and \(assets.count - 8) more" : ""
        return Line(
            kind: .calm, atMs: nowMs, text: "scores    \(scores.joined(separator: "  "))\(rest)")
    }
}

private func seconds(_ milliseconds: Int64) -> String {
    "\(decimal(Double(milliseconds) / 1000)) s"
}

/// One digit after the point.
func decimal(_ x: Double) -> String {
    let tenths = Int64((x * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
}

func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

func leftPadded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
