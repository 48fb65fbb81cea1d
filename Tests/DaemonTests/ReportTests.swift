import Detection
import Foundation
import Fusion
import MQTT
import Publishing
import Signals
import TestSupport
import Testing

@testable import Daemon

@Suite("What the daemon says of itself")
struct ReportTests {
    private let test: TestGateway

    init() throws {
        test = try TestGateway()
    }

    private func vector(
        _ stream: String, at milliseconds: Int64, qos: QoS = .atLeastOnce
    ) -> Message {
        test.message(
            stream, #"{"ts":\#(1_790_000_000_000 + milliseconds),"v":[1,2,3]}"#, qos: qos)
    }

    private func stream(_ name: String) throws -> StatusReport.Stream {
        try #require(
            test.gateway.statusReport().assets.first?.streams.first { $0.name == name })
    }

    @Test("Status tells each stream's rate, and which of them come without a promise")
    func ratesAndPromises() throws {
        for step in Int64(0)..<100 {
            test.pass(.milliseconds(100))
            var batch = [vector("camera", at: step * 100, qos: .atMostOnce)]
            if step % 2 == 0 { batch.append(vector("audio", at: step * 100)) }
            try test.keep(batch)
        }
        // The counters of ten seconds were published with the last of them.
        let camera = try stream("camera")
        #expect(camera.qos == 0)
        #expect(camera.withoutPromise == 100)
        #expect(camera.messagesPerSecond == 10)
        let audio = try stream("audio")
        #expect(audio.qos == 1)
        #expect(audio.withoutPromise == 0)
        #expect(audio.messagesPerSecond == 5)
        let status = test.gateway.statusReport()
        #expect(status.messagesPerSecond == 15)
        #expect(status.windowsPerSecond ?? 0 > 0.7)

        let counters = test.gateway.counterReport(test.now, seconds: 1).json
        #expect(counters.contains(#""qos":0,"qos_0_total":100"#))
        #expect(counters.contains(#""qos":1,"qos_0_total":0"#))
        #expect(counters.contains(#""messages_per_second":0"#))
    }

    @Test("What a restart does once more is no traffic")
    func ratesAfterARestart() throws {
        for step in Int64(0)..<50 {
            test.pass(.milliseconds(100))
            try test.keep([vector("camera", at: step * 100)])
        }
        try test.crash()
        test.pass(.seconds(10))
        try test.keep()
        #expect(try stream("camera").accepted > 0)
        #expect(try stream("camera").messagesPerSecond == 0)
        #expect(test.gateway.statusReport().messagesPerSecond == 0)
    }

    @Test("A machine's clock that was set back reaches status and counters")
    func clockSetBack() throws {
        for step in Int64(0)..<200 {
            test.pass(.milliseconds(100))
            let back: Int64 = step < 50 ? 0 : 86_400_000
            try test.keep([
                vector("camera", at: step * 100 - back), vector("audio", at: step * 100 - back),
            ])
            let isSaid = test.gateway.statusReport().assets.first?.isClockSteppedBack
            if step == 50 { #expect(isSaid == false) }
        }
        #expect(test.gateway.statusReport().assets.first?.isClockSteppedBack == true)
        let counters = test.gateway.counterReport(test.now, seconds: 1).json
        #expect(counters.contains(#""clock_stepped_back":true"#))
    }

    @Test("Many models that go into service at a time are told in one status, once a second")
    func oneStatus() throws {
        var senses = SyntheticSenses(seed: 1)
        let archive = senses.windows(80).map(\.encoded)
        let outcomes = try ["press-1", "press-2", "press-3"].map { name in
            let request = FitRequest(asset: AssetName(name), number: 1)
            let result = try Fitter.fit(request, archive: archive, settings: PipelineSettings())
            return Outcome.adopted(request.asset, try #require(result.service))
        }
        let topic = test.gateway.topics.status
        test.gateway.brokerConnected(SessionInfo(isSessionPresent: false, version: .mqtt5))
        #expect(test.waiting(topic).count == 1, "the birth")
        test.gateway.isCommitDue = false
        for outcome in outcomes {
            try test.gateway.act(on: [outcome], test.now)
            test.gateway.isCommitDue = false
            test.pass(.milliseconds(50))
            try test.keep()
        }
        #expect(test.waiting(topic).count == 1)
        test.pass(.seconds(1))
        for _ in 0..<3 { try test.keep() }
        #expect(test.waiting(topic).count == 2)

        test.gateway.brokerLost("gone", retryIn: .seconds(1))
        try test.gateway.act(on: outcomes, test.now)
        test.gateway.isCommitDue = false
        test.pass(.seconds(2))
        try test.keep()
        #expect(test.waiting(topic).count == 2, "nobody is there to hear it")
        test.gateway.brokerConnected(SessionInfo(isSessionPresent: true, version: .mqtt5))
        #expect(test.waiting(topic).count == 3)
    }

    @Test(
        "A model proposed to many assets is tried by four at a time, and a silent one holds nobody up"
    )
    func proposalsTakeTurns() throws {
        let names = (1...6).map { "press-\($0)" }
        for name in names {
            // More than one: a stream's dimension is settled by those that follow.
            for ms in [0, 100, 200, 300] {
                let payload = #"{"ts":\#(1_790_000_000_000 + ms),"v":[1,2,3]}"#
                try test.keep([test.message("camera", payload, asset: name)])
            }
        }
        #expect(test.gateway.pipeline.assets.count == 6)
        try test.gateway.propose("a-model", to: [], isForced: false)
        func waiting() -> [String] { test.gateway.proposals.map(\.asset.text) }
        #expect(waiting() == ["press-5", "press-6"])
        #expect(try test.gateway.modelList().assets.allSatisfy { $0.proposed == "a-model" })
        // Nobody speaks any more; the turns end all the same.
        test.pass(.seconds(121))
        try test.keep([])
        #expect(waiting().isEmpty)
    }
}
