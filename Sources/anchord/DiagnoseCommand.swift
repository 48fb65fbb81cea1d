import ArgumentParser
import Daemon
import Diagnosis
import Foundation
import Intake
import Learning
import Signals
import Store

/// `anchord diagnose`: is what the senses say of one machine, at one time?
struct DiagnoseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Find late and mis-wired streams, false pairings, drift and blind spots.",
        discussion: """
            Reads a daemon's archive beside it, and changes nothing; or recordings. Findings come worst \
            first, each with its evidence, how sure it is and what to do; tables follow. Nothing is \
            said where nothing can be told: a state that hardly changes shows no offset, and machines \
            in step are not taken for each other.

              anchord diagnose
              anchord diagnose --asset press-3 --from 7d --html press-3.html
              anchord diagnose shift.ndjson.gz --labels states.csv
            """)

    @Argument(help: "Recordings instead of the daemon's archive; - is standard input.")
    var recordings: [String] = []

    @OptionGroup var location: SettingsLocation

    @Option(
        help: ArgumentHelp(
            "The daemon's database; from the settings when left out.", valueName: "file"))
    var state: String?

    @Option(help: ArgumentHelp("Only this asset, held against no other.", valueName: "name"))
    var asset: String?

    @OptionGroup var stretch: Stretch

    @Option(
        help: ArgumentHelp(
            "With recordings: asset,window_start_ms,split,label,stream,state; factors are read for its states.",
            valueName: "labels.csv"))
    var labels: String?

    @Option(help: ArgumentHelp("Write a page for a browser.", valueName: "file"))
    var html: String?

    @Option(
        help: ArgumentHelp(
            "Write how well each window goes with the other senses: asset,stream,window_start_ms,cosine,p.",
            valueName: "csv"))
    var windows: String?

    @Flag(
        help:
            "Learn two measures of likeness beside those that are given; two seconds for each pair of senses."
    )
    var learnedMetric = false

    @Flag(help: "Print the findings and figures as JSON.")
    var json = false

    func validate() throws {
        if labels != nil, recordings.isEmpty {
            throw ValidationError("--labels goes with recordings.")
        }
        if state != nil, !recordings.isEmpty {
            throw ValidationError("Say either recordings or --state.")
        }
    }

    func run() throws {
        let settings = try location.load().settings
        let (begin, end) = try stretch.times()
        let folder = try WorkFolder()
        defer { folder.remove() }
        let source = try source(settings, folder.path)
        let names = try names(in: source)
        var measured = settings.diagnosisOfWindows
        measured.learnsMetrics = learnedMetric
        var plant = PlantDiagnosis(
            settings: measured, fusion: settings.fusion, assets: names.count)
        let line = StatusLine()
        for (place, name) in names.enumerated() {
            line.show("\(name): asset \(place + 1) of \(names.count)")
            plant.add(try source.windows(of: name, from: begin, to: end))
        }
        plant.finish()
        line.clear()
        for asset in plant.assets where asset.senses.count < 2 {
            tell(
                "\(asset.asset): \(asset.windows) windows in which "
                    + "\(asset.senses.isEmpty ? "no sense says" : "only \(asset.senses[0]) says") enough; "
                    + "at least \(plant.settings.windowsMin) windows of two senses are needed.")
        }
        let report = DiagnosisReport(plant)
        if let html {
            try Data(report.page.html.utf8).write(to: URL(fileURLWithPath: html), options: .atomic)
        }
        if let windows { try write(plant, to: windows) }
        if json {
            try printJSON(report)
        } else {
            print(report.text)
        }
    }

    private func source(_ settings: DaemonSettings, _ folder: String) throws -> DiagnosisSource {
        guard recordings.isEmpty else {
            let bar = ProgressBar()
            defer { bar.clear() }
            return try DiagnosisSource(
                recordings: recordings, labels: try labels.map { try LabelsReader.read(path: $0) },
                settings: settings, folder: folder
            ) { bar.show($0, done: $1, of: $2) }
        }
        return try DiagnosisSource(
            reading: HistoryReader(path: StatePath.of(state, settings: settings)))
    }

    private func write(_ plant: PlantDiagnosis, to path: String) throws {
        let file = try LineOutput(path: path)
        try file.write("asset,stream,window_start_ms,cosine,p")
        for asset in plant.assets {
            for pairing in asset.pairings {
                for (k, slot) in pairing.slots.enumerated() {
                    let start = Double(slot) * plant.settings.hop.seconds * 1000
                    try file.write(
                        "\(asset.asset),\(pairing.stream),\(Int64(start.rounded())),"
                            + "\(pairing.cosines[k]),\(pairing.pValues[k])")
                }
            }
        }
        try file.close()
    }

    private func names(in source: DiagnosisSource) throws -> [AssetName] {
        guard let asset else {
            guard !source.assets.isEmpty else {
                throw ValidationError(
                    "There is not one window to look at: the archive is empty until an asset has data."
                )
            }
            return source.assets
        }
        guard source.assets.contains(AssetName(asset)) else {
            throw ValidationError(
                "Nothing is known of \(asset); there are \(source.assets.map(\.text).joined(separator: ", "))."
            )
        }
        return [AssetName(asset)]
    }
}

extension DiagnosisReport {
    /// For a terminal.
    var text: String {
        (summary + paragraphs.map { "\n" + $0 } + tables.map { "\n" + $0.text })
            .joined(separator: "\n")
    }
}
