import Foundation
import MQTT
import Signals
import TestSupport
import Testing

/// Against a real mosquitto; one after the other, as each holds a thread.
@Suite(.serialized, .enabled(if: MosquittoBroker.isInstalled))
struct BrokerTests {
    @Test("What was not kept comes again, in the same order, and nothing before it is acknowledged")
    func redelivery() throws {
        let broker = try MosquittoBroker()
        let witness = BrokerWitness(failures: 1)
        let client = makeClient(settings(broker.url), subscriptions: ["in/#"], witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.granted["in/#"] == .atLeastOnce })

        let sent = (0..<50).map { "message \($0)" }
        try publish(sent, to: "in/a", broker.url)

        #expect(witness.sees { $0.messages.count >= 50 })
        let seen = witness.seen
        #expect(!seen.refused.isEmpty)
        #expect(seen.payloads == sent)
        #expect(seen.losses.count == 1)
        #expect(seen.losses.first?.contains("could not keep what the broker sent") == true)
        #expect(seen.sessions.last?.isSessionPresent == true)
    }

    @Test("What was kept and flushed does not come again")
    func acknowledged() throws {
        let broker = try MosquittoBroker()
        let first = BrokerWitness()
        let client = makeClient(settings(broker.url), subscriptions: ["in/#"], first)
        client.start()
        #expect(first.sees { $0.granted.count == 1 })
        try publish(["a", "b"], to: "in/a", broker.url)
        #expect(first.sees { $0.messages.count == 2 && $0.flushes > 0 })
        client.stop()
        try publish(["c"], to: "in/a", broker.url)

        let second = BrokerWitness()
        let again = makeClient(settings(broker.url), subscriptions: ["in/#"], second)
        again.start()
        #expect(second.sees { $0.drainedTicks > 3 })
        again.stop()
        #expect(second.seen.payloads == ["c"])
        #expect(second.seen.sessions.first?.isSessionPresent == true)
    }

    @Test("A broker that is down at first is waited for, and time goes on meanwhile")
    func downAtStart() throws {
        let broker = try MosquittoBroker(isStarted: false)
        let witness = BrokerWitness()
        let client = makeClient(settings(broker.url), subscriptions: ["in/#"], witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.losses.count >= 2 && $0.ticks >= 2 })
        #expect(witness.seen.losses.first?.contains("Connection refused") == true)
        #expect(witness.seen.drainedTicks == 0)
        try broker.start()
        #expect(witness.sees { $0.granted.count == 1 })
        try publish(["hello"], to: "in/a", broker.url)
        #expect(witness.sees { $0.payloads == ["hello"] })
    }

    @Test("After the broker's restart all is subscribed again and messages flow")
    func restart() throws {
        let broker = try MosquittoBroker()
        let witness = BrokerWitness()
        let client = makeClient(settings(broker.url), subscriptions: ["in/#", "other"], witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.granted.count == 2 })
        broker.kill()
        #expect(witness.sees { !$0.losses.isEmpty })
        try broker.start()
        #expect(witness.sees { $0.sessions.count == 2 })
        #expect(witness.seen.sessions[1].isSessionPresent == false)
        // Subscribing precedes this publication on the broker only once it was granted.
        #expect(witness.sees { $0.drainedTicks > 0 })
        for round in 0..<100 where witness.seen.messages.isEmpty {
            try publish(["\(round)"], to: "other", broker.url)
        }
        #expect(!witness.seen.messages.isEmpty)
    }

    @Test(
        "Retained messages are told from live ones, and binary payloads survive", arguments: [0, 1])
    func payloads(qos: Int32) throws {
        let broker = try MosquittoBroker()
        let qos = try #require(QoS(rawValue: qos))
        try publish(["kept"], to: "in/retained", retain: true, broker.url)
        let witness = BrokerWitness()
        let client = makeClient(settings(broker.url), subscriptions: ["in/#"], witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.messages.count == 1 })

        let bytes = (0..<1024).map { UInt8(truncatingIfNeeded: $0) }
        client.perform {
            _ = client.publish(Publication(topic: "in/binary", payload: bytes, qos: qos))
            _ = client.publish(Publication(topic: "in/empty", payload: [], qos: qos))
        }
        #expect(witness.sees { $0.messages.count == 3 })
        let messages = witness.seen.messages
        #expect(messages.map(\.topic) == ["in/retained", "in/binary", "in/empty"])
        #expect(messages.map(\.isRetained) == [true, false, false])
        #expect(messages[1].payload == bytes)
        #expect(messages[1].qos == qos)
        #expect(messages[2].payload == [])
    }

    @Test("Of a payload beyond the limit one byte more than the limit arrives")
    func tooLong() throws {
        let broker = try MosquittoBroker()
        var limited = settings(broker.url)
        limited.messageBytesMax = 1000
        let witness = BrokerWitness()
        let client = makeClient(limited, subscriptions: ["in/#"], witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.granted.count == 1 })
        try publish([String(repeating: "x", count: 5000), "short"], to: "in/a", broker.url)
        #expect(witness.sees { $0.messages.count == 2 })
        #expect(witness.seen.messages.map(\.payload.count) == [1001, 5])
    }

    @Test("A backlog of 5,000 comes in bounded batches, whole and in order")
    func backlog() throws {
        let broker = try MosquittoBroker()
        var small = settings(broker.url)
        small.batchMax = 32
        let first = BrokerWitness()
        let client = makeClient(small, subscriptions: ["in/#"], first)
        client.start()
        #expect(first.sees { $0.granted.count == 1 })
        client.stop()

        let sent = (0..<5000).map { "\($0)" }
        try publish(sent, to: "in/a", broker.url)
        let second = BrokerWitness()
        let again = makeClient(small, subscriptions: ["in/#"], second)
        again.start()
        #expect(second.sees { $0.messages.count >= 5000 })
        again.stop()
        #expect(second.seen.payloads == sent)
        #expect(second.seen.batches.allSatisfy { $0 <= 32 })
    }

    @Test("Each QoS 1 publication comes back by its token, and QoS 0 when written")
    func tokens() throws {
        let broker = try MosquittoBroker()
        let witness = BrokerWitness()
        let client = makeClient(settings(broker.url), witness)
        client.start()
        defer { client.stop() }
        #expect(witness.sees { $0.sessions.count == 1 })
        client.perform {
            for token in 1...UInt64(500) {
                let qos: QoS = token % 5 == 0 ? .atMostOnce : .atLeastOnce
                let outcome = client.publish(
                    Publication(topic: "out", payload: [1], qos: qos, token: token))
                precondition(outcome == .queued)
            }
            let wildcard = client.publish(Publication(topic: "out/#", payload: [], token: 501))
            guard case .rejected = wildcard else { preconditionFailure("\(wildcard)") }
        }
        #expect(witness.sees { $0.published.count >= 500 })
        #expect(witness.seen.published.sorted() == Array(1...500))
    }

    @Test(
        "Beyond outgoing_max a publication is refused; without a session it is not taken"
    )
    func outgoingLimit() throws {
        let broker = try MosquittoBroker(isStarted: false)
        var limited = settings(broker.url)
        limited.outgoingMax = 10
        let outcomes = Outcomes()
        let witness = BrokerWitness()
        let client = makeClient(limited, witness)
        client.start()
        defer { client.stop() }
        let attempt: @Sendable () -> Void = {
            outcomes.add((0..<12).map { _ in client.publish(Publication(topic: "o", payload: [])) })
        }
        client.perform(attempt)
        #expect(outcomes.wait(for: 12) == Array(repeating: .notConnected, count: 12))
        try broker.start()
        #expect(witness.sees { $0.sessions.count == 1 })
        client.perform(attempt)
        #expect(
            outcomes.wait(for: 24).suffix(12)
                == Array(repeating: .queued, count: 10) + [.full, .full])
    }

    @Test("A filter of an earlier run is unsubscribed")
    func formerFilters() throws {
        let broker = try MosquittoBroker()
        let first = BrokerWitness()
        let client = makeClient(settings(broker.url), subscriptions: ["old", "kept"], first)
        client.start()
        #expect(first.sees { $0.granted.count == 2 })
        client.stop()

        let second = BrokerWitness()
        let again = makeClient(
            settings(broker.url), subscriptions: ["kept", "coming"], former: ["old", "kept"],
            second)
        again.start()
        defer { again.stop() }
        #expect(second.sees { $0.granted.count == 2 })
        for topic in ["old", "kept", "coming"] {
            try publish([topic], to: topic, broker.url)
        }
        #expect(second.sees { $0.messages.count >= 2 && $0.drainedTicks > 2 })
        #expect(second.seen.payloads == ["kept", "coming"])
    }
}

/// What `publish` answered, gathered on the broker thread.
final class Outcomes: @unchecked Sendable {
    private let condition = NSCondition()
    private var all: [PublishOutcome] = []

    func add(_ outcomes: [PublishOutcome]) {
        condition.withLock {
            all += outcomes
            condition.broadcast()
        }
    }

    func wait(for count: Int) -> [PublishOutcome] {
        let deadline = Date(timeIntervalSinceNow: 20)
        condition.lock()
        defer { condition.unlock() }
        while all.count < count, condition.wait(until: deadline) {}
        return all
    }
}
