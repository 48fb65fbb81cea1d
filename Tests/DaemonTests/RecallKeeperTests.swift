import LinearAlgebra
import Recall
import Signals
import Store
import TestSupport
import Testing

@testable import Daemon

/// Remembered windows on their way through the ledger, the file and the years.
@Suite struct RecallKeeperTests {
    private let folder: TemporaryFolder
    private let store: StateStore
    private let press = AssetName("press-1")
    private let origin: Int64 = 1_790_000_000

    init() throws {
        folder = try TemporaryFolder()
        store = try StateStore(path: folder.path("state.sqlite"))
    }

    private func moment(_ second: Int64) -> EventTime {
        EventTime(milliseconds: (origin + second) * 1000)
    }

    private func window(_ second: Int64, isRaised: Bool = false) -> RememberedWindow {
        RememberedWindow(
            start: moment(second), score: 1, standing: isRaised ? .raised : .calm,
            senses: [StreamName("audio"): .init(bytes: [Int8(second % 100), 127, 3])])
    }

    /// Commits of `each` windows, one a second.
    private func remember(_ seconds: Range<Int64>, each: Int64 = 30) throws {
        var ledger = Ledger(calmVerdictEvery: .seconds(60))
        for second in seconds {
            ledger.recall.note(
                window(second, isRaised: second % 1000 == 7), of: press, space: "s", assets: 1)
            guard second % each == each - 1 || second == seconds.upperBound - 1 else { continue }
            var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
            ledger.move(into: &commit)
            try store.commit(commit)
        }
    }

    private func starts() throws -> [EventTime] {
        try store.recallRows(ids: store.recallFacts().map(\.id)).flatMap { row in
            let pack = try row.pack
            return (0..<pack.count).map(pack.start)
        }.sorted()
    }

    private func label(_ from: Int64, _ to: Int64, kind: String = "fault") throws {
        var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
        commit.labelChanges = [
            .add(
                LabelRow(
                    asset: press, from: moment(from), to: moment(to), kind: kind, name: "x",
                    who: "anna", why: "", createdMs: 0))
        ]
        try store.commit(commit)
    }

    @Test("Small rows are put together and no window is lost, twice or out of order")
    func merging() throws {
        try remember(0..<3000)
        #expect(try store.recallFacts().count == 100)
        let before = try starts()
        let keeper = RecallKeeper(store: store, settings: RecallSettings())
        #expect(try keeper.tidy(now: moment(3000)).merged >= 85)
        #expect(try starts() == before)
        #expect(try store.recallFacts().count <= 8)
        // Nothing left to do.
        #expect(try keeper.tidy(now: moment(3000)).merged == 0)
    }

    @Test("Days thin what is calm; alarms and what was tagged, also afterwards, stay")
    func ageing() throws {
        try remember(0..<4000)
        try label(2000, 2100)
        try label(3000, 3500, kind: "state")
        // A window of two days later is the newest there is.
        try remember(200_000..<200_001)
        let keeper = RecallKeeper(store: store, settings: RecallSettings())
        #expect(try keeper.tidy(now: moment(200_000)).thinned > 0)
        let left = Set(try starts())
        for second in stride(from: Int64(7), to: 4000, by: 1000) {
            #expect(left.contains(moment(second)))
        }
        for second in Int64(2000)..<2100 { #expect(left.contains(moment(second))) }
        #expect(!(3000..<3500).allSatisfy { left.contains(moment($0)) })
        #expect(left.count < 100 + 4 + 4000 / 60 + 10)
        #expect(try keeper.tidy(now: moment(200_000)).thinned == 0)
        // A clock that is years ahead makes nothing older than the newest window.
        #expect(try keeper.tidy(now: moment(900_000_000)).thinned == 0)
        #expect(Set(try starts()) == left)
    }

    @Test("The budget is kept, and alarms and tags outlive everything calm")
    func budget() throws {
        try remember(0..<20_000, each: 500)
        try label(100, 140)
        var settings = RecallSettings()
        settings.sizeMax = 20_000
        let outcome = try RecallKeeper(store: store, settings: settings).tidy(now: moment(20_000))
        #expect(outcome.bytes <= 20_000)
        let left = Set(try starts())
        for second in stride(from: Int64(7), to: 20_000, by: 1000) {
            #expect(left.contains(moment(second)))
        }
        for second in Int64(100)..<140 { #expect(left.contains(moment(second))) }
        // The newest calm ones are there, the oldest are not.
        #expect(left.contains(moment(19_998)) && !left.contains(moment(50)))
    }

    @Test("A large plant keeps every so many of its calm windows, and all that are not")
    func strides() {
        var writer = RecallWriter()
        for second in Int64(0)..<4096 {
            writer.note(
                window(second, isRaised: second % 1000 == 7), of: press, space: "s", assets: 1000)
        }
        let pack = writer.waiting[0]
        let day = 2.0 * 18 * 1000 * 86_400
        let kept = Double(pack.count) / 4096
        #expect(kept * day <= 1.05 * Double(RecallSettings().writeMax))
        #expect(kept * day >= 0.4 * Double(RecallSettings().writeMax))
        #expect(pack.standings.count { $0 == .raised } == 5)
    }

    @Test("The same window again, after a crash, is there once")
    func twice() throws {
        try remember(0..<300)
        try remember(250..<600)
        let keeper = RecallKeeper(store: store, settings: RecallSettings())
        _ = try keeper.tidy(now: moment(600))
        #expect(try starts() == (0..<600).map(moment))
    }
}
