import Detection
import Foundation
import MQTT
import Signals
import Store
import TestSupport
import Testing

@testable import Daemon

@Suite("Data-health alarms are told, kept, and told again")
struct GatewayHealthTests {
    private let test: TestGateway
    private let topic = "anchord/gw/asset/press-1/health/audio"

    init() throws {
        test = try TestGateway()
    }

    private func speak(_ seconds: Int, audio: Bool = true) throws {
        for _ in 0..<seconds * 2 {
            test.pass(.milliseconds(500))
            let ms = test.now.wall / 1_000_000
            var batch = [test.message("camera", #"{"ts":\#(ms),"v":[\#(ms % 7919),1]}"#)]
            if audio {
                batch.append(test.message("audio", #"{"ts":\#(ms),"v":[\#(ms % 7907),1]}"#))
            }
            try test.keep(batch)
        }
    }

    private func lastStored() throws -> String {
        let message = try test.gateway.store.outbox().last { $0.topic == topic }
        return String(decoding: try #require(message).payload, as: UTF8.self)
    }

    private func last() throws -> String {
        String(decoding: try #require(test.waiting(topic).last).payload, as: UTF8.self)
    }

    @Test(
        "A stream that falls silent: retained, in status and counters, in the Store, after a crash too"
    )
    func silence() throws {
        try speak(15)
        #expect(try last().contains(#""healthy":true"#))
        #expect(try #require(test.waiting(topic).last).isRetained)
        try speak(61, audio: false)
        let told = try last()
        #expect(
            told.hasPrefix(
                #"{"schema":"anchord.health/1","asset":"press-1","stream":"audio","healthy":false,"#
            ))
        #expect(told.contains(#""silent":{"raised":true,"since_ms":17900000"#))
        #expect(told.contains(#""reason":"nothing heard for 60 s"}"#))
        #expect(told.contains(#""stuck":{"raised":false,"since_ms":null,"reason":""}"#))
        let streams = try #require(test.gateway.statusReport().assets.first?.streams)
        #expect(streams.first { $0.name == "audio" }?.health.map(\.kind) == ["silent"])
        #expect(streams.first { $0.name == "camera" }?.health.isEmpty ?? false)
        let counters = test.gateway.counterReport(test.now, seconds: 1).json
        #expect(counters.contains(#""health_alarms_total":1,"health_raised":1"#))
        #expect(counters.contains(#""health":["silent"]"#))
        #expect(!test.gateway.latest.values.contains { $0.alarm.isRaised })

        // The same ticks and messages again: the same words.
        try test.crash()
        #expect(try lastStored() == told)
        try test.gateway.commit(isFinal: false)
        try test.crash()
        // Nothing happened since: it is told again all the same.
        try speak(11, audio: false)
        #expect(try last() == told)

        try speak(15)
        #expect(try last().contains(#""healthy":true"#))
        try test.gateway.commit(isFinal: false)
        let path = test.gateway.settings.store.effectivePath(environment: [:])
        let history = try HistoryReader(path: path).history(
            asset: AssetName("press-1"), from: EventTime(milliseconds: 0),
            to: EventTime(milliseconds: 2_000_000_000_000), cell: .seconds(60))
        #expect(history.first?.healthSteps.map(\.isRaised) == [true, false])
    }

    @Test("A forgotten asset leaves no health topic behind")
    func forgotten() throws {
        try speak(15)
        _ = try test.gateway.forget(AssetName("press-1"))
        let cleared = try test.gateway.store.outbox().last { $0.topic == topic }
        #expect(cleared?.payload == [])
        #expect(cleared?.isRetained == true)
    }

    @Test(
        "A forgotten asset's health is cleared at the broker, also when it was told in a former life"
    )
    func forgottenAfterARestart() throws {
        try speak(15)
        try test.gateway.commit(isFinal: false)
        try test.crash()
        #expect(try test.gateway.forget(AssetName("press-1")))
        try test.gateway.commit(isFinal: false)
        let stored = try test.gateway.store.outbox().last { $0.topic == topic }
        let cleared = try #require(test.waiting(topic).last ?? stored)
        #expect(cleared.isRetained && cleared.payload.isEmpty)
    }
}
