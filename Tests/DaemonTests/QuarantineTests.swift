import Foundation
import Intake
import Signals
import Store
import Testing

@testable import Daemon

@Suite("The quarantine, listed and released")
struct QuarantineTests {
    private static let topic = "features/press-1/log"
    private static let poison = Message(
        topic: topic, payload: Array("step poison".utf8), arrival: Arrival(wall: 0, elapsed: 0))
    private static let wide = Message(
        topic: topic, payload: [UInt8](repeating: 97, count: StateStore.quarantinePayloadMax + 1),
        arrival: Arrival(wall: 0, elapsed: 0))
    private let id = MessageFingerprint(of: poison).description

    private let test: TestGateway

    init() throws {
        test = try TestGateway { store in
            for message in [Self.poison, Self.wide] {
                for _ in 0..<3 { _ = try store.noteAttempt(message, nowMs: 1_789_999_000_000) }
                try store.hold(MessageFingerprint(of: message), reason: "the process died")
            }
        }
    }

    private var accepted: Int {
        test.gateway.pipeline.reader.counters.reduce(0) { $0 + $1.acceptedTotal }
    }

    private func ask(_ command: ControlRequest.Command, _ id: String? = nil) -> ControlReply {
        ControlServer.reply(to: ControlRequest(command, id: id), from: test.gateway)
    }

    @Test("The list says what, when, how often, how large and why; status says how many")
    func listed() throws {
        let entries = try #require(ask(.quarantine).quarantine)
        let entry = try #require(entries.first { $0.id == id })
        #expect(entries.count == 2)
        #expect(entry.topic == Self.topic)
        #expect(entry.attempts == 3)
        #expect(entry.lastMs == 1_789_999_000_000)
        #expect(entry.payloadBytes == 11)
        #expect(entry.reason == "the process died")
        #expect(entry.isWhole)
        #expect(ask(.status).status?.quarantine == 2)
    }

    @Test("A released message is processed at once, and no longer refused when it comes again")
    func released() throws {
        try test.keep([test.message("log", "step poison")])
        #expect(accepted == 0)
        #expect(test.gateway.quarantinedTotal == 1)

        let reply = ask(.release, id.uppercased())
        #expect(reply.error == nil)
        #expect(reply.quarantine?.map(\.id) == [id])
        #expect(accepted == 1)
        try test.keep([test.message("log", "step poison")])
        #expect(accepted == 2)
        #expect(ask(.quarantine).quarantine?.count == 1)
        #expect(
            try test.gateway.store.quarantined().count == 1, "it went well: nothing is left of it")
    }

    @Test("After a crash it is processed where it was released, not where it had been refused")
    func releasedOnce() throws {
        try test.keep([test.message("log", "step poison")])
        #expect(ask(.release, id).error == nil)
        try test.crash()
        #expect(accepted == 1)
        #expect(test.gateway.quarantinedTotal == 0)
    }

    @Test("One that kills again is held at the next start")
    func killsAgain() throws {
        let fingerprint = MessageFingerprint(of: Self.poison)
        var guardian = test.gateway.guardian
        try guardian.release(fingerprint, at: test.now)
        // Journalled and marked, as `take` does it; then the process dies.
        let sequence = try test.gateway.journal.append([.message(Self.poison)])
        #expect(try guardian.admits(Self.poison, sequence: sequence))
        try test.crash()
        #expect(ask(.quarantine).quarantine?.map(\.id).contains(id) == true)
        #expect(accepted == 0)
    }

    @Test("Of one too large to be kept whole only the refusal ends")
    func tooLarge() throws {
        let released = try #require(ask(.release).quarantine)
        #expect(released.map(\.isWhole).sorted { !$0 && $1 } == [false, true])
        #expect(accepted == 1)
        #expect(ask(.quarantine).quarantine == [])
        try test.keep([Self.wide])
        #expect(accepted == 2)
        #expect(try test.gateway.store.quarantined().isEmpty)
    }

    @Test("An id nobody has is refused with what to do", arguments: ["0123456789abcdef", "", "x"])
    func unknown(id: String) throws {
        let error = try #require(ask(.release, id).error)
        #expect(error.contains("\"\(id)\"") && error.contains("anchord quarantine list"))
        #expect(ask(.quarantine).quarantine?.count == 2)
    }
}
