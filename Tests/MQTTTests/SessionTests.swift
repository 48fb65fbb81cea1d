import Foundation
import MQTT
import Signals
import TestSupport
import Testing

/// How a client comes, is let in, and goes.
@Suite(.serialized, .enabled(if: MosquittoBroker.isInstalled))
struct SessionTests {
    private static let will = Will(topic: "state", payload: Array("gone".utf8))
    private static let birth = Publication(
        topic: "state", payload: Array("here".utf8), qos: .atLeastOnce, retain: true)
    private static let farewell = Publication(
        topic: "state", payload: Array("bye".utf8), qos: .atLeastOnce, retain: true)

    @Test("A client that vanishes leaves its will; one that is stopped says its farewell instead")
    func willAndFarewell() throws {
        let broker = try MosquittoBroker()
        let proxy = try BrokerProxy(to: broker.port)
        let observer = BrokerWitness()
        let watching = makeClient(
            settings(broker.url), id: "observer", subscriptions: ["state"], observer)
        watching.start()
        defer { watching.stop() }
        #expect(observer.sees { $0.granted.count == 1 })

        let witness = BrokerWitness()
        let client = makeClient(settings(proxy.url), will: Self.will, witness)
        let say: @Sendable () -> Void = { _ = client.publish(Self.birth) }
        client.start()
        #expect(witness.sees { $0.sessions.count == 1 })
        client.perform(say)
        #expect(observer.sees { $0.payloads == ["here"] })
        proxy.cut()
        #expect(witness.sees { $0.sessions.count == 2 })
        client.perform(say)
        #expect(observer.sees { $0.payloads == ["here", "gone", "here"] })
        #expect(client.stop(farewell: [Self.farewell]))
        #expect(observer.sees { $0.payloads.count == 4 })
        // The will, were it said, would follow the lost connection within a tick or two.
        let ticks = observer.seen.ticks
        #expect(observer.sees { $0.ticks > ticks + 5 })
        #expect(observer.seen.payloads == ["here", "gone", "here", "bye"])
    }

