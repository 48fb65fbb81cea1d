import ArgumentParser
import Daemon
import Detection
import Foundation
import Signals
import Windowing

/// `anchord label`: what a person knows of a stretch of a machine's time.
struct LabelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract:
            "Say what a stretch of a machine's time was: a fault, a false alarm, planned work, a state.",
        discussion: """
            Labels are kept for training and evaluation. Faults and planned work that are labelled \
            before or while they last are not learnt from. States, such as recipes, are what \
            `anchord train --objective relevance` learns to read.

              anchord label add press-1 --from 2026-11-25T14:00:00Z --to 2026-11-25T15:10:00Z \\
                --kind fault --name "bearing outer ring"
              anchord label add press-1 --from 2026-11-25T08:00:00Z --for 3h --kind state --name birch
              anchord label list --asset press-1
              anchord label export > labels.csv

            `anchord train --labels labels.csv` and `anchord replay --fit-on labels.csv` read the export.
            """,
        subcommands: [Add.self, List.self, Remove.self, Export.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Label a stretch.")
        @OptionGroup var line: ControlLine
        @OptionGroup var by: Operator
        @Argument var asset: String
        @Option(
            help: ArgumentHelp(
                "Its beginning: 2026-11-25T14:05Z, or how long ago, such as 10m.",
                valueName: "moment"))
        var from: String
        @Option(help: ArgumentHelp("Its end, now for instance; or --for.", valueName: "moment"))
        var to: String?
        @Option(name: .customLong("for"), help: "Its length, such as 30m.")
        var span: String?
        @Option(help: "fault, false_alarm, planned or state.")
        var kind: String
        @Option(help: "Which fault or state, in your words; without commas.")
        var name = ""

        func run() throws {
            let label: OperatorLabel
            do {
                label = try OperatorLabel(
                    from: from, to: to, for: span, kind: kind, name: name, now: Stretch.now)
            } catch {
                throw ValidationError("\(error).")
            }
            try line.operate(.label(label), on: asset, by: by)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The labels, in order of their beginning.")
        @OptionGroup var line: ControlLine
        @OptionGroup var stretch: Stretch
        @Option(help: "Only this asset.")
        var asset: String?
        @Flag(help: "Print the answer as JSON.")
        var json = false

        func run() throws {
            let labels = try line.labels(asset, stretch)
            if json { return try printJSON(labels) }
            if labels.isEmpty { print("no label") }
            for label in labels { print(label.line) }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a label back.")
        @OptionGroup var line: ControlLine
        @OptionGroup var by: Operator
        @Argument(help: "Its number, as `anchord label list` shows it.")
        var id: Int64

        func run() throws {
            var request = ControlRequest(.removeLabel, id: String(id))
            request.who = by.name
            request.why = by.why
            print((try line.ask(request).text ?? "done") + ".")
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The labels as the file that `anchord train --labels` reads.",
            discussion: """
                One line for each window that lies in a label whole. False alarms are normal operation \
                to learn from (train); faults are for evaluation (test); planned work is left out. States \
                go into a column of their own, and are normal operation unless a fault is labelled too.
                """)
        @OptionGroup var line: ControlLine
        @OptionGroup var stretch: Stretch
        @Option(help: "Only this asset.")
        var asset: String?

        func run() throws {
            let windowing = try line.location.load().settings.windowing
            let output = try LineOutput(path: "-")
            let rows = LabelEntry.file(
                of: try line.labels(asset, stretch), length: windowing.length,
                hop: windowing.effectiveHop)
            for row in rows { try output.write(row) }
            try output.close()
        }
    }
}

extension ControlLine {
    fileprivate func labels(_ asset: String?, _ stretch: Stretch) throws -> [LabelEntry] {
        let times = try stretch.times()
        var request = ControlRequest(.labels, asset: asset)
        (request.from, request.to) = times
        return try ask(request).labels ?? []
    }
}

extension LabelEntry {
    fileprivate var line: String {
        let from = TimeText.utc(EventTime(milliseconds: fromMs))
        let to = TimeText.utc(EventTime(milliseconds: toMs))
        let words = [name, why].filter { !$0.isEmpty }.joined(separator: "; ")
        return "\(id)  \(asset)  \(from) to \(to)  \(kind.replacing("_", with: " "))  by \(who)"
            + (words.isEmpty ? "" : ": \(words)")
    }
}
