import Signals
import Store
import TestSupport
import Testing

@Suite("What is kept, for how long, and what gives way")
struct KeepingTests {
    private let press = AssetName("press-1")
    private let always = EventTime(nanoseconds: .min)..<EventTime(nanoseconds: .max)

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func store(_ change: (inout StoreSettings) -> Void = { _ in }) throws -> StateStore {
        var settings = StoreSettings()
        change(&settings)
        return try StateStore(path: folder.path("state.sqlite"), settings: settings)
    }

    private func keep(_ verdicts: [VerdictRow], in store: StateStore) throws -> CommitOutcome {
        var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
        commit.verdicts = verdicts
        return try store.commit(commit)
    }

    private func seconds(in store: StateStore) throws -> [Int64] {
        try store.verdicts(asset: press, from: always.lowerBound, to: always.upperBound)
            .map { $0.windowStart.milliseconds / 1000 }
    }

    @Test("Of calm verdicts the first of each span stays, of the others every one")
    func calmVerdicts() throws {
        let store = try store()
        let all = (Int64(0)..<180).map { verdict($0, isCalm: !(70..<73).contains($0)) }
        _ = try keep(Array(all[..<100]), in: store)
        // As after a crash: some come again.
        let outcome = try keep(Array(all[50...]), in: store)
        #expect(outcome.verdictsContradicted == 0)
        #expect(try seconds(in: store) == [0, 60, 70, 71, 72, 120])
    }

