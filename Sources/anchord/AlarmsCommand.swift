import ArgumentParser
import Daemon
import Detection
import Foundation
import Publishing
import Signals

/// Who asks, and why: kept with every change.
struct Operator: ParsableArguments {
    @Option(help: "Your name in the history; the login user when left out.")
    var who: String?

    @Option(help: "The reason, for whoever reads the history.")
    var why = ""

    var name: String { who ?? NSUserName() }
}

/// A stretch of the machine's own time.
struct Stretch: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only from this moment on: 2026-11-25T14:05Z, 2026-11-25, or how long ago: 1h, 7d.",
            valueName: "moment"))
    var from: String?

    @Option(help: ArgumentHelp("Only before this moment.", valueName: "moment"))
    var to: String?

    func times() throws -> (from: EventTime?, to: EventTime?) {
        (try from.map { try Self.moment($0, "--from") }, try to.map { try Self.moment($0, "--to") })
    }

    static func moment(_ text: String, _ option: String) throws -> EventTime {
        guard let time = Moment.read(text, now: now) else {
            throw ValidationError("\(option) is \"\(text)\": write \(Moment.words).")
        }
        return time
    }

    /// By this machine's clock, to the second.
    static var now: EventTime {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        return EventTime(nanoseconds: Int64(clock.tv_sec) * 1_000_000_000)
    }
}

/// `anchord alarms`: what rings, and what people did about it.
struct AlarmsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarms",
        abstract: "List, acknowledge or shelve alarms, or read their history.",
        discussion: """
            An alarm that rang waits for an acknowledgement, even when its condition has passed. One \
            that is known and cannot be mended now is shelved for a time; it comes back by itself. A \
            machine under repair is taken out of service with `anchord asset out-of-service`.

              anchord alarms list
              anchord alarms show press-1
              anchord alarms ack press-1 --why "belt replaced"
              anchord alarms shelve press-1 --for 4h --why "bearing on order"
              anchord alarms history --asset press-1 --from 24h

            Times are the machine's own, as its samples are stamped.
            """,
        subcommands: [List.self, Show.self, Ack.self, Shelve.self, Unshelve.self, History.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The alarm of each asset; those that need somebody come first.")
        @OptionGroup var line: ControlLine
        @Flag(help: "Print the answer as JSON.")
        var json = false

        func run() throws {
            let alarms = try line.ask(ControlRequest(.alarms)).alarms ?? []
            if json { return try printJSON(alarms) }
            if alarms.isEmpty { print("no asset has been heard yet") }
            let order = AlarmLife.urgency
            for alarm in alarms.sorted(by: {
                (order[$0.life] ?? 9, $0.asset) < (order[$1.life] ?? 9, $1.asset)
            }) {
                print(alarm.line)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One asset's alarm: why, and when it looked like this before.",
            discussion: """
                "Seen before" names, for each sense, the earlier alarm and the tagged stretch in which that \
                sense was most like now (1 is the same direction). `anchord search` finds more.
                """)
        @OptionGroup var line: ControlLine
        @Argument var asset: String
        @Flag(help: "Print the answer as JSON.")
        var json = false

        func run() throws {
            let alarms = try line.ask(ControlRequest(.alarms, asset: asset)).alarms ?? []
            if json { return try printJSON(alarms.first) }
            for alarm in alarms {
                print(alarm.line)
                if let reason = alarm.reason { print("  \(reason)") }
                for seen in alarm.seenBefore ?? [] { print("  seen before: \(seen.line)") }
            }
        }
    }

    struct Ack: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Acknowledge an alarm: somebody has seen it.")
        @OptionGroup var line: ControlLine
        @OptionGroup var by: Operator
        @Argument var asset: String

        func run() throws { try line.operate(.alarm(.acknowledge), on: asset, by: by) }
    }

    struct Shelve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep an alarm quiet for a time.",
            discussion: """
                Scores and the history go on. When the time is over, in the machine's own time, an \
                alarm that still stands rings.
                """)
        @OptionGroup var line: ControlLine
        @OptionGroup var by: Operator
        @Argument var asset: String
        @Option(
            name: .customLong("for"),
            help: "How long, such as 30m or 4h; alarms.shelve_for when left out.")
        var span: String?

        func run() throws {
            let settings = try line.location.load().settings.alarms
            guard let action = settings.shelving(for: span) else {
                throw ValidationError(settings.shelfWords(for: span) + ".")
            }
            try line.operate(.alarm(action), on: asset, by: by)
        }
    }

    struct Unshelve: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take an alarm off the shelf.")
        @OptionGroup var line: ControlLine
        @OptionGroup var by: Operator
        @Argument var asset: String

        func run() throws { try line.operate(.alarm(.unshelve), on: asset, by: by) }
    }

    struct History: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every step of the alarms, newest first: when, what, who, why.")
        @OptionGroup var line: ControlLine
        @OptionGroup var stretch: Stretch
        @Option(help: "Only this asset.")
        var asset: String?
        @Option(help: "At most so many steps.")
        var limit = 200
        @Flag(help: "Print the answer as JSON.")
        var json = false

        func run() throws {
            let times = try stretch.times()
            var request = ControlRequest(.alarmHistory, asset: asset)
            (request.from, request.to) = times
            request.limit = limit
            let history = try line.ask(request).history ?? []
            if json { return try printJSON(history) }
            if history.isEmpty { print("nothing happened to any alarm") }
            for step in history { print(step.line) }
        }
    }
}

