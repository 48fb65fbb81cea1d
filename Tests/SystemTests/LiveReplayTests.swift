import Foundation
import TestSupport
import Testing

/// The daemon under a real broker, against an offline replay of what was recorded from that broker.
@Suite("Live and replay agree", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct LiveReplayTests {
    @Test("At twenty times the speed the verdicts are those of the replay, byte for byte")
    func liveEqualsReplay() throws {
        let broker = try MosquittoBroker()
        let listener = try Listener(broker.url)
        defer { listener.close() }
        let anchord = try AnchordProcess(TestSettings(broker.url))
        try anchord.start()
        try #require(listener.hears { $0.last("anchord/gw/status") != nil }, "\(anchord.log)")

        let plant = TestPlant(seed: 1)
        try PlantPublisher(broker.url).publish(plant.messages, speed: 20)
        for asset in plant.assets {
            #expect(
                listener.hears { $0.newestWindow(asset) ?? 0 >= plant.lastSureWindow },
                "\(anchord.log)")
        }
        #expect(anchord.stop() == 0)

        let heard = listener.heard
        #expect(heard.inputs.count == plant.messages.count)
        let replayed = try anchord.replayed(heard.inputs)
        let repeats = expectEqual(heard, replayed: replayed, assets: plant.assets)
        #expect(repeats == 0)
        // Worth comparing: both states of learning, and alarms among them.
        let states = Set(replayed.compactMap { VerdictLine($0)?.state })
        #expect(states.isSuperset(of: ["warming_up", "scoring"]))
        #expect(replayed.contains { (VerdictLine($0)?.score ?? 0) > 2 })

        // The warm-up was as long as the split `train`, so saying so changes nothing.
        #expect(try anchord.replayed(heard.inputs, fitOn: plant.labels) == replayed)
    }
}
