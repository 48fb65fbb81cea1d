import MQTT
import Signals
import Store
import Testing

@testable import Daemon

/// A broker that acknowledges everything at once, and a store that is a list.
private struct Desk {
    var outbox = Outbox(countMax: 100_000, envelopes: [])
    var stored: [OutboxMessage] = []
    var heard: [(topic: String, payload: [UInt8])] = []

    mutating func add(_ number: Int) {
        outbox.add(
            OutboxMessage(
                asset: nil, topic: "t/\(number)", payload: Array("\(number)".utf8),
                qos: .atLeastOnce, isRetained: false, createdMs: 0))
    }

    mutating func commit() {
        let changes = outbox.changes()
        stored.removeAll { changes.remove.contains($0.id) }
        stored += changes.add
        outbox.commitHeld()
    }

    mutating func pumpUntilEmpty() {
        while outbox.count > 0 {
            var tokens: [UInt64] = []
            let (store, before) = (stored, outbox.count)
            outbox.pump(
                nowMs: 0,
                read: { first, limit in Array(store.filter { $0.id >= first }.prefix(limit)) },
                publish: { publication in
                    heard.append((publication.topic, publication.payload))
                    tokens.append(publication.token)
                    return .queued
                })
            for token in tokens { outbox.delivered(Int64(token)) }
            if outbox.count == before { return }
        }
    }
}

@Suite("What waits for a broker that is away")
struct OutboxTests {
    private static let count = Outbox.inMemoryMax + 3000

    @Test(
        "has its text in the Store alone when it is far behind, and still goes out whole and in order"
    )
    func farBehindIsReadBack() {
        var desk = Desk()
        for number in 0..<Self.count { desk.add(number) }
        desk.commit()
        for number in Self.count..<Self.count + 10 { desk.add(number) }
        desk.pumpUntilEmpty()
        #expect(desk.heard.map(\.topic) == (0..<Self.count + 10).map { "t/\($0)" })
        #expect(
            desk.heard.allSatisfy { $0.topic == "t/" + String(decoding: $0.payload, as: UTF8.self) }
        )
        desk.commit()
        #expect(desk.stored.isEmpty)
    }

    @Test("is passed over, not waited for, when the Store has let it go")
    func lostInTheStore() {
        var desk = Desk()
        for number in 0..<Self.count { desk.add(number) }
        desk.commit()
        desk.stored.removeAll { $0.topic == "t/\(Self.count - 1000)" }
        desk.pumpUntilEmpty()
        #expect(desk.heard.count == Self.count - 1)
    }

    @Test("goes out after a restart, which finds only its envelopes")
    func afterARestart() {
        var desk = Desk()
        for number in 0..<Self.count { desk.add(number) }
        desk.commit()
        let envelopes = desk.stored.map { message in
            var envelope = message
            envelope.topic = ""
            envelope.payload = []
            return envelope
        }
        desk.outbox = Outbox(countMax: 100_000, envelopes: envelopes)
        desk.pumpUntilEmpty()
        #expect(desk.heard.map(\.topic) == (0..<Self.count).map { "t/\($0)" })
    }
}
