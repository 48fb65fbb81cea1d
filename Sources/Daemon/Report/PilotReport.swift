package import Detection
package import Signals
package import Store
import Windowing

/// The figures a pilot is judged by: alarms, what became of them, false ones against the budget, and
/// how much of the time the machine ran and its senses were there.
///
/// In: what the Store remembers. Out: figures; `+Text` and `+Page` say them. Event time for alarms
/// and labels, the gateway's wall clock for data-health alarms.
package struct PilotReport: Codable, Equatable, Sendable {
    package var fromMs: Int64
    package var toMs: Int64
    /// As the settings have it: `1 per week`.
    package var budget: String
    package var cellSeconds: Double
    package var assets: [Asset]

    package struct Asset: Codable, Equatable, Sendable {
        package var name: String
        /// Stored verdicts, the cells they lie in, and all cells from the first to the last.
        package var verdicts: Int
        package var cells: Int
        package var cellsSpanned: Int
        /// Hours by state: `scoring`, `idle`, `starting`, `warming_up`, `no_data`.
        package var hours: [String: Double]
        /// Share of judged windows in which each sense was present.
        package var availability: [String: Double]
        package var alarms: [AlarmEpisode]
        package var faults: [FaultOutcome]
        package var falseAlarms: FalseAlarms
        package var health: [HealthTotal]
    }

    package enum Outcome: String, Codable, Sendable {
        /// Within a stretch tagged as a true fault.
        case fault
        /// Within planned work.
        case planned
        /// Tagged as a false alarm.
        case falseAlarm = "false_alarm"
        /// Nobody has said what it was: counted as false.
        case untagged

        package var isFalse: Bool { self == .falseAlarm || self == .untagged }
    }

    package struct AlarmEpisode: Codable, Equatable, Sendable {
        package var raisedMs: Int64
        /// `nil`: still raised at the end.
        package var clearedMs: Int64?
        package var score: Double?
        package var blame: String?
        package var why: String
        package var outcome: Outcome
        /// Of the tag that explains it.
        package var label: String?
    }

    package struct FaultOutcome: Codable, Equatable, Sendable {
        package var name: String
        package var fromMs: Int64
        package var toMs: Int64
        /// The first raise of an alarm that touches the fault; `nil`: missed.
        package var raisedMs: Int64?
        /// From the fault's start to it; negative when it came before.
        package var delaySeconds: Double?
        /// From it to the fault's end: the time there was to act.
        package var leadSeconds: Double?
    }

    package struct FalseAlarms: Codable, Equatable, Sendable {
        package var count: Int
        /// Of these, tagged as false.
        package var tagged: Int
        /// How many the budget allows in the time that was judged.
        package var allowed: Double
        package var judgedHours: Double
        /// Per asset and week judged; `nil` when nothing was.
        package var perWeek: Double?
    }

    package struct HealthTotal: Codable, Equatable, Sendable {
        package var stream: String
        package var kind: String
        package var raises: Int
        package var hours: Double
        package var isRaised: Bool
        package var lastReason: String
    }

    /// Reads what it needs of `from ..< to`; `asset`: of this one alone. Throws `StoreError`.
    package init(
        reading reader: HistoryReader, settings: DaemonSettings, asset: AssetName?,
        from: EventTime, to: EventTime
    ) throws {
        let cell = max(
            settings.store.calmVerdictEvery, settings.windowing.effectiveHop, .seconds(1))
        self.init(
            try reader.history(asset: asset, from: from, to: to, cell: cell), from: from, to: to,
            cell: cell, budget: settings.alarms.falseAlarms)
    }

    /// - Parameters:
    ///   - histories: as read for `from ..< to` in cells of `cell`.
    ///   - from: the beginning of the report.
    ///   - to: its end.
    ///   - cell: see `HistoryReader.history`.
    ///   - budget: of false alarms, in force now.
    package init(
        _ histories: [AssetHistory], from: EventTime, to: EventTime, cell: Duration,
        budget: FalseAlarmBudget
    ) {
        fromMs = from.milliseconds
        toMs = to.milliseconds
        self.budget = budget.description
        cellSeconds = cell.seconds
        assets = histories.map { Asset($0, from: from, to: to, cell: cell, budget: budget) }
    }
}

