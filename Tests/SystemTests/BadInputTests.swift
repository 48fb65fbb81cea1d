import Daemon
import Foundation
import Signals
import SimulatedPlant
import TestSupport
import Testing

/// All that can be wrong with a message, beside good ones, through the whole daemon.
@Suite("Bad input end to end", .enabled(if: MosquittoBroker.isInstalled))
struct BadInputTests {
    private let plant = TestPlant(seed: 7, seconds: 80, assets: 1)

    /// Inside the plant's time, so that only what is meant to be wrong is wrong.
    private var stamp: Int64 { plant.settings.start.milliseconds + 40_000 }

    private func vector(_ numbers: Int, stamp: Int64? = nil) -> String {
        let values = Array(repeating: "0.5", count: numbers).joined(separator: ",")
        return "{\"ts\":\(stamp ?? self.stamp),\"v\":[\(values)]}"
    }

    /// Topic, payload and the reason it is refused for, each three times or it might be chance.
    private var refused: [(topic: String, payload: [UInt8], reason: String)] {
        let camera = "features/press-1/camera"
        let texts: [(String, String, String)] = [
            (camera, vector(31), "wrong_dimension"),
            (camera, vector(5000), "dimension_too_large"),
            (
                camera, "{\"ts\":\(stamp),\"v\":[NaN\(String(repeating: ",1", count: 31))]}",
                "not_finite"
            ),
            (
                camera, "{\"ts\":\(stamp),\"v\":[1e999\(String(repeating: ",1", count: 31))]}",
                "not_finite"
            ),
            (
                camera, "{\"ts\":\(stamp),\"v\":[null\(String(repeating: ",1", count: 31))]}",
                "not_finite"
            ),
            (camera, String(vector(32).dropLast(9)), "malformed"),
            (camera, "{\"ts\":\(stamp)}", "missing_field"),
            (camera, "{\"ts\":\(stamp),\"v\":\"AAAA\"}", "wrong_length"),
            (
                camera,
                "{\"ts\":\"yesterday\",\"v\":[\(Array(repeating: "1", count: 32).joined(separator: ","))]}",
                "bad_timestamp"
            ),
            (camera, vector(32, stamp: 86_400_000), "implausible_time"),
            (camera, vector(32, stamp: 4_133_980_800_000), "implausible_time"),
            (camera, "", "empty_payload"),
            (camera, "a log line on a vector stream", "wrong_kind"),
            ("features/press-1/log", vector(32), "wrong_kind"),
            ("features/pr\"ess/camera", vector(32), "bad_asset_name"),
            ("features/\(String(repeating: "x", count: 65))/camera", vector(32), "bad_asset_name"),
            ("features/intruder/camera", vector(32), "too_many_assets"),
            ("features/press-1/fifth", vector(3), "too_many_streams"),
        ]
        let huge = Array(vector(32).dropLast().utf8) + Array(repeating: 0x20, count: 10 << 20)
        return texts.map { ($0.0, Array($0.1.utf8), $0.2) } + [
            (camera, huge, "payload_too_large"), (camera, [0xFF, 0xFE, 0x00], "malformed"),
        ]
    }

