import ArgumentParser
import Daemon
import Foundation
import Intake

/// `anchord replay`: recordings through the daemon's own pipeline, offline.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Feed recordings through the pipeline, in event time, as fast as it goes.",
        discussion: """
            A recording is what `mosquitto_sub -F %J` prints, plain or gzipped; - is standard \
            input. Several are fed one after the other. Verdicts go to OUT as JSON lines, the \
            summary to standard error. The same recording gives the same bytes.

              mosquitto_sub -t 'features/#' -F %J > plant.ndjson
              anchord replay plant.ndjson --verdicts verdicts.ndjson

            With --state its windows can be searched afterwards, as a daemon's can:

              anchord replay plant.ndjson --state plant.sqlite
              anchord search --state plant.sqlite --asset press-1 --at 2026-11-25T14:05:10Z
            """)

    @Argument(help: "Recordings, or - for standard input.")
    var recordings: [String]

    @OptionGroup var location: SettingsLocation

    @Option(help: ArgumentHelp("Where verdicts go; - is standard output.", valueName: "out"))
    var verdicts: String?

    @Option(
        name: .customLong("fit-on"),
        help: ArgumentHelp(
            "Labels (asset,window_start_ms,split,label,stream): an asset's warm-up is exactly its windows of split train.",
            valueName: "labels.csv"))
    var fitOn: String?

    @Option(
        help: ArgumentHelp(
            "A trained model that every asset uses from its first fit on.", valueName: "file"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "A new file for what is remembered of the windows: `anchord search` reads it.",
            valueName: "file"))
    var state: String?

    func run() throws {
        if let state, FileManager.default.fileExists(atPath: state) {
            throw ValidationError("--state \(state) is there already; name a new file.")
        }
        let loaded = try location.load()
        let network = try model.map { try ModelPath.read($0) }
        let labels = try fitOn.map { try LabelsReader.read(path: $0) }
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("anchord-replay-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let output = try verdicts.map { try LineOutput(path: $0) }
        let began = ContinuousClock.now
        var replay = try Replay(
            settings: loaded.settings, settingsHash: loaded.settings.settingsHash, labels: labels,
            folder: folder, network: network, state: state
        ) { line in try output?.write(line) }
        let bar = ProgressBar()
        for recording in recordings {
            try replay.feed(recording) { read, total in
                bar.show(recording, done: read, of: total)
            }
        }
        let summary = try replay.finish()
        if state != nil, let model {
            try replay.keep(networkFile: [UInt8](Data(contentsOf: URL(fileURLWithPath: model))))
        }
        try output?.close()
        bar.clear()
        let seconds = began.duration(to: .now) / .seconds(1)
        FileHandle.standardError.write(Data((summary.text(seconds: seconds) + "\n").utf8))
        if let failure = summary.failure { throw failure }
    }
}
