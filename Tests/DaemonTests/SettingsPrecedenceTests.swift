import Detection
import Foundation
import Fusion
import Intake
import MQTT
import Publishing
import Signals
import Store
import TestSupport
import Testing
import Windowing

@testable import Daemon

@Suite("Which setting wins, and where it came from")
struct SettingsPrecedenceTests {
    /// Writes the files, the first of which is the settings file, and loads them.
    private func load(
        _ main: String, dropIns: [String: String] = [:], environment: [String: String] = [:]
    ) throws -> LoadedSettings {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path("conf.d"), withIntermediateDirectories: true)
        try main.write(toFile: folder.path("anchord.toml"), atomically: true, encoding: .utf8)
        for (name, text) in dropIns {
            try text.write(toFile: folder.path("conf.d/" + name), atomically: true, encoding: .utf8)
        }
        return DaemonSettings.load(file: folder.path("anchord.toml"), environment: environment)
    }

    @Test("Drop-ins win over the file, by name, and the environment wins over both")
    func layers() throws {
        let loaded = try load(
            """
            [windowing]
            length = "2s"
            lateness = "1s"
            idle_after = "4s"
            """,
            dropIns: [
                "20-b.toml": "windowing.idle_after = \"9s\"", ".hidden.toml": "nonsense",
                "10-a.toml": "[windowing]\nlateness = \"2s\"\nidle_after = \"8s\"",
                "30-c.toml.bak": "nonsense",
            ],
            environment: ["ANCHORD__WINDOWING__LENGTH": "3s", "ANCHORD_DATA": "x", "PATH": "/bin"])
        #expect(loaded.faults == [])
        #expect(loaded.settings.windowing.length == .seconds(3))
        #expect(loaded.settings.windowing.lateness == .seconds(2))
        #expect(loaded.settings.windowing.idleAfter == .seconds(9))
        #expect(
            loaded.files.map { $0.split(separator: "/").last } == [
                "anchord.toml", "10-a.toml", "20-b.toml",
            ])
        let lines = loaded.effective().filter { $0.section == "windowing" }.map(\.description)
        #expect(lines.contains { $0.hasSuffix("10-a.toml:2") && $0.contains("lateness = \"2s\"") })
        #expect(lines.contains { $0.hasSuffix("20-b.toml:1") && $0.contains("idle_after") })
        #expect(
            lines.contains("windowing.length = \"3s\"  # environment ANCHORD__WINDOWING__LENGTH"))
        #expect(lines.contains("windowing.close_after = \"5s\"  # default"))
        #expect(lines.contains("windowing.hop = none  # default"))
    }

    @Test("Declared streams of drop-ins are added; the same name replaces")
    func streams() throws {
        let loaded = try load(
            """
            [[streams]]
            name = "camera"
            topic = "plant/{asset}/cam"
            dimension = 128
            [[streams]]
            name = "audio"
            topic = "plant/{asset}/mic"
            """,
            dropIns: [
                "10.toml": """
                [[streams]]
                name = "camera"
                topic = "line/{asset}/cam"
                [[streams]]
                name = "log"
                kind = "log"
                topic = "plant/{asset}/log"
                """
            ])
        #expect(loaded.faults == [])
        let streams = loaded.settings.intake.streams
        #expect(streams.map(\.name.text) == ["camera", "audio", "log"])
        #expect(streams[0].topic == "line/{asset}/cam" && streams[0].dimension == nil)
        #expect(streams[2].kind == .log)
        let lines = loaded.effective().map(\.description)
        #expect(lines.contains("streams.camera.dimension = none  # default"))
        #expect(lines.contains { $0.contains("streams.camera.topic") && $0.hasSuffix("10.toml:3") })
    }

    @Test("An environment variable is read as its key's type, TOML or plain text")
    func environmentTypes() throws {
        let loaded = try load(
            "[windowing]\nhop = \"500ms\"\n",
            environment: [
                "ANCHORD__FUSION__REFIT_AFTER": "[\"2h\"]", "ANCHORD__STORE__SIZE_MAX": "128MiB",
                "ANCHORD__STORE__JOURNAL_BYTES_MAX": "8388608",
                "ANCHORD__DETECTION__WEIGHTS__OWN": "2", "ANCHORD__PUBLISHING__SCORES": "false",
                "ANCHORD__BROKER__USER": "007", "ANCHORD__ALARMS__FALSE_ALARMS": "2 per day",
                "ANCHORD__WINDOWING__HOP": "", "ANCHORD__INTAKE__TIME_MIN": "2010-06-01",
                "ANCHORD__INTAKE__LOGS__MASK": "[]",
            ])
        #expect(loaded.faults.map(\.description) == [])
        let settings = loaded.settings
        #expect(settings.fusion.refitAfter == [.seconds(7200)])
        #expect(settings.store.sizeMax == 128 << 20 && settings.store.journalBytesMax == 8 << 20)
        #expect(settings.detection.weights.own == 2)
        #expect(settings.publishing.scores == false)
        #expect(settings.broker.user == "007")
        #expect(settings.alarms.falseAlarms.description == "2 per day")
        #expect(settings.windowing.hop == nil)
        #expect(settings.intake.timeMin.milliseconds == 1_275_350_400_000)
        #expect(settings.intake.logs.mask == [])
    }

    @Test("Without a file there are defaults, and no fault")
    func noFile() {
        let loaded = DaemonSettings.load(file: nil, environment: [:])
        #expect(loaded.settings == DaemonSettings() && loaded.faults == [])
    }

    @Test("A file that is not there is one fault, and no other is made up")
    func missingFile() throws {
        let loaded = DaemonSettings.load(file: "/nowhere/anchord.toml", environment: [:])
        #expect(
            loaded.faults.map(\.description) == [
                "/nowhere/anchord.toml: could not read the settings: there is no such file."
            ])
    }

    @Test("A file that is not text is a fault: bytes that are no UTF-8, a NUL byte")
    func notText() throws {
        let folder = try TemporaryFolder()
        let file = folder.path("anchord.toml")
        try Data([0x61, 0xFF, 0x0A]).write(to: URL(fileURLWithPath: file))
        #expect(DaemonSettings.load(file: file, environment: [:]).faults.map(\.message).count == 1)
        try Data("a = 1\n\0[nonsense".utf8).write(to: URL(fileURLWithPath: file))
        #expect(DaemonSettings.load(file: file, environment: [:]).faults.map(\.line) == [2])
    }

    @Test("The effective settings are sorted, each key once, the same every time")
    func effectiveIsSorted() throws {
        let loaded = try load("[windowing]\nlength = \"2s\"\n")
        let keys = loaded.effective().map { [$0.section, $0.key] }
        #expect(keys == keys.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(Set(keys).count == SettingsCatalogue.sections.map(\.keys.count).reduce(0, +))
        #expect(loaded.effective() == loaded.effective())
    }

    @Test("A login inside a URL, and whatever is called a secret, is masked; paths are not")
    func masks() throws {
        let loaded = try load(
            "[broker]\nurl = \"mqtt://anna:hunter2@host\"\npassword_file = \"/run/pw\"\nuser = \"a\""
        )
        let shown =
            (loaded.effective().map(\.description) + loaded.faults.map(\.description))
            .joined(separator: "\n")
        #expect(!shown.contains("hunter2"))
        #expect(shown.contains("mqtt://***@host"))
        #expect(shown.contains("\"/run/pw\""))
        #expect(SecretMask.masked("\"x\"", key: "ANCHORD__BROKER__API_TOKEN") == "\"***\"")
    }

    @Test("The hash changes with what shapes verdicts, and with nothing else")
    func hash() {
        let hash = DaemonSettings().settingsHash
        #expect(hash.wholeMatch(of: #/[0-9a-f]{16}/#) != nil)
        func after(_ change: (inout DaemonSettings) -> Void) -> String {
            var settings = DaemonSettings()
            change(&settings)
            return settings.settingsHash
        }
        #expect(after { _ in } == hash)
        #expect(after { $0.broker.url = "mqtt://other" } == hash)
        #expect(after { $0.store.path = "/x" } == hash)
        #expect(after { $0.gateway.name = "x" } == hash)
        #expect(after { $0.windowing.length = .seconds(2) } != hash)
        #expect(after { $0.detection.weights.log = 0.5 } != hash)
        let a = StreamDeclaration(name: StreamName("a"), topic: "{asset}/a")
        let b = StreamDeclaration(name: StreamName("b"), topic: "{asset}/b")
        #expect(after { $0.intake.streams = [a] } != hash)
        #expect(after { $0.intake.streams = [a, b] } != after { $0.intake.streams = [b, a] })
    }

    @Test(
        "A host's name becomes one token of a topic",
        arguments: [
            ("press-hall.example.org", "press-hall"), ("halle 7/ost", "halle-7-ost"),
            ("", "gateway"), ("h\u{E4}lle", "h-lle"),
        ])
    func hostNames(host: String, name: String) {
        let gateway = GatewaySettings()
        #expect(gateway.effectiveName(hostName: host) == name)
        var named = GatewaySettings()
        named.name = name
        #expect(named.problems() == [])
    }

    @Test("The control socket is in the runtime directory, else beside the database")
    func sockets() {
        var control = ControlSettings()
        let runtime = ["RUNTIME_DIRECTORY": "/run/anchord:/run/x"]
        #expect(
            control.effectiveSocket(environment: runtime, database: "/s/a.sqlite")
                == "/run/anchord/control.sock")
        #expect(
            control.effectiveSocket(environment: [:], database: "/s/a.sqlite") == "/s/control.sock")
        control.socket = "/tmp/x.sock"
        #expect(
            control.effectiveSocket(environment: runtime, database: "/s/a.sqlite") == "/tmp/x.sock")
    }
}