extension ControlLine {
    /// Asks for `action` and prints the answer.
    func operate(_ action: OperatorCommand.Action, on asset: String, by who: Operator) throws {
        var request = ControlRequest(.operate, asset: asset)
        request.action = action
        request.who = who.name
        request.why = who.why
        let reply = try ask(request)
        print((reply.text ?? "done") + ".")
    }
}

extension AlarmLife {
    /// What needs somebody first.
    fileprivate static let urgency: [String: Int] = Dictionary(
        uniqueKeysWithValues: [
            AlarmLife.unacknowledged, .returnedUnacknowledged, .acknowledged, .shelved,
            .outOfService, .suppressed, .normal,
        ].enumerated().map { ($1.rawValue, $0) })
}

extension AlarmEntry {
    fileprivate var line: String {
        var facts = [life.replacing("_", with: " ")]
        if condition != "normal" { facts.append("condition \(condition)") }
        if let sinceMs { facts.append("since \(TimeText.utc(EventTime(milliseconds: sinceMs)))") }
        if let until = shelvedUntilMs {
            facts.append("until \(TimeText.utc(EventTime(milliseconds: until)))")
        }
        if let suppressedBy { facts.append(suppressedBy.replacing("_", with: " ")) }
        if let score { facts.append("score \((score * 100).rounded() / 100)") }
        if let firstSense, !firstSense.isEmpty { facts.append("first \(firstSense)") }
        if let firstOut, firstOut != asset { facts.append("after \(firstOut)") }
        return "\(asset): \(facts.joined(separator: ", "))"
    }
}

extension AlarmHistoryEntry {
    fileprivate var line: String {
        let at = TimeText.utc(EventTime(milliseconds: atMs))
        var text = "\(at)  \(asset)  \(change.replacing("_", with: " "))"
        if from != to {
            text += "  \(from.replacing("_", with: " ")) > \(to.replacing("_", with: " "))"
        }
        text += "  by \(who)"
        if rings { text += "  rings" }
        let words = [why, change == "raised" || change == "cleared" ? reason ?? "" : ""]
            .filter { !$0.isEmpty }.joined(separator: "; ")
        if !words.isEmpty { text += ": " + words }
        for seen in seenBefore ?? [] { text += "\n    seen before: \(seen.line)" }
        return text
    }
}

extension SeenBefore {
    fileprivate var line: String {
        let at = TimeText.utc(EventTime(milliseconds: windowStartMs))
        let what = [isAlarm ? "alarm" : nil, label].compactMap(\.self).joined(separator: ", ")
        return
            "\(at)  \(asset)  by \(sense)  similarity \((similarity * 100).rounded() / 100)"
            + (what.isEmpty ? "" : "  (\(what))")
    }
}
