import Foundation
import TestSupport
import Testing

@testable import Daemon

/// `BadSettings/NAME.toml` with the faults it must have, one per line, in `NAME.expected`.
///
/// Beside them, where the case needs it: `NAME.conf.d/` with drop-ins, and `NAME.environment` with
/// a `VARIABLE=value` per line. The file is read as `anchord.toml`.
@Suite("Bad settings")
struct BadSettingsTests {
    private static let folder = Bundle.module.resourceURL!.appendingPathComponent("BadSettings")

    static let names: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (files ?? []).filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(5)) }
            .sorted()
    }()

    @Test("There are cases, and each says what it expects")
    func casesArePaired() throws {
        #expect(Self.names.count >= 15)
        for name in Self.names {
            #expect(FileManager.default.fileExists(atPath: path("\(name).expected")), "\(name)")
        }
    }

    @Test("Each bad file has exactly the faults it must have, in order", arguments: names)
    func faultsAreSaid(name: String) throws {
        let place = try TemporaryFolder()
        try FileManager.default.copyItem(
            atPath: path("\(name).toml"), toPath: place.path("anchord.toml"))
        if FileManager.default.fileExists(atPath: path("\(name).conf.d")) {
            try FileManager.default.copyItem(
                atPath: path("\(name).conf.d"), toPath: place.path("conf.d"))
        }
        let loaded = DaemonSettings.load(
            file: place.path("anchord.toml"), environment: try environment(of: name))
        let found = loaded.faults.map {
            $0.description.replacing(place.path(""), with: "").drop { $0 == "/" }
        }
        let expected = try String(contentsOfFile: path("\(name).expected"), encoding: .utf8)
            .split(separator: "\n")
        #expect(found.count == expected.count, "\(found.joined(separator: "\n"))")
        for (fault, sentence) in zip(found, expected) {
            #expect(fault.contains(sentence))
        }
    }

    @Test("No secret of any case is shown in its faults or among its effective settings")
    func secretsAreMasked() throws {
        for name in Self.names {
            let loaded = DaemonSettings.load(
                file: path("\(name).toml"), environment: try environment(of: name))
            let shown = loaded.faults.map(\.description) + loaded.effective().map(\.description)
            #expect(!shown.contains { $0.contains("hunter2") }, "\(name)")
        }
    }

    private func path(_ file: String) -> String {
        Self.folder.appendingPathComponent(file).path
    }

    private func environment(of name: String) throws -> [String: String] {
        guard FileManager.default.fileExists(atPath: path("\(name).environment")) else {
            return [:]
        }
        let text = try String(contentsOfFile: path("\(name).environment"), encoding: .utf8)
        let pairs = text.split(separator: "\n").map { line in
            let sides = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(sides[0]), String(sides[1]))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}
