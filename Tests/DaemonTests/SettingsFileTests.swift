import Foundation
import Intake
import Signals
import TestSupport
import Testing

@testable import Daemon

/// `config/anchord.toml` beside the code it describes.
private let configFile = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("config/anchord.toml")

// In order, because the first test may write what the others read.
@Suite("The settings file we ship", .serialized)
struct SettingsFileTests {
    /// With `ANCHORD_WRITE_CONFIG` set the file is written anew before it is compared.
    @Test("The shipped file says what the code says, byte for byte")
    func fileIsRendered() throws {
        if ProcessInfo.processInfo.environment["ANCHORD_WRITE_CONFIG"] != nil {
            try DaemonSettings.fileText.write(to: configFile, atomically: true, encoding: .utf8)
        }
        let text = try String(contentsOf: configFile, encoding: .utf8)
        #expect(
            text == DaemonSettings.fileText,
            "run the tests once with ANCHORD_WRITE_CONFIG=1, and look at the difference")
    }

    @Test("The shipped file loads without a fault, and every value in it is the default")
    func fileHoldsDefaults() {
        let loaded = DaemonSettings.load(file: configFile.path, environment: [:])
        #expect(loaded.faults.map(\.description) == [])
        #expect(loaded.settings == DaemonSettings())
    }

    @Test("Every key stands in the shipped file: set, or commented out where it has no default")
    func everyKeyIsShown() throws {
        let loaded = DaemonSettings.load(file: configFile.path, environment: [:])
        let lines = try String(contentsOf: configFile, encoding: .utf8).split(separator: "\n")
        for setting in loaded.effective() {
            if setting.value == nil {
                #expect(lines.contains { $0.hasPrefix("# \(setting.key) = ") }, "\(setting)")
            } else {
                #expect(setting.origin != .default, "\(setting)")
            }
        }
        for key in SettingsCatalogue.streamKeys {
            #expect(lines.contains { $0.hasPrefix("# \(key.name) = ") }, "\(key.name)")
        }
    }

    @Test("The commented examples are good settings too")
    func examplesAreGood() throws {
        let uncommented = try String(contentsOf: configFile, encoding: .utf8)
            .replacing(#/(?m)^# (\[\[streams\]\]|\[assets\.[a-z0-9-]+\]|[a-z_]+ = )/#) {
                String($0.1)
            }
            // Encryption is what the example certificates are for.
            .replacing("mqtt://127.0.0.1:1883", with: "mqtts://127.0.0.1:8883")
        let folder = try TemporaryFolder()
        let file = folder.path("anchord.toml")
        try uncommented.write(toFile: file, atomically: true, encoding: .utf8)
        let loaded = DaemonSettings.load(file: file, environment: [:])
        #expect(loaded.faults.map(\.description) == [])
        #expect(loaded.effective().allSatisfy { $0.value != nil })
        #expect(loaded.settings.intake.streams.map(\.name.text) == ["vibration"])
    }

    @Test("Keys are named once in their section, in the file's spelling, and say what they mean")
    func catalogueIsWellFormed() {
        let paths = SettingsCatalogue.sections.flatMap { section in
            section.keys.map { "\(section.name).\($0.name)" }
        }
        #expect(Set(paths).count == paths.count)
        for section in SettingsCatalogue.sections {
            for key in section.keys {
                #expect(key.name.wholeMatch(of: #/[a-z][a-z0-9_]*/#) != nil)
                #expect(key.meaning.hasSuffix("."), "\(key.name)")
                let hasValue = key.value(in: DaemonSettings()) != nil
                #expect(hasValue == (key.example == nil), "\(key.name)")
            }
        }
    }

    @Test("Every field of every room's settings has a key, so none can be forgotten")
    func everyFieldHasAKey() throws {
        for section in SettingsCatalogue.sections {
            var fields = Mirror(reflecting: DaemonSettings())
            for name in section.path {
                fields = Mirror(reflecting: try #require(fields.descendant(name)))
            }
            let inner = SettingsCatalogue.sections.filter {
                $0.path.dropLast() == section.path[...]
            }
            let streams = section.name == "intake" ? 1 : 0
            #expect(
                fields.children.count == section.keys.count + inner.count + streams,
                "[\(section.name)] has \(fields.children.compactMap(\.label))")
        }
        // `timestamp` is one field there and three keys here.
        let stream = Mirror(reflecting: StreamDeclaration(name: StreamName(""), topic: ""))
        #expect(stream.children.count == SettingsCatalogue.streamKeys.count - 2)
    }

    @Test("What a key prints it also reads, and nothing changes")
    func printedValuesAreRead() {
        for key in SettingsCatalogue.sections.flatMap(\.keys) {
            var settings = DaemonSettings()
            guard let value = key.value(in: settings) ?? key.example else { continue }
            #expect(key.write(value, to: &settings) == nil, "\(key.name)")
            #expect(key.value(in: settings) == value, "\(key.name)")
        }
    }
}
