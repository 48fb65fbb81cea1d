package import Learning
import Signals

// The report as tables, for the terminal and for the page.
extension PilotReport {
    /// The whole report as one page.
    package var page: EvaluationPage {
        var page = EvaluationPage(title: "Report on \(Self.count(assets.count, "asset"))")
        page.introduction = summary + [Self.reading]
        page.tables = tables
        page.listings = listings
        return page
    }

    /// What it comes to, in sentences.
    package var summary: [String] {
        let alarms = assets.reduce(0) { $0 + $1.alarms.count }
        let faults = assets.flatMap(\.faults)
        let found = faults.count { $0.raisedMs != nil }
        let untrue = assets.reduce(0) { $0 + $1.falseAlarms.count }
        let tagged = assets.reduce(0) { $0 + $1.falseAlarms.tagged }
        let allowed = assets.reduce(0) { $0 + $1.falseAlarms.allowed }
        let hours = assets.reduce(0) { $0 + $1.falseAlarms.judgedHours }
        var lines = [
            "\(Self.time(fromMs)) to \(Self.time(toMs)): \(Self.count(alarms, "alarm")), "
                + (faults.isEmpty
                    ? "no tagged faults."
                    : "\(found) of \(Self.count(faults.count, "tagged fault")) detected.")
        ]
        if hours > 0 {
            lines.append(
                "\(Self.count(untrue, "false alarm")) (\(tagged) tagged as false, "
                    + "\(untrue - tagged) nobody has tagged) in \(Self.decimals(hours)) asset hours "
                    + "judged, where \(budget) and asset allows \(Self.decimals(allowed, 2)): "
                    + (Double(untrue) <= allowed.rounded(.up)
                        ? "within the budget."
                        : "more than the budget."))
            if allowed < 1 {
                lines.append(
                    "The time judged is shorter than the budget's: one false alarm more or less says "
                        + "little yet.")
            }
        } else {
            lines.append("No window was judged, so there is nothing to hold against the budget.")
        }
        let verdicts = assets.reduce(0) { $0 + $1.verdicts }
        let cells = assets.reduce(0) { $0 + $1.cells }
        let spanned = assets.reduce(0) { $0 + $1.cellsSpanned }
        lines.append(
            "Hours and availability are estimates from \(Self.count(verdicts, "stored verdict")), "
                + "which are thinned while all is calm and let go with age: averages over "
                + "\(cells) of \(spanned) stretches of \(Self.decimals(cellSeconds, 0)) s. Alarms and "
                + "tags are complete.")
        return lines
    }

    private static let reading = """
        An alarm is false when no tag of a fault or of planned work touches it. Delay: from a fault's \
        tagged start to the first raise, negative when the alarm came first. Lead: from the raise to \
        the fault's tagged end. Availability: share of judged windows in which a sense was present.
        """

    package var tables: [PageTable] { [running] + senses }

    private static let states = ["scoring", "idle", "starting", "warming_up", "no_data"]

    private var running: PageTable {
        PageTable(
            title: "Hours by state, and false alarms",
            columns: ["judged", "idle", "starting", "warming up", "no data"].map {
                .init($0, digits: 1, better: nil)
            } + [
                .init("alarms", digits: 0, better: nil), .init("false", digits: 0, better: nil),
                .init("allowed", digits: 2, better: nil), .init("per week", digits: 2, better: nil),
            ],
            rows: assets.map { asset in
                .init(
                    asset.name,
                    Self.states.map { asset.hours[$0] ?? 0 } + [
                        Double(asset.alarms.count), Double(asset.falseAlarms.count),
                        asset.falseAlarms.allowed, asset.falseAlarms.perWeek,
                    ])
            })
    }

    private var senses: [PageTable] {
        let names = Set(assets.flatMap(\.availability.keys)).sorted()
        guard !names.isEmpty else { return [] }
        return [
            PageTable(
                title: "Availability of each sense, per cent",
                columns: names.map { .init($0, digits: 1, better: nil) },
                rows: assets.map { asset in
                    .init(
                        asset.name, names.map { name in asset.availability[name].map { $0 * 100 } })
                })
        ]
    }

    package var listings: [PageListing] {
        [
            PageListing(
                title: "Alarms",
                columns: ["asset", "raised", "cleared", "score", "blame", "outcome", "why"],
                rows: assets.flatMap { asset in
                    asset.alarms.map { alarm in
                        [
                            asset.name, Self.time(alarm.raisedMs),
                            alarm.clearedMs.map(Self.time) ?? "still raised",
                            alarm.score.map { Self.decimals($0, 2) } ?? "-", alarm.blame ?? "-",
                            Self.outcome(alarm), alarm.why,
                        ]
                    }
                }, whenEmpty: "No alarm was raised."),
            PageListing(
                title: "Tagged faults",
                columns: ["asset", "fault", "from", "to", "detected", "delay", "lead"],
                rows: assets.flatMap { asset in
                    asset.faults.map { fault in
                        [
                            asset.name, fault.name, Self.time(fault.fromMs), Self.time(fault.toMs),
                            fault.raisedMs.map(Self.time) ?? "missed",
                            fault.delaySeconds.map(Self.span) ?? "-",
                            fault.leadSeconds.map(Self.span) ?? "-",
                        ]
                    }
                }, whenEmpty: "No fault was tagged."),
            PageListing(
                title: "Data-health alarms",
                columns: ["asset", "stream", "kind", "raised", "hours", "now", "last reason"],
                rows: assets.flatMap { asset in
                    asset.health.map { total in
                        [
                            asset.name, total.stream, total.kind, "\(total.raises)",
                            Self.decimals(total.hours, 2), total.isRaised ? "raised" : "clear",
                            total.lastReason,
                        ]
                    }
                }, whenEmpty: "No stream's data were in doubt."),
        ]
    }

    private static func outcome(_ alarm: AlarmEpisode) -> String {
        let name = alarm.label.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
        return switch alarm.outcome {
        case .fault: "fault\(name)"
        case .planned: "planned work\(name)"
        case .falseAlarm: "false\(name)"
        case .untagged: "not tagged"
        }
    }

    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    static func decimals(_ value: Double, _ digits: Int = 1) -> String {
        let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        let rounded = (abs(value) * scale).rounded()
        let whole = Int64(rounded / scale)
        let sign = value < 0 && rounded > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let part = String(Int64(rounded - Double(whole) * scale))
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - part.count) + part
    }

    static func span(_ seconds: Double) -> String {
        switch abs(seconds) {
        case ..<120: "\(decimals(seconds)) s"
        case ..<7200: "\(decimals(seconds / 60)) min"
        case ..<172_800: "\(decimals(seconds / 3600)) h"
        default: "\(decimals(seconds / 86_400)) days"
        }
    }

    /// `2026-01-01 00:05:10Z`
    static func time(_ milliseconds: Int64) -> String {
        let time = EventTime(milliseconds: milliseconds)
        let day = CivilDate.text(for: time)
        let seconds = (milliseconds - (CivilDate.midnight(day)?.milliseconds ?? 0)) / 1000
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(day) \(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))Z"
    }
}
