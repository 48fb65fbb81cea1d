import Signals
import Store
import Testing

@Suite("Redelivery is recognised, honest repeats are kept")
struct RedeliveryFilterTests {
    /// A filter that kept `texts` as numbers 1, 2, ..., acknowledged through `flushed`.
    private func filter(_ texts: [String], flushed: Int, tailMax: Int = 1000) -> RedeliveryFilter {
        var filter = RedeliveryFilter(tailMax: tailMax)
        for (index, text) in texts.enumerated() {
            filter.keep(message(text), sequence: UInt64(index + 1))
        }
        filter.noteFlushed(through: UInt64(flushed))
        return filter
    }

    private func admitted(_ texts: [String], by filter: inout RedeliveryFilter) -> [String] {
        filter.admit(texts.map { message($0) }).map { String(decoding: $0.payload, as: UTF8.self) }
    }

    @Test(
        "Whatever suffix the broker sends again, in whatever batches, only what is new passes",
        arguments: UInt64(0)..<64)
    func suffixIsRecognised(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let kept = (0..<Int.random(in: 1...60, using: &random)).map { "kept \($0)" }
        // A crash between flush and note makes the noted number too small or, when duplicates were
        // acknowledged, too large: the outcome must not depend on it when messages differ.
        var filter = filter(kept, flushed: Int.random(in: 0...kept.count, using: &random))
        var fresh: [String] = []
        for connection in 0..<3 {
            filter.beginReconnect()
            let again = Array(kept.suffix(Int.random(in: 0...kept.count, using: &random)))
            let new = (0..<5).map { "new \(connection) \($0)" }
            var left = connection == 2 ? again + new : again.dropLast(again.count / 2)
            var passed: [String] = []
            while !left.isEmpty {
                let size = min(left.count, Int.random(in: 1...20, using: &random))
                passed += admitted(Array(left.prefix(size)), by: &filter)
                left.removeFirst(size)
            }
            fresh += passed
            #expect(passed == (connection == 2 ? new : []))
        }
        #expect(fresh.count == 5)
    }

    @Test(
        "With few different messages, all unacknowledged ones are dropped and no repeat besides",
        arguments: UInt64(0)..<64)
    func honestRepeatsSurvive(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let words = ["a", "b", "c"]
        let kept = (0..<30).map { _ in words.randomElement(using: &random)! }
        let flushed = Int.random(in: 0..<30, using: &random)
        var filter = filter(kept, flushed: flushed)
        filter.beginReconnect()
        let new = (0..<20).map { _ in words.randomElement(using: &random)! }
        #expect(admitted(Array(kept[flushed...]) + new, by: &filter) == new)
        // The phase is over: the same again is data.
        #expect(admitted(Array(kept[flushed...]), by: &filter) == Array(kept[flushed...]))
    }

    @Test("A stuck sensor loses exactly what was sent twice")
    func stuckSensor() {
        var filter = filter(["x", "x", "x", "x"], flushed: 3)
        filter.beginReconnect()
        #expect(admitted(["x", "x", "x"], by: &filter) == ["x", "x"])
        #expect(filter.duplicateTotal == 1)
    }

    @Test("An honest repeat that breaks off is data, seen in its batch")
    func brokenRun() {
        var filter = filter(["door opened", "a", "b", "c"], flushed: 4)
        filter.beginReconnect()
        #expect(admitted(["door opened", "z"], by: &filter) == ["door opened", "z"])
    }

    @Test("Nothing is dropped without a reconnect, without a session, or of QoS 0")
    func nothingElseIsDropped() {
        var filter = filter(["a", "b"], flushed: 0)
        #expect(admitted(["a", "b"], by: &filter) == ["a", "b"])
        filter.beginReconnect(sessionPresent: false)
        #expect(admitted(["a", "b"], by: &filter) == ["a", "b"])

        var second = self.filter(["a", "b"], flushed: 0)
        second.beginReconnect()
        let unpromised = message("a", qos: .atMostOnce)
        #expect(second.admit([unpromised, message("a"), unpromised]) == [unpromised, unpromised])
        #expect(second.admit([message("b")]) == [])
        #expect(second.admit([message("b")]) == [message("b")])
    }

    @Test("The tail is bounded, and says what of the journal it needs")
    func boundedTail() {
        var filter = filter((0..<5000).map { "m\($0)" }, flushed: 5000, tailMax: 100)
        #expect(filter.oldestSequence == 4901)
        filter.beginReconnect()
        #expect(admitted(["m4899"], by: &filter) == ["m4899"])
    }

    @Test("Built anew from the journal's records it decides alike")
    func rebuilt() {
        var filter = RedeliveryFilter()
        for (index, record) in [
            JournalRecord.message(message("a")), .mark(flushedThrough: 1), .message(message("a")),
            .tick(Arrival(wall: 0, elapsed: 0), isDrained: true),
        ].enumerated() {
            filter.note(JournalEntry(sequence: UInt64(index + 1), record: record))
        }
        filter.beginReconnect()
        #expect(admitted(["a", "a"], by: &filter) == ["a"])
    }

    @Test("A message of QoS 1 among many of QoS 0 does not hold the journal for ever")
    func settledMessagesAreLetGo() {
        var filter = filter(["the only one"], flushed: 1)
        for sequence in UInt64(2)...50_000 {
            filter.keep(message("camera", qos: .atMostOnce), sequence: sequence)
            if sequence == 30_000 { #expect(filter.oldestSequence == 1) }
            filter.noteFlushed(through: sequence)
        }
        #expect(filter.oldestSequence == nil)
    }

    @Test("What was not acknowledged is remembered, however long ago it came")
    func unacknowledgedMessagesStay() {
        var filter = filter(["acknowledged", "not acknowledged"], flushed: 1)
        for sequence in UInt64(3)...60_000 {
            filter.keep(message("camera", qos: .atMostOnce), sequence: sequence)
        }
        filter.noteFlushed(through: 1)
        #expect(filter.oldestSequence == 2)
    }
}
