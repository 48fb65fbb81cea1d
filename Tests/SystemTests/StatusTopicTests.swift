import Daemon
import Foundation
import Signals
import TestSupport
import Testing

/// What the daemon tells the broker and the service manager about itself.
@Suite("Signs of life", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct StatusTopicTests {
    private struct StatusLine: Decodable {
        var schema: String
        var online: Bool
        var why: String
        var version: String
        var since_ms: Int64
        var settings: String
        var models: [String: String]
    }

    private func statusLine(_ text: String?) throws -> StatusLine {
        try JSONDecoder().decode(StatusLine.self, from: Data((text ?? "").utf8))
    }

    private func isOnline(_ text: String?, _ expected: Bool) -> Bool {
        (try? statusLine(text))?.online == expected
    }

    @Test("Birth and farewell are retained, and the farewell is said, not left to the will")
    func birthAndFarewell() throws {
        let broker = try MosquittoBroker()
        let listener = try Listener(broker.url)
        defer { listener.close() }
        let anchord = try AnchordProcess(TestSettings(broker.url))
        try anchord.start()
        #expect(listener.hears { isOnline($0.last("anchord/gw/status"), true) }, "\(anchord.log)")
        let birth = try statusLine(try retained("anchord/#", at: broker.url)["anchord/gw/status"])
        #expect(birth.schema == "anchord.status/1")
        #expect(birth.why == "running")
        #expect(birth.version == version)
        #expect(birth.settings.count == 16)
        #expect(birth.models.isEmpty)
        #expect(birth.since_ms > 1_700_000_000_000)

        #expect(anchord.stop() == 0)
        #expect(listener.hears { isOnline($0.last("anchord/gw/status"), false) })
        let farewell = try statusLine(
            try retained("anchord/#", at: broker.url)["anchord/gw/status"])
        #expect(!farewell.online)
        #expect(farewell.why == "stopped")
        #expect(farewell.since_ms == birth.since_ms)
    }

    @Test("A killed daemon's will says that it is lost")
    func lastWill() throws {
        let broker = try MosquittoBroker()
        let listener = try Listener(broker.url)
        defer { listener.close() }
        let anchord = try AnchordProcess(TestSettings(broker.url))
        try anchord.start()
        #expect(listener.hears { isOnline($0.last("anchord/gw/status"), true) }, "\(anchord.log)")
        anchord.kill()
        #expect(listener.hears { isOnline($0.last("anchord/gw/status"), false) })
        let will = try statusLine(try retained("anchord/#", at: broker.url)["anchord/gw/status"])
        #expect(!will.online)
        #expect(will.why == "lost")
    }

    @Test("Two gateways on one broker each say their own, and the end of one is not the other's")
    func twoGateways() throws {
        let broker = try MosquittoBroker()
        let listener = try Listener(broker.url)
        defer { listener.close() }
        let plant = TestPlant(seed: 5, seconds: 90, assets: 1)
        let names = ["north", "south"]
        let gateways = try names.map { name in
            var settings = TestSettings(broker.url)
            settings.gateway = name
            return try AnchordProcess(settings)
        }
        for anchord in gateways {
            try anchord.start()
            #expect(try anchord.reports { $0.broker.granted == ["features/+/+": 1] })
        }
        let publisher = try PlantPublisher(broker.url)
        try publisher.publish(plant.part(0, 0.9))
        for name in names {
            #expect(listener.hears { $0.verdicts("press-1", gateway: name).count >= 75 })
        }
        gateways[0].kill()
        #expect(listener.hears { isOnline($0.last("anchord/north/status"), false) })
        try publisher.publish(plant.part(0.9, 1))
        #expect(
            listener.hears {
                $0.newestWindow("press-1", gateway: "south") ?? 0 >= plant.lastSureWindow
            })

        let kept = try retained("anchord/#", at: broker.url)
        #expect(isOnline(kept["anchord/north/status"], false))
        #expect(isOnline(kept["anchord/south/status"], true))
        #expect(
            kept.keys.filter { !$0.contains("/health/") }.sorted() == [
                "anchord/north/asset/press-1/alarm", "anchord/north/status",
                "anchord/south/asset/press-1/alarm", "anchord/south/status",
            ])
        let heard = listener.heard
        expectEqual(
            heard, replayed: try gateways[1].replayed(heard.inputs), assets: plant.assets,
            gateway: "south")
    }

    @Test("Counters come with the fields a dashboard needs, alarms retained at QoS 1")
    func countersAndAlarm() throws {
        let broker = try MosquittoBroker()
        let listener = try Listener(broker.url)
        defer { listener.close() }
        var settings = TestSettings(broker.url)
        settings.more = ["publishing": ["counters_every = \"1s\""]]
        let anchord = try AnchordProcess(settings)
        try anchord.start()
        #expect(try anchord.reports { $0.broker.granted == ["features/+/+": 1] })
        let plant = TestPlant(seed: 6, seconds: 120, assets: 1)
        let publisher = try PlantPublisher(broker.url)
        try publisher.publish(plant.messages)
        #expect(listener.hears { $0.newestWindow("press-1") ?? 0 >= plant.lastSureWindow })
        let before = listener.heard.payloads("anchord/gw/counters").count
        // One written after all of it was counted.
        #expect(listener.hears { $0.payloads("anchord/gw/counters").count >= before + 2 })

        let text = try #require(listener.heard.last("anchord/gw/counters"))
        let counters = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(counters["schema"] as? String == "anchord.counters/1")
        #expect(counters["messages_total"] as? Int == plant.messages.count)
        #expect(counters["windows_total"] as? Int == listener.heard.verdicts("press-1").count)
        for name in [
            "at_ms", "uptime_s", "messages_per_second", "windows_per_second", "alarms_total",
            "models_fitted_total", "fit_waits_total", "redelivered_total", "quarantined_total",
            "quarantine", "verdicts_contradicted_total",
            "refused_total", "repaired_total", "journal_bytes", "written_bytes",
            "gateway_clock_suspect",
        ] { #expect(counters[name] != nil, "\(name)") }
        let outbox = try #require(counters["outbox"] as? [String: Int])
        #expect(
            outbox.keys.sorted() == [
                "dropped_total", "expired_total", "refused_total", "unsent_total", "waiting",
            ])
        let link = try #require(counters["broker"] as? [String: Any])
        #expect(link["connected"] as? Bool == true)
        #expect(link["connects_total"] as? Int == 1)
        let assets = try #require(counters["assets"] as? [String: [String: Any]])
        #expect(assets["press-1"]?["clock_stepped_back"] as? Bool == false)
        let streams = try #require(assets["press-1"]?["streams"] as? [String: [String: Any]])
        #expect(streams.keys.sorted() == ["audio", "camera", "log"])
        for (name, stream) in streams {
            for field in [
                "kind", "accepted_total", "refused_total", "late_total", "future_total",
                "overflow_total", "newest_ms", "clock_offset_ms", "messages_per_second", "qos",
                "qos_0_total",
            ] { #expect(stream[field] != nil, "\(name): \(field)") }
        }

        let alarm = "anchord/gw/asset/press-1/alarm"
        let kept = try #require(try retained("anchord/#", at: broker.url)[alarm])
        #expect(kept == listener.heard.last(alarm))
        #expect(kept.contains("\"schema\":\"anchord.alarm/1\""))
        #expect(listener.heard.outputs[alarm]?.allSatisfy { $0.qos == .atLeastOnce } == true)
    }

    @Test("A broker that is down at start is waited for, and found")
    func brokerDownAtStart() throws {
        let broker = try MosquittoBroker(.init(), isStarted: false)
        let manager = try NotifySocket()
        let anchord = try AnchordProcess(
            TestSettings(broker.url), environment: ["NOTIFY_SOCKET": manager.path])
        try anchord.start()
        // Gateways boot before brokers: ready is who has settings and state.
        #expect(eventually { manager.states == ["READY=1"] }, "\(anchord.log)")
        #expect(try anchord.reports { !$0.broker.isConnected && $0.broker.lastReason != nil })
        try broker.start()
        #expect(try anchord.reports { $0.broker.isConnected })
        #expect(
            try eventually {
                isOnline(try retained("anchord/#", at: broker.url)["anchord/gw/status"], true)
            })
        #expect(anchord.stop() == 0)
    }

    @Test("The service manager hears of readiness, life, reload and end, in this order")
    func notifies() throws {
        let broker = try MosquittoBroker()
        let manager = try NotifySocket()
        var settings = TestSettings(broker.url)
        settings.more = ["publishing": ["counters_every = \"1s\""]]
        let anchord = try AnchordProcess(settings, environment: ["NOTIFY_SOCKET": manager.path])
        try anchord.start()
        #expect(eventually { manager.states == ["READY=1"] }, "\(anchord.log)")
        // The loop that does the work feeds the watchdog, more than once.
        #expect(eventually { manager.told.count { $0 == "WATCHDOG=1" } >= 3 })
        #expect(
            eventually {
                manager.told.contains(
                    "STATUS=0 assets, 0 messages/s, 0 alarms raised, broker connected")
            }, "\(manager.told)")
        anchord.reload()
        #expect(eventually { manager.states == ["READY=1", "RELOADING=1", "READY=1"] })
        let told = manager.told
        let reloading = try #require(told.firstIndex(of: "RELOADING=1"))
        #expect(told[reloading + 1].hasPrefix("MONOTONIC_USEC="))
        #expect(anchord.stop() == 0)
        #expect(
            eventually {
                manager.states == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]
            })
    }

    @Test("Bad settings end it with 78 and every fault, before anything is touched")
    func badSettings() throws {
        let broker = try MosquittoBroker(.init(), isStarted: false)
        var settings = TestSettings(broker.url)
        settings.more = ["windowing": ["length = \"0s\"", "windw = 3"]]
        let anchord = try AnchordProcess(settings)
        let ended = try anchord.run(["run", "--config", anchord.settingsPath])
        #expect(ended.status == 78)
        #expect(ended.errors.contains("a window needs a positive length"))
        #expect(ended.errors.contains("windw"))
        #expect(
            ended.errors.split(separator: "\n").allSatisfy { $0.hasPrefix(anchord.settingsPath) })
        #expect(!FileManager.default.fileExists(atPath: anchord.folder.path("state.sqlite")))
        #expect(!FileManager.default.fileExists(atPath: anchord.controlSocket))
    }
}
