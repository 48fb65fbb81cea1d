import Daemon
import Foundation
import TestSupport
import Testing

/// HUP reads the settings again while messages flow.
@Suite("Reloading", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct ReloadTests {
    private let plant = TestPlant(seed: 3, seconds: 120)
    private let broker: MosquittoBroker
    private let listener: Listener

    init() throws {
        broker = try MosquittoBroker()
        listener = try Listener(broker.url)
    }

    /// Plays the plant, and calls `body` in the middle of it.
    private func play(_ anchord: AnchordProcess, _ body: () throws -> Void) throws {
        try anchord.start()
        #expect(try anchord.reports { $0.broker.granted == ["features/+/+": 1] }, "\(anchord.log)")
        let url = broker.url
        let messages = plant.messages
        let flow = Background { try PlantPublisher(url).publish(messages, speed: 20) }
        #expect(listener.hears { $0.verdicts("press-1").count >= 40 }, "\(anchord.log)")
        try body()
        try flow.join()
        for asset in plant.assets {
            #expect(
                listener.hears { $0.newestWindow(asset) ?? 0 >= plant.lastSureWindow },
                "\(asset): \(anchord.log)")
        }
        #expect(anchord.stop() == 0, "\(anchord.log)")
    }

    @Test("A bad file keeps the old settings, and each fault is said")
    func badFile() throws {
        defer { listener.close() }
        let good = TestSettings(broker.url)
        var bad = good
        bad.more = ["windowing": ["length = \"0s\""], "fusion": ["senses_min = 0"]]
        let anchord = try AnchordProcess(good)
        try play(anchord) {
            try anchord.write(bad)
            anchord.reload()
            #expect(anchord.logs("The new settings are bad; the old ones stay.", times: 2))
        }
        #expect(anchord.log.contains("a window needs a positive length"))
        #expect(anchord.log.contains("a score needs at least 1 sense"))
        #expect(!anchord.log.contains("Reloaded the settings."))

        try anchord.write(good)
        expectEqual(
            listener.heard, replayed: try anchord.replayed(plant.messages), assets: plant.assets)
    }

    @Test("Settings that are good and yet cannot start give way to the old ones")
    func unstartable() throws {
        defer { listener.close() }
        let good = TestSettings(broker.url)
        var unstartable = good
        unstartable.more = ["control": ["socket = \"/nonexistent/control.sock\""]]
        let anchord = try AnchordProcess(good)
        try play(anchord) {
            try anchord.write(unstartable)
            anchord.reload()
            #expect(
                anchord.logs("Could not start with the new settings; going back to the old ones."))
            #expect(anchord.logs("notice: Started.", times: 2))
        }
        try anchord.write(good)
        expectEqual(
            listener.heard, replayed: try anchord.replayed(plant.messages), assets: plant.assets)
    }

    @Test("Good settings take over, and no window is lost or changed")
    func goodFile() throws {
        defer { listener.close() }
        let anchord = try AnchordProcess(TestSettings(broker.url))
        try play(anchord) {
            for level in ["debug", "notice"] {
                var changed = TestSettings(broker.url)
                changed.more = [
                    "log": ["level = \"\(level)\""], "publishing": ["counters_every = \"1s\""],
                ]
                try anchord.write(changed)
                anchord.reload()
                #expect(anchord.logs("Reloaded the settings.", times: level == "debug" ? 1 : 2))
            }
        }
        let heard = listener.heard
        #expect(!heard.payloads("anchord/gw/counters").isEmpty)
        expectEqual(heard, replayed: try anchord.replayed(plant.messages), assets: plant.assets)
    }
}
