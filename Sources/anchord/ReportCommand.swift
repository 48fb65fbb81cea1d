import ArgumentParser
import Daemon
import Foundation
import Learning
import Signals
import Store

/// `anchord report`: the figures a pilot is judged by, from what the daemon remembers.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Alarms, detection, false alarms against the budget, and availability.",
        discussion: """
            Reads the daemon's state beside it, and changes nothing. A moment is a date or a time in \
            UTC (2026-11-25, 2026-11-25T10:00), now, or how long ago: 7d, 36h.

              anchord report --from 7d
              anchord report --from 2026-11-01 --to 2026-12-01 --html november.html
            """)

    @OptionGroup var location: SettingsLocation

    @Option(
        help: ArgumentHelp(
            "The daemon's database; from the settings when left out.", valueName: "file"))
    var state: String?

    @Option(help: ArgumentHelp("Where the report begins.", valueName: "moment"))
    var from = "7d"

    @Option(help: ArgumentHelp("Where it ends.", valueName: "moment"))
    var to = "now"

    @Option(help: ArgumentHelp("Only this asset.", valueName: "name"))
    var asset: String?

    @Option(help: ArgumentHelp("Write a page for a browser.", valueName: "file"))
    var html: String?

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func run() throws {
        let settings = try location.load().settings
        let begin = try Stretch.moment(from, "--from")
        let end = try Stretch.moment(to, "--to")
        guard begin < end else {
            throw ValidationError("--from \(from) is not before --to \(to).")
        }
        let reader = try HistoryReader(path: StatePath.of(state, settings: settings))
        let report = try PilotReport(
            reading: reader, settings: settings, asset: asset.map { AssetName($0) }, from: begin,
            to: end)
        if let only = report.assets.first, asset != nil, only.verdicts == 0, only.alarms.isEmpty {
            tell("Nothing is remembered of \(only.name) in this stretch.")
        }
        if let html {
            try Data(report.page.html.utf8).write(to: URL(fileURLWithPath: html), options: .atomic)
        }
        if json {
            try printJSON(report)
        } else {
            print(report.text)
        }
    }
}

extension PilotReport {
    /// For a terminal.
    var text: String {
        (summary + tables.map { "\n" + $0.text } + listings.map { "\n" + $0.text })
            .joined(separator: "\n")
    }
}
