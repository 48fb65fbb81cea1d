import Foundation
import TestSupport
import Testing

/// `anchord evaluate` as someone types it.
@Suite("The evaluate command")
struct EvaluateTests {
    @Test("A damaged model is refused by name, with the reason")
    func damagedModelIsRefused() throws {
        let anchord = try AnchordProcess(TestSettings("mqtt://127.0.0.1:1"))
        let model = anchord.folder.path("plant.safetensors")
        let recording = anchord.folder.path("shift.ndjson")
        try Data("no model".utf8).write(to: URL(fileURLWithPath: model))
        try Data().write(to: URL(fileURLWithPath: recording))
        let ended = try anchord.run([
            "evaluate", model, "--on", recording, "--config", anchord.settingsPath,
        ])
        #expect(ended.status == 1)
        #expect(ended.output.isEmpty)
        #expect(ended.errors.hasPrefix("Error: \(model): "))
        #expect(ended.errors.contains("file"))
    }

    @Test("Nothing to evaluate on is a fault of the command line")
    func recordingIsNeeded() throws {
        let anchord = try AnchordProcess(TestSettings("mqtt://127.0.0.1:1"))
        let ended = try anchord.run(["evaluate", "plant.safetensors"])
        #expect(ended.status == 64)
        #expect(ended.errors.contains("--on"))
    }
}