    @Test("Every good window comes out, and each refusal is counted under its reason")
    func badBesideGood() throws {
        let broker = try MosquittoBroker()
        let listener = try Listener(broker.url)
        defer { listener.close() }
        let publisher = try PlantPublisher(broker.url)
        // Old when we come: what the machine said some day is not what it says now.
        try publisher.publish("features/press-1/camera", Array(vector(32).utf8), retain: true)

        var settings = TestSettings(broker.url)
        settings.more = [
            "publishing": ["counters_every = \"1s\""],
            "intake": ["assets_max = 2", "streams_per_asset_max = 4", "dimension_max = 4096"],
        ]
        let anchord = try AnchordProcess(settings)
        try anchord.start()
        #expect(try anchord.reports { $0.refused == ["retained": 1] }, "\(anchord.log)")
        // Let go of, or the listener's next connect would hear it too.
        try publisher.publish("features/press-1/camera", [], retain: true)

        // The first half settles dimensions and kinds, and fills the room for assets and streams.
        try publisher.publish(plant.part(0, 0.5))
        for (stream, line) in [("fourth", "x"), ("fourth", "y")] {
            try publisher.publish("features/press-1/\(stream)", Array(line.utf8))
        }
        try publisher.publish("features/odd.~asset-Ä/log", Array("it starts".utf8))
        let rest = plant.part(0.5, 1)
        let bad = refused + refused + refused
        for (index, message) in rest.enumerated() {
            publisher.send(message)
            if index < bad.count {
                publisher.send(
                    Message(
                        topic: bad[index].topic, payload: bad[index].payload,
                        arrival: Arrival(wall: 0, elapsed: 0)))
            }
        }
        // Mended, not refused.
        let log = "features/odd.~asset-Ä/log"
        try publisher.publish(log, Array(String(repeating: "long ", count: 200_000).utf8))
        try publisher.publish(log, Array("gr\u{F6}\u{DF}e ".utf8) + [0xC3, 0x28])
        try publisher.finish()
        #expect(
            listener.hears { $0.newestWindow("press-1") ?? 0 >= plant.lastSureWindow },
            "\(anchord.log)")

        var expected = Dictionary(grouping: bad) { $0.reason }.mapValues(\.count)
        expected["retained"] = 1
        // Clearing the retained message is an empty message of its own.
        expected["empty_payload", default: 0] += 1
        _ = try anchord.reports { $0.refused == expected }
        let status = try #require(try anchord.status())
        #expect(status.refused == expected)
        #expect(status.assets.map(\.name) == ["odd.~asset-Ä", "press-1"])
        #expect(status.lastRefusal != nil)
        #expect(
            listener.hears {
                let counters = $0.last("anchord/gw/counters") ?? ""
                return counters.contains("\"line_cut\":1")
                    && counters.contains("\"utf8_repaired\":1")
            }, "\(listener.heard.last("anchord/gw/counters") ?? "")")
        #expect(anchord.stop() == 0)

        // The recording gives the same, bad ones included. To the listener, who was there, the
        // retained message was a live one.
        let heard = listener.heard
        let replayed = try anchord.replayed(Array(heard.inputs.dropFirst()))
        expectEqual(heard, replayed: replayed, assets: ["press-1"])
    }

    @Test("Doubled and reordered messages cost no window, and what came too late is counted")
    func doubledAndReordered() throws {
        let broker = try MosquittoBroker()
        let listener = try Listener(broker.url)
        defer { listener.close() }
        let anchord = try AnchordProcess(TestSettings(broker.url))
        try anchord.start()
        #expect(try anchord.reports { $0.broker.granted == ["features/+/+": 1] })
        let publisher = try PlantPublisher(broker.url)
        var random = SeededGenerator(seed: 8)
        var jumbled: [Message] = []
        for (index, message) in plant.messages.enumerated() {
            // A neighbour or two late, within the lateness; now and then twice.
            jumbled.insert(
                message, at: max(0, jumbled.count - Int.random(in: 0...2, using: &random)))
            if index.isMultiple(of: 10) { jumbled.append(message) }
        }
        let late = plant.messages.first { $0.topic == "features/press-1/audio" }!
        jumbled += [late, late]
        try publisher.publish(jumbled)
        #expect(
            listener.hears { $0.newestWindow("press-1") ?? 0 >= plant.lastSureWindow },
            "\(anchord.log)")
        let audio = try #require(
            try anchord.status()?.assets.first?.streams.first { $0.name == "audio" })
        #expect(audio.late == 2)
        #expect(anchord.stop() == 0)
        let heard = listener.heard
        #expect(heard.inputs.count == jumbled.count)
        let starts = heard.verdicts("press-1").compactMap { VerdictLine($0)?.windowStartMs }
        #expect(starts == Array(stride(from: starts[0], through: starts.last!, by: 1000)))
        expectEqual(heard, replayed: try anchord.replayed(heard.inputs), assets: plant.assets)
    }
}
