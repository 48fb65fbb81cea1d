import ArgumentParser
import Daemon
import Foundation
import MQTT
import Signals
import SimulatedPlant
import Tools
import Windowing

/// `anchord simulate`: a plant to try anchord on, with faults that are announced.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run a simulated plant whose faults are announced.",
        discussion: """
            Presses called press-1, press-2, ... whose camera, audio and log look at one hidden state. \
            Now and then something goes wrong, and it is said when it begins and ends. The same seed \
            is the same plant, byte for byte.

            To a broker it runs as time goes by, for ever or for --seconds; with --past it first \
            publishes that many seconds of its recent past, as fast as the broker takes them, and goes \
            on live without a gap. (A broker drops what it may not queue for a reader: mosquitto keeps \
            1,000 messages unless max_queued_messages says more.) To a recording it runs at once, from 2026-01-01T00:00:00Z on.

              anchord simulate --broker mqtt://127.0.0.1 --past 400
              anchord simulate --seconds 1200 --out plant.ndjson.gz --labels plant.csv
              anchord replay plant.ndjson.gz --fit-on plant.csv --verdicts verdicts.ndjson
            """)

    @OptionGroup var location: BrokerLocation

    @Option(help: ArgumentHelp("A recording instead of a broker.", valueName: "recording"))
    var out: String?

    @Option(
        help: ArgumentHelp(
            "With --out: the truth, as asset,window_start_ms,split,label,stream.",
            valueName: "csv"))
    var labels: String?

    @Option(help: ArgumentHelp("Another seed, another plant.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Presses.", valueName: "n"))
    var assets = 3

    @Option(
        help: ArgumentHelp(
            "How long the plant runs, its past included. Default: for ever; 1200 with --out.",
            valueName: "n"))
    var seconds: Int?

    @Option(help: ArgumentHelp("Times as fast as real; stamps too.", valueName: "factor"))
    var speed = 1.0

    @Option(help: ArgumentHelp("Seconds of the past published first.", valueName: "n"))
    var past = 0

    @Option(
        help: ArgumentHelp(
            "Seconds before a press's first fault. Default: 300, or --past and 20 more.",
            valueName: "n"))
    var faultFree: Int?

    @Option(
        help: ArgumentHelp(
            "From one fault of a press to its next, in seconds.", valueName: "n"))
    var faultEvery = 40

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Kinds that take turns, or none: \(FaultKind.allCases.map(\.rawValue).joined(separator: ", ")). Default: all.",
            valueName: "kind"))
    var faults: [String] = []

    @Option(
        help: ArgumentHelp(
            "Announce faults as JSON lines in this file too, for watch --faults.",
            valueName: "file"))
    var announce: String?

    @Option(help: ArgumentHelp("0 or 1.", valueName: "qos"))
    var qos = QoSOption(argument: "1")!

    func validate() throws {
        if out != nil, location.broker != nil || past > 0 {
            throw ValidationError("--out writes a recording; leave out --broker and --past.")
        }
        if labels != nil, out == nil { throw ValidationError("--labels needs --out.") }
        if past < 0 { throw ValidationError("--past cannot be negative.") }
        if let seconds, seconds < 1 { throw ValidationError("--seconds must be 1 or more.") }
        if !(speed > 0 && speed.isFinite) {
            throw ValidationError("--speed must be more than 0; use --out for as fast as it goes.")
        }
        if let problem = try plant().problems().first { throw ValidationError(problem) }
    }

    func run() throws {
        Interruption.listen()
        let lines = try announce.map { try LineOutput(path: $0) }
        // A recording on standard output leaves no room for words there.
        let isOutputTaken = out == "-"
        let player = PlantPlayer(settings: try plant()) { time, announcement in
            let text = "\(TimeText.utc(time))  \(announcement.text)"
            if isOutputTaken { tell(text) } else { say(text) }
            try lines?.write(bytes: announcement.json)
            try lines?.flush()
        }
        if let out {
            try record(player, to: out)
        } else {
            try publish(player)
        }
        try lines?.close()
    }

    private func record(_ player: PlantPlayer, to out: String) throws {
        let line = StatusLine()
        let count = try player.record(to: out) { line.show("\($0) messages") }
        line.clear()
        tell("Wrote \(count) messages into \(out).")
        guard let labels, let duration = player.settings.duration else { return }
        let window = try location.settings.load().settings.windowing.length
        let file = try LineOutput(path: labels)
        try file.write(PlantLabels.csvHeader)
        let rows = PlantLabels(settings: player.settings, window: window, duration: duration)
        for row in rows { try file.write(row.csv) }
        try file.close()
    }

    private func publish(_ player: PlantPlayer) throws {
        let (_, broker) = try location.load()
        let began = ContinuousClock.now
        let tally = try player.publish(
            to: broker, past: .seconds(past), speed: speed, qos: qos.qos,
            caughtUp: { count in
                let took = began.duration(to: .now) / .seconds(1)
                let before =
                    past > 0
                    ? "\(past) s of the past, \(count) messages, published in "
                        + String(format: "%.1f s; ", took) : ""
                say("\(before)\(assets) presses run live at \(broker.url)")
            },
            note: { tell($0) })
        if tally.refused > 0 {
            tell(
                "The broker refused \(tally.refused) messages: \(tally.refusal ?? ""). Its ACL must "
                    + "let this user publish to features/.")
            throw ExitCode(1)
        }
    }

    private func plant() throws -> PlantSettings {
        // For recordings: the same seed, the same bytes. To a broker it begins now.
        var settings = PlantSettings(start: EventTime(milliseconds: 1_767_225_600_000))
        settings.seed = seed
        settings.assets = assets
        settings.duration = (seconds ?? (out == nil ? nil : 1200)).map { .seconds($0) }
        settings.faultFree = .seconds(faultFree ?? (past > 0 ? past + 20 : 300))
        settings.faultEvery = .seconds(faultEvery)
        guard !faults.isEmpty else { return settings }
        if faults == ["none"] {
            settings.faultEvery = nil
            return settings
        }
        settings.faultKinds = try faults.flatMap { $0.split(separator: ",") }.map { word in
            guard let kind = FaultKind(rawValue: String(word)) else {
                let kinds = FaultKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--faults: there is no \"\(word)\", but \(kinds), or none.")
            }
            return kind
        }
        return settings
    }
}