    @Test(
        "TLS with the right CA works, with and without a client certificate",
        arguments: [false, true])
    func tls(needsClientCertificate: Bool) throws {
        var options = MosquittoBroker.Options()
        options.isTLS = true
        options.needsClientCertificate = needsClientCertificate
        let broker = try MosquittoBroker(options)
        var trusting = settings(broker.url)
        trusting.caFile = broker.folder.path("ca.crt")
        if needsClientCertificate {
            trusting.certificateFile = broker.folder.path("client.crt")
            trusting.keyFile = broker.folder.path("client.key")
        }
        let witness = BrokerWitness()
        let client = makeClient(trusting, subscriptions: ["in/#"], witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.granted.count == 1 }, "\(witness.seen.losses) \(broker.logText)")
        client.perform {
            for number in 0..<300 {
                _ = client.publish(
                    Publication(
                        topic: "in/a", payload: Array("\(number)".utf8), qos: .atLeastOnce))
            }
        }
        #expect(witness.sees { $0.messages.count >= 300 })
        #expect(witness.seen.payloads == (0..<300).map { "\($0)" })
    }

    @Test(
        "A broker whose certificate nobody vouches for is not let near us, and the reason is said")
    func untrusted() throws {
        var options = MosquittoBroker.Options()
        options.isTLS = true
        let broker = try MosquittoBroker(options)
        let witness = BrokerWitness()
        let client = makeClient(settings(broker.url), witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.losses.count >= 2 })
        #expect(witness.seen.sessions.isEmpty)
        #expect(
            witness.seen.losses.first?.contains("certificate verify failed") == true,
            "\(witness.seen.losses)")
    }

    @Test("A missing certificate file is named")
    func missingFile() throws {
        var blind = settings("mqtts://127.0.0.1:1")
        blind.caFile = "/nowhere/ca.crt"
        let witness = BrokerWitness()
        let client = makeClient(blind, witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { !$0.losses.isEmpty })
        #expect(witness.seen.losses.first?.contains("/nowhere/ca.crt") == true)
    }

    @Test("A wrong password says so and goes on trying; the right one is read at the next attempt")
    func password() throws {
        var options = MosquittoBroker.Options()
        options.login = ("gateway", "open sesame")
        let broker = try MosquittoBroker(options)
        let file = broker.folder.path("password")
        try "open barley\n".write(toFile: file, atomically: true, encoding: .utf8)
        var known = settings(broker.url)
        known.user = "gateway"
        known.passwordFile = file
        let witness = BrokerWitness()
        let client = makeClient(known, witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.losses.count >= 2 })
        let losses = witness.seen.losses.joined()
        #expect(losses.contains("broker.password_file"), "\(losses)")
        #expect(!losses.contains("barley"))
        try "open sesame\n".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(witness.sees { $0.sessions.count == 1 }, "\(witness.seen.losses)")
    }

    @Test(
        "A broker without MQTT 5 is spoken to in 3.1.1",
        arguments: [BrokerProxy.Manner.refusesMQTT5, .hangsUpOnMQTT5])
    func olderBroker(manner: BrokerProxy.Manner) throws {
        let broker = try MosquittoBroker()
        let proxy = try BrokerProxy(to: broker.port, manner: manner)
        let witness = BrokerWitness()
        let client = makeClient(settings(proxy.url), subscriptions: ["in/#"], witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.granted.count == 1 }, "\(witness.seen.losses)")
        #expect(witness.seen.sessions.map(\.version) == [.mqtt311])
        client.perform {
            _ = client.publish(
                Publication(topic: "in/a", payload: [7], qos: .atLeastOnce, contentType: "x"))
        }
        #expect(witness.sees { $0.messages.count == 1 })
    }

    @Test("MQTT 5 properties reach another client")
    func properties() throws {
        let broker = try MosquittoBroker()
        let witness = BrokerWitness()
        let client = makeClient(settings(broker.url), witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.sessions.first?.version == .mqtt5 })
        client.perform {
            _ = client.publish(
                Publication(
                    topic: "out", payload: Array("{}".utf8), qos: .atLeastOnce, retain: true,
                    contentType: "application/json", expiry: .milliseconds(99_500),
                    userProperties: [("asset", "press-1")], token: 1))
        }
        #expect(witness.sees { $0.published == [1] })
        let line = try runProgram(
            "/usr/bin/mosquitto_sub",
            [
                "-p", "\(broker.port)", "-V", "5", "-t", "out", "-F", "%J", "-C", "1", "-W", "10",
            ])
        #expect(line.contains("\"content-type\":\"application/json\""), "\(line)")
        #expect(line.contains("\"asset\":\"press-1\""), "\(line)")
        #expect(
            line.contains("\"message-expiry-interval\":100")
                || line.contains("\"message-expiry-interval\":99"), "\(line)")
    }

    @Test("A subscription or publication the broker does not allow is told as refused")
    func accessList() throws {
        let folder = try TemporaryFolder()
        let list = folder.path("acl")
        try "topic readwrite in/#\n".write(toFile: list, atomically: true, encoding: .utf8)
        var options = MosquittoBroker.Options()
        options.lines = ["acl_file \(list)"]
        let broker = try MosquittoBroker(options)
        let witness = BrokerWitness()
        let client = makeClient(settings(broker.url), subscriptions: ["in/a"], witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.granted["in/a"] == .atLeastOnce })
        client.perform {
            for (token, topic) in [(UInt64(1), "in/b"), (2, "out/b")] {
                _ = client.publish(
                    Publication(topic: topic, payload: [], qos: .atLeastOnce, token: token))
            }
        }
        #expect(witness.sees { $0.published == [1] && $0.refusedTokens == [2] })
    }

    @Test("A tool's publications all arrive though the connection is cut on the way")
    func tool() throws {
        let broker = try MosquittoBroker()
        let proxy = try BrokerProxy(to: broker.port)
        let witness = BrokerWitness()
        let client = makeClient(settings(broker.url), subscriptions: ["in/#"], witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.granted.count == 1 })

        let tool = BrokerTool(
            settings: settings(proxy.url), clientID: "tool", arrival: systemArrival, jitterSeed: 3,
            logger: silent)
        defer { tool.close() }
        try tool.waitUntilReady(waitMax: .seconds(20))
        let sent = (0..<3000).map { "\($0)" }
        for (index, text) in sent.enumerated() {
            if index == 1500 { proxy.cut() }
            tool.publish(Publication(topic: "in/a", payload: Array(text.utf8), qos: .atLeastOnce))
        }
        try tool.finish(waitMax: .seconds(30))
        #expect(witness.sees { Set($0.payloads).count == 3000 })
        #expect(Set(witness.seen.payloads) == Set(sent))
    }

    @Test("A tool says why it cannot reach its broker")
    func toolWithoutBroker() throws {
        let port = try freePort()
        let tool = BrokerTool(
            settings: settings("mqtt://127.0.0.1:\(port)"), clientID: "tool",
            arrival: systemArrival, jitterSeed: 3, logger: silent)
        defer { tool.close() }
        let error = #expect(throws: MQTTError.self) {
            try tool.waitUntilReady(waitMax: .milliseconds(500))
        }
        #expect(error?.description.contains("Connection refused") == true)
    }
}
