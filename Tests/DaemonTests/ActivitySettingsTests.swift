import Foundation
import Signals
import TestSupport
import Testing
import Windowing

@testable import Daemon

@Suite("Settings of single assets")
struct ActivitySettingsTests {
    private func load(_ text: String, dropIn: String? = nil) throws -> LoadedSettings {
        let folder = try TemporaryFolder()
        try text.write(toFile: folder.path("anchord.toml"), atomically: true, encoding: .utf8)
        if let dropIn {
            try FileManager.default.createDirectory(
                atPath: folder.path("conf.d"), withIntermediateDirectories: true)
            try dropIn.write(
                toFile: folder.path("conf.d/10.toml"), atomically: true, encoding: .utf8)
        }
        return DaemonSettings.load(file: folder.path("anchord.toml"), environment: [:])
    }

    @Test("An asset has what is for all, but for what is its own; a drop-in adds to it")
    func overrides() throws {
        let loaded = try load(
            """
            [activity]
            active_when = "audio level > 0.2"
            [assets.press-1]
            grace = "2m"
            [assets.oven]
            active_when = ""
            """,
            dropIn: """
                [assets.press-1]
                active_when = "log contains 'cycle start'"
                """)
        #expect(loaded.faults.map(\.description) == [])
        let pipeline = loaded.settings.pipeline
        let press = pipeline.monitor(of: AssetName("press-1"))
        #expect(press.condition?.description == "log contains 'cycle start'")
        #expect(press.settings.grace == .seconds(120))
        #expect(pipeline.monitor(of: AssetName("oven")).condition == nil)
        #expect(
            pipeline.monitor(of: AssetName("other")).condition?.description == "audio level > 0.2")
        let shown = loaded.effective().map(\.description)
        #expect(
            shown.contains { $0.hasPrefix("assets.press-1.grace = \"2m\"  #") }, "\(shown)")
        #expect(shown.contains { $0.hasPrefix("assets.oven.active_when = \"\"  #") })
    }

    @Test("What single assets have belongs to the settings hash of verdicts")
    func hash() throws {
        let plain = try load("").settings
        let own = try load("[assets.press-1]\ngrace = \"2m\"\n").settings
        #expect(plain.settingsHash != own.settingsHash)
    }
}