extension PilotReport.Asset {
    init(
        _ history: AssetHistory, from: EventTime, to: EventTime, cell: Duration,
        budget: FalseAlarmBudget
    ) {
        let cellHours = cell.seconds / 3600
        let alarms = Self.episodes(history, from: from)
        let judged = (history.cellsByState["scoring"] ?? 0) * cellHours
        let untrue = alarms.filter(\.outcome.isFalse)
        name = history.asset.text
        verdicts = history.verdicts
        cells = history.cells
        cellsSpanned = history.cellsSpanned
        hours = history.cellsByState.mapValues { $0 * cellHours }
        availability = Dictionary(
            uniqueKeysWithValues: history.presence.map { ($0.key.text, $0.value) })
        self.alarms = alarms
        faults = Self.faults(history, alarms)
        falseAlarms = .init(
            count: untrue.count, tagged: untrue.count { $0.outcome == .falseAlarm },
            allowed: budget.count * judged * 3600 / budget.period.length.seconds,
            judgedHours: judged,
            perWeek: judged > 0 ? Double(untrue.count) * 168 / judged : nil)
        health = Self.health(history, from: from, to: to)
    }

    private static func touches(
        _ raised: Int64, _ cleared: Int64?, _ label: AssetHistory.Label
    ) -> Bool {
        raised < label.to.milliseconds && (cleared ?? .max) > label.from.milliseconds
    }

    /// From each raise to the clear that follows it; those over before the report began left out.
    private static func episodes(
        _ history: AssetHistory, from: EventTime
    ) -> [PilotReport.AlarmEpisode] {
        var episodes: [PilotReport.AlarmEpisode] = []
        for step in history.alarmSteps {
            let isOpen = episodes.last.map { $0.clearedMs == nil } ?? false
            if step.isRaised, !isOpen {
                episodes.append(
                    .init(
                        raisedMs: step.at.milliseconds, clearedMs: nil, score: step.score,
                        blame: step.blame, why: step.why, outcome: .untagged))
            } else if !step.isRaised, isOpen {
                episodes[episodes.count - 1].clearedMs = step.at.milliseconds
            }
        }
        episodes.removeAll { ($0.clearedMs ?? .max) <= from.milliseconds }
        for k in episodes.indices {
            let labels = history.labels.filter {
                touches(episodes[k].raisedMs, episodes[k].clearedMs, $0)
            }
            // A fault explains an alarm even where planned work does too, and both more than a tag
            // that it was none.
            for outcome in [PilotReport.Outcome.fault, .planned, .falseAlarm] {
                guard let label = labels.first(where: { $0.kind == outcome.rawValue }) else {
                    continue
                }
                episodes[k].outcome = outcome
                episodes[k].label = label.name
                break
            }
        }
        return episodes
    }

    private static func faults(
        _ history: AssetHistory, _ alarms: [PilotReport.AlarmEpisode]
    ) -> [PilotReport.FaultOutcome] {
        history.labels.filter { $0.kind == PilotReport.Outcome.fault.rawValue }.map { label in
            let first = alarms.first { touches($0.raisedMs, $0.clearedMs, label) }?.raisedMs
            return .init(
                name: label.name, fromMs: label.from.milliseconds, toMs: label.to.milliseconds,
                raisedMs: first,
                delaySeconds: first.map { Double($0 - label.from.milliseconds) / 1000 },
                leadSeconds: first.map { Double(label.to.milliseconds - $0) / 1000 })
        }
    }

    private static func health(
        _ history: AssetHistory, from: EventTime, to: EventTime
    ) -> [PilotReport.HealthTotal] {
        var totals: [PilotReport.HealthTotal] = []
        for (_, steps) in Dictionary(
            grouping: history.healthSteps, by: { "\($0.stream)\u{0}\($0.kind)" }
        ).sorted(by: { $0.key < $1.key }) {
            var total = PilotReport.HealthTotal(
                stream: steps[0].stream.text, kind: steps[0].kind, raises: 0, hours: 0,
                isRaised: false, lastReason: "")
            var since: EventTime?
            for step in steps {
                if step.isRaised, since == nil {
                    since = step.at
                    total.lastReason = step.reason
                    if step.at >= from { total.raises += 1 }
                } else if !step.isRaised, let raised = since {
                    total.hours += max(0, (step.at - max(raised, from)).seconds) / 3600
                    since = nil
                }
            }
            if let since {
                total.hours += max(0, (to - max(since, from)).seconds) / 3600
                total.isRaised = true
            }
            if total.raises > 0 || total.hours > 0 { totals.append(total) }
        }
        return totals
    }
}
