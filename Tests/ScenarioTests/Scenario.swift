import Daemon
import Foundation
import TestSupport
import Testing

/// A folder that anyone can add without Swift; its name tells the story. See `Scenarios/README.md`.
struct Scenario: Sendable, CustomTestStringConvertible {
    let folder: URL

    var name: String { folder.lastPathComponent }
    var testDescription: String { name }

    static let root = Bundle.module.resourceURL!.appendingPathComponent("Scenarios")

    static let all: [Scenario] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        return names.filter { !$0.contains(".") }.sorted()
            .map { Scenario(folder: root.appendingPathComponent($0)) }
    }()

    func text(_ file: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    }

    func has(_ file: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent(file).path)
    }

    /// What is fed, in order: the recording of the scenario named in `after.txt`, if any, then ours.
    func recordings() throws -> [String] {
        var paths: [String] = []
        if has("after.txt") {
            let earlier = try text("after.txt").trimmingCharacters(in: .whitespacesAndNewlines)
            paths.append(Self.root.appendingPathComponent("\(earlier)/input.ndjson").path)
        }
        return paths + [folder.appendingPathComponent("input.ndjson").path]
    }

    func settings() -> LoadedSettings {
        DaemonSettings.load(
            file: folder.appendingPathComponent("settings.toml").path, environment: [:])
    }

    /// Through the real pipeline: the verdicts as they are published, and what was counted.
    func replay() throws -> (verdicts: [String], summary: ReplaySummary) {
        let work = try TemporaryFolder()
        let settings = settings().settings
        var verdicts: [String] = []
        var replay = try Replay(
            settings: settings, settingsHash: settings.settingsHash, labels: nil,
            folder: work.url.path
        ) { verdicts.append($0) }
        for path in try recordings() { try replay.feed(path) }
        let summary = try replay.finish()
        return (verdicts, summary)
    }
}
