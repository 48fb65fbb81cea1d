import Daemon
import Foundation
import Intake
import Signals
import SimulatedPlant
import TestSupport
import Testing

/// A machine is searched over the refit of its model, in what `anchord replay --state` keeps.
@Suite("Search over a refit") struct SearchAcrossModelsTests {
    @Test("A window that the new model saw finds those that the old one saw, and says so")
    func overARefit() throws {
        let plant = TestPlant(seed: 6, seconds: 700, assets: 1, calm: 700)
        var settings = TestSettings("mqtt://127.0.0.1:1")
        settings.warmUp = 240
        settings.more = ["fusion": ["refit_after = [\"160s\"]", "refit_lag_windows = 10"]]
        let anchord = try AnchordProcess(settings)
        let recording = anchord.folder.path("recording.ndjson")
        let state = anchord.folder.path("replayed.sqlite")
        var writer = RecordingWriter()
        try Data(plant.messages.flatMap { writer.line(for: $0) })
            .write(to: URL(filePath: recording))
        let replay = try anchord.run([
            "replay", recording, "--config", anchord.settingsPath, "--state", state,
        ])
        try #require(replay.status == 0, "\(replay.errors)")
        let recipes = plant.recipes
        func moment(_ second: Int) -> Int64 {
            plant.settings.start.milliseconds + Int64(second) * 1000
        }
        var (found, wanted) = (0, 0)
        for second in stride(from: 520, to: 690, by: 15) {
            let answer = try anchord.run([
                "search", "--config", anchord.settingsPath, "--state", state, "--asset", "press-1",
                "--at", "\(moment(second))", "--by", "audio", "--find", "camera", "--apart", "5s",
                "--top", "5", "--to", "\(moment(400))", "--json",
            ])
            try #require(answer.status == 0, "\(answer.errors)")
            let reply = try JSONDecoder.ofAnswers.decode(
                SearchReply.self, from: Data(answer.output.utf8))
            #expect(reply.bridged > 100 && reply.bridged < reply.searched)
            #expect(reply.otherModels == 0)
            #expect(reply.hits.count == 5)
            for hit in reply.hits {
                #expect((hit.bridge ?? 0) >= 0.5)
                wanted += 1
                let at = Int((hit.startMs - plant.settings.start.milliseconds) / 1000)
                found += recipes[at] == recipes[second] ? 1 : 0
            }
        }
        #expect(Double(found) >= 0.6 * Double(wanted), "\(found) of \(wanted)")
    }
}
