import Signals
import TestSupport
import Testing

@testable import Store

@Suite("Remembered windows in the file")
struct RecallRowTests {
    private let folder: TemporaryFolder
    private let store: StateStore
    private let press = AssetName("press-1")

    init() throws {
        folder = try TemporaryFolder()
        store = try StateStore(path: folder.path("state.sqlite"))
    }

    private func row(_ second: Int64, asset: String = "press-1", windows: Int = 30) -> RecallRow {
        RecallRow(
            asset: AssetName(asset), space: "space", from: EventTime(milliseconds: second * 1000),
            last: EventTime(milliseconds: (second + Int64(windows) - 1) * 1000), windows: windows,
            forGood: 1, thinnedAt: EventTime(milliseconds: second * 1000),
            blob: (0..<windows).map { UInt8(truncatingIfNeeded: Int64($0) + second) })
    }

    private func commit(_ rows: [RecallRow], seen: [SeenBeforeRow] = []) throws {
        var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
        commit.recallRows = rows
        commit.seenBefore = seen
        try store.commit(commit)
    }

    @Test("Rows come back as they went, to the daemon and to a reader beside it")
    func roundTrip() throws {
        let rows = [row(0), row(30, asset: "press-2"), row(30)]
        try commit(rows)
        let facts = try store.recallFacts()
        #expect(facts.map(\.asset.text) == ["press-1", "press-2", "press-1"])
        #expect(facts.map(\.bytes) == [30, 30, 30])
        let reader = try HistoryReader(path: folder.path("state.sqlite"))
        #expect(try reader.recallFacts() == facts)
        let back = try reader.recallRows(ids: facts.map(\.id))
        #expect(back == (try store.recallRows(ids: facts.map(\.id))))
        #expect(back.map(\.blob) == rows.map(\.blob))
        #expect(back.map(\.last) == rows.map(\.last) && back.allSatisfy { $0.forGood == 1 })
    }

    @Test("Rows are replaced all together, and ids never come again")
    func replace() throws {
        try commit([row(0), row(30), row(60)])
        let ids = try store.recallFacts().map(\.id)
        try store.replaceRecall(ids: [ids[1], ids[2]], by: [row(30, windows: 60)])
        #expect(try store.recallFacts().map(\.windows) == [30, 60])
        #expect(!ids.contains(try store.recallFacts()[1].id))
        // One of them is gone: nothing happens.
        #expect(throws: StoreError.self) {
            try store.replaceRecall(ids: [ids[0], ids[1]], by: [row(0, windows: 1)])
        }
        #expect(try store.recallFacts().map(\.windows) == [30, 60])
    }

    @Test("A forgotten asset leaves no window behind")
    func forget() throws {
        let seen = SeenBeforeRow(
            asset: press, at: EventTime(nanoseconds: 5), step: 1, seen: "[]")
        try commit([row(0), row(0, asset: "press-2")], seen: [seen])
        #expect(try store.seenBefore(asset: press) == [seen])
        var commit = Commit(sequence: 2, keepFrom: 1, journalID: "j")
        commit.forgotten = [press]
        try store.commit(commit)
        #expect(try store.recallFacts().map(\.asset.text) == ["press-2"])
        #expect(try store.seenBefore() == [])
    }

    @Test("What an alarm looked like before is told once, however often it was looked up")
    func seenAgain() throws {
        let at = EventTime(nanoseconds: 5)
        try commit([], seen: [SeenBeforeRow(asset: press, at: at, step: 1, seen: "[1]")])
        try commit([], seen: [SeenBeforeRow(asset: press, at: at, step: 1, seen: "[2]")])
        #expect(try store.seenBefore().map(\.seen) == ["[2]"])
    }
}
