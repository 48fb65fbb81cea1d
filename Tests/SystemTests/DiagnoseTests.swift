import Daemon
import Diagnosis
import Foundation
import Fusion
import Intake
import MQTT
import Signals
import SimulatedPlant
import Store
import TestSupport
import Testing

/// `anchord diagnose` as someone types it.
@Suite("The diagnose command")
struct DiagnoseTests {
    private struct Report: Decodable {
        struct Finding: Decodable {
            var kind: String
            var asset: String
            var stream: String?
            var size: Double
        }
        struct Lag: Decodable {
            var asset: String
            var seconds: Double?
        }
        var findings: [Finding]
        var assets: [String]
        var windows: Int
        var lags: [Lag]
    }

    /// Two presses of five minutes; the first one's microphone is stamped two seconds late.
    private func recording(in folder: TemporaryFolder) throws -> String {
        var settings = PlantSettings(start: EventTime(milliseconds: 1_790_000_000_000))
        settings.seed = 5
        settings.assets = 2
        settings.duration = .seconds(300)
        settings.faultFree = .seconds(300)
        settings.camera = .init(rate: 4, dimension: 16, clockOffset: .zero)
        settings.audio = .init(rate: 4, dimension: 12, clockOffset: .zero)
        settings.log.clockOffset = .zero
        var late = settings
        late.audio.clockOffset = .seconds(2)
        let path = folder.path("shift.ndjson")
        var lines: [UInt8] = []
        var writer = RecordingWriter()
        for (plain, moved) in zip(Plant(settings: settings), Plant(settings: late)) {
            guard case .message(let message) = plain.kind, case .message(let other) = moved.kind
            else { continue }
            lines += writer.line(for: message.topic.contains("/press-1/") ? other : message)
        }
        try Data(lines).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("A recording: the late sense in words, as JSON, as a page, and window by window")
    func recording() throws {
        let anchord = try AnchordProcess(TestSettings("mqtt://127.0.0.1:1"))
        let path = try recording(in: anchord.folder)
        let page = anchord.folder.path("page.html")
        let windows = anchord.folder.path("windows.csv")
        let said = try anchord.run([
            "diagnose", path, "--config", anchord.settingsPath, "--html", page, "--windows",
            windows,
        ])
        #expect(said.status == 0, "\(said.errors)")
        #expect(said.output.contains("wrong: audio of press-1 runs 2"), "\(said.output)")
        #expect(said.output.contains("Offsets between senses"))
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.contains("audio of press-1 runs 2") && html.contains("</html>"))
        let rows = try String(contentsOfFile: windows, encoding: .utf8).split(separator: "\n")
        #expect(rows.first == "asset,stream,window_start_ms,cosine,p")
        #expect(rows.count > 1000)
        let last = try #require(rows.last).split(separator: ",")
        #expect(last[0] == "press-2")
        #expect(try #require(Int64(last[2])) / 1000 * 1000 == Int64(last[2]))
        #expect((0...1).contains(try #require(Double(last[4]))))

        let json = try anchord.run([
            "diagnose", path, "--config", anchord.settingsPath, "--json", "--asset", "press-1",
        ])
        let report = try JSONDecoder.ofAnswers.decode(Report.self, from: Data(json.output.utf8))
        #expect(report.assets == ["press-1"])
        let lag = try #require(report.findings.first { $0.kind == "lag" })
        #expect(lag.stream == "audio" && abs(lag.size - 2) < 0.4)
        #expect(report.lags.count == 3)
    }

    @Test("A daemon's state, beside it; nothing there, and an asset that is not, are said")
    func state() throws {
        let anchord = try AnchordProcess(TestSettings("mqtt://127.0.0.1:1"))
        let path = try recording(in: anchord.folder)
        let state = anchord.folder.path("archive.sqlite")
        // What a daemon archives in its warm-up: whole windows, in their order.
        let source = try DiagnosisSource(
            recordings: [path], labels: nil, settings: DaemonSettings(),
            folder: anchord.folder.path("."))
        let store = try StateStore(path: state)
        var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
        for asset in source.assets {
            commit.archiveAppends += try source.windows(of: asset).windows.enumerated().map {
                ArchiveRow(asset: asset, windowIndex: Int64($0), blob: $1.encoded)
            }
        }
        _ = try store.commit(commit)
        let ended = try anchord.run([
            "diagnose", "--state", state, "--config", anchord.settingsPath, "--json",
        ])
        #expect(ended.status == 0, "\(ended.errors)")
        let report = try JSONDecoder.ofAnswers.decode(Report.self, from: Data(ended.output.utf8))
        #expect(report.assets == ["press-1", "press-2"] && report.windows > 590)
        #expect(
            report.findings.filter { $0.kind == "lag" }.map { "\($0.asset)/\($0.stream ?? "")" }
                == ["press-1/audio"])
        let late = try anchord.run([
            "diagnose", "--state", state, "--config", anchord.settingsPath, "--from",
            "1790000250000",
        ])
        #expect(late.errors.contains("at least 120 windows of two senses are needed"))
        let nobody = try anchord.run([
            "diagnose", "--state", state, "--config", anchord.settingsPath, "--asset", "press-9",
        ])
        #expect(nobody.status != 0)
        #expect(nobody.errors.contains("there are press-1, press-2"))
        let both = try anchord.run(["diagnose", path, "--state", state])
        #expect(both.status == 64)
    }
}