    @Test("A verdict that comes again with other ages is replaced, with another score counted")
    func verdictAgain() throws {
        let store = try store()
        _ = try keep([verdict(5, payload: "age 1")], in: store)
        #expect(try keep([verdict(5, payload: "age 2")], in: store).verdictsContradicted == 0)
        #expect(
            try keep([verdict(5, score: 9, payload: "age 2")], in: store).verdictsContradicted == 1)
        let found = try store.verdicts(asset: press, from: always.lowerBound, to: always.upperBound)
        #expect(found == [verdict(5, score: 9, payload: "age 2")])
    }

    @Test("Verdicts are found by asset and time, and the newest when there are too many")
    func queried() throws {
        let store = try store { $0.calmVerdictEvery = .zero }
        _ = try keep(
            (0..<50).flatMap { [verdict($0), verdict($0, asset: "press-2", score: nil)] }, in: store
        )
        let found = try store.verdicts(
            asset: press, from: EventTime(milliseconds: 10_000),
            to: EventTime(milliseconds: 20_000), limit: 4)
        #expect(found == [16, 17, 18, 19].map { verdict($0) })
    }

    @Test("Age takes what raised nothing; a clock far ahead takes nothing more")
    func aged() throws {
        let day: Int64 = 86_400
        let store = try store { $0.calmVerdictEvery = .zero }
        _ = try keep(
            [
                verdict(0), verdict(1, isCalm: false), verdict(2, isRaised: true, isCalm: false),
                verdict(29 * day), verdict(31 * day),
            ], in: store)
        let outcome = try store.enforceRetention(now: EventTime(milliseconds: 9_000_000 * day))
        #expect(outcome.agedOut == 2)
        #expect(try seconds(in: store) == [2, 29 * day, 31 * day])
        #expect(try store.enforceRetention(now: EventTime(milliseconds: 0)).agedOut == 0)
    }

    @Test("Size takes calm verdicts first, then the rest, alarms last and their steps never")
    func sized() throws {
        let folder = try TemporaryFolder()
        var settings = StoreSettings()
        settings.calmVerdictEvery = .zero
        let store = try StateStore(path: folder.path("s.sqlite"), settings: settings)
        let text = String(repeating: "x", count: 900)
        // In stretches of a hundred windows, as plants have good and bad hours.
        let all: [VerdictRow] = (Int64(0)..<6000).map { second in
            let hour = second / 100 % 3
            return verdict(second, isRaised: hour == 2, isCalm: hour == 0, payload: text)
        }
        _ = try keep(all, in: store)
        var commit = Commit(sequence: 2, keepFrom: 1, journalID: "j")
        commit.alarmEvents = [
            AlarmEvent(
                asset: press, at: EventTime(milliseconds: 1), from: "normal",
                to: "unacknowledged", change: "raised", step: 1,
                who: "anchord", why: "", score: 3)
        ]
        try store.commit(commit)

        let bytes = try store.bytesInUse()
        let first = try store.enforceRetention(
            now: EventTime(milliseconds: 0), sizeMax: bytes * 9 / 10)
        #expect(first.calmRemoved > 0)
        #expect(first.uncalmRemoved == 0)
        #expect(first.raisedRemoved == 0)
        #expect(first.bytes <= bytes * 9 / 10)
        #expect(!first.isStillTooLarge)

        let second = try store.enforceRetention(
            now: EventTime(milliseconds: 0), sizeMax: bytes / 2)
        #expect(second.uncalmRemoved > 0)
        #expect(second.raisedRemoved == 0)
        #expect(try seconds(in: store).count { $0 / 100 % 3 == 2 } == 2000)

        let last = try store.enforceRetention(now: EventTime(milliseconds: 0), sizeMax: 1000)
        #expect(last.isStillTooLarge)
        #expect(try seconds(in: store) == [])
        #expect(try store.alarmEvents(asset: press).count == 1)
    }

    @Test("The outbox gives back what was added, in order, until it is delivered")
    func outboxOrder() throws {
        let folder = try TemporaryFolder()
        let sent = (0..<50).map { publication("\($0)", qos: QoS(rawValue: $0 % 2)!) }
        do {
            let store = try StateStore(path: folder.path("s.sqlite"))
            var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
            commit.outboxAdd = sent
            try store.commit(commit)
        }
        let store = try StateStore(path: folder.path("s.sqlite"))
        let found = try store.outbox()
        let ids = found.map(\.id)
        #expect(ids == ids.sorted())
        #expect(found.map { $0.payload } == sent.map { $0.payload })
        #expect(found.map { $0.qos } == sent.map { $0.qos })
        var commit = Commit(sequence: 2, keepFrom: 1, journalID: "j")
        commit.outboxRemove = ids
        try store.commit(commit)
        #expect(try store.outbox().isEmpty)
        commit.outboxRemove = []
        commit.outboxAdd = [publication("next")]
        #expect(try store.commit(commit).outboxDropped == 0)
        let next = try store.outbox().map(\.id)
        #expect(next.count == 1 && next[0] > ids.last!, "a number is never given twice")
    }

    @Test("A full outbox lets live values go first, then events, retained ones last; all counted")
    func outboxBound() throws {
        let store = try store { $0.outboxMax = 4 }
        var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
        commit.outboxAdd = [
            publication("event 1"), publication("live 1", qos: .atMostOnce),
            publication("state 1", isRetained: true), publication("live 2", qos: .atMostOnce),
            publication("state 2", isRetained: true), publication("event 2"),
        ]
        #expect(try store.commit(commit).outboxDropped == 2)
        func waiting() throws -> [String] {
            try store.outbox().map { String(decoding: $0.payload, as: UTF8.self) }
        }
        #expect(try waiting() == ["event 1", "state 1", "state 2", "event 2"])
        commit.outboxAdd = ["state 3", "state 4"].map { publication($0, isRetained: true) }
        #expect(try store.commit(commit).outboxDropped == 2)
        #expect(try waiting() == ["state 1", "state 2", "state 3", "state 4"])
        commit.outboxAdd = [publication("state 5", isRetained: true)]
        #expect(try store.commit(commit).outboxDropped == 1)
        #expect(try waiting() == ["state 2", "state 3", "state 4", "state 5"])
    }

    @Test("A publication keeps its expiry")
    func outboxExpiry() throws {
        let store = try store()
        var brief = publication("brief")
        brief.expiry = .seconds(60)
        var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
        commit.outboxAdd = [brief, publication("lasting")]
        try store.commit(commit)
        #expect(try store.outbox().map(\.expiry) == [.seconds(60), nil])
    }

    @Test("Archived windows are replaced, thinned to every second block, and read in order")
    func archive() throws {
        let store = try store()
        var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
        commit.archiveAppends = [9, 3, 2, 7].map {
            ArchiveRow(asset: press, windowIndex: $0, blob: [1])
        }
        try store.commit(commit)
        commit.archiveRemovals = [
            ArchiveRemoval(
                asset: press, keeping: .init(length: 3, every: 2))
        ]
        commit.archiveAppends = [ArchiveRow(asset: press, windowIndex: 7, blob: [2])]
        try store.commit(commit)
        let rows = try store.archive(asset: press)
        #expect(rows.map(\.windowIndex) == [2, 7])
        #expect(rows.map(\.blob) == [[1], [2]])
        commit.archiveRemovals = [ArchiveRemoval(asset: press)]
        commit.archiveAppends = []
        try store.commit(commit)
        #expect(try store.archive(asset: press).isEmpty)
    }

    @Test("Models are never changed, and old ones go unless they are in use")
    func models() throws {
        let store = try store()
        func model(_ number: Int) -> StoredModel {
            StoredModel(
                asset: press, hash: "h\(number)", createdMs: Int64(number), metadata: "{}",
                blob: [UInt8(number)])
        }
        for number in 1...5 { try store.saveModel(model(number)) }
        try store.saveModel(model(5))
        var other = model(5)
        other.blob = [99]
        #expect(throws: StoreError.self) { try store.saveModel(other) }
        #expect(try store.model(hash: "h5") == model(5))
        #expect(try store.pruneModels(keepingNewest: 2, inUse: ["h1"]) == 2)
        let left = try (1...5).map { try store.model(hash: "h\($0)") }
        #expect(left == [model(1), nil, nil, model(4), model(5)])
    }

    @Test("A message in flight over crashes is counted, held, listed and released")
    func quarantine() throws {
        let folder = try TemporaryFolder()
        let poison = message(String(repeating: "p", count: 100_000))
        let fingerprint = MessageFingerprint(of: poison)
        for attempt in 1...3 {
            let store = try StateStore(path: folder.path("s.sqlite"))
            #expect(try store.noteAttempt(poison, nowMs: Int64(attempt)) == attempt)
        }
        let store = try StateStore(path: folder.path("s.sqlite"))
        try store.hold(fingerprint, reason: "third crash")
        try store.clearAttempt(fingerprint)
        let held = try store.quarantined()
        #expect(held.count == 1)
        #expect(held.first?.isHeld == true)
        #expect(held.first?.payload.count == StateStore.quarantinePayloadMax)
        #expect(held.first?.payloadBytes == 100_000)
        #expect(held.first?.firstMs == 1)
        #expect(held.first?.lastMs == 3)
        #expect(held.first?.reason == "third crash")
        #expect(try store.release(fingerprint, attempts: 2))
        #expect(try !store.release(fingerprint, attempts: 2))
        #expect(try store.quarantined().map(\.isHeld) == [false])
        #expect(try store.quarantined().map(\.attempts) == [2])
        try store.clearAttempt(fingerprint)

        #expect(try store.noteAttempt(message("fine"), nowMs: 4) == 1)
        try store.clearAttempt(MessageFingerprint(of: message("fine")))
        #expect(try store.quarantined().isEmpty)
    }

    @Test("Messages that differ in anything that is said have different fingerprints")
    func fingerprints() {
        let texts = ["", "\0", "\0\0", "a", "a\0", "aaaaaaaa", "aaaaaaaa\0", "aaaaaaab"]
        var seen: Set<MessageFingerprint> = []
        for text in texts {
            for topic in ["t", "t2", "u\(text)"] {
                seen.insert(MessageFingerprint(of: message(text, topic: topic)))
            }
        }
        #expect(seen.count == texts.count * 3)
        #expect(
            MessageFingerprint(of: message("a", at: 1))
                == MessageFingerprint(of: message("a", at: 2)))
    }
}
