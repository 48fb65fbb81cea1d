import Foundation
import GRDB
import Signals
import TestSupport
import Testing

@testable import Store

@Suite("The state is remembered whole or not at all")
struct StateStoreTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("state/anchord.sqlite")
    }

    private func commit(_ sequence: UInt64) -> Commit {
        var commit = Commit(sequence: sequence, keepFrom: sequence / 2, journalID: "j-1")
        commit.gatewayState = [UInt8](repeating: UInt8(sequence & 0xFF), count: 100)
        commit.assetStates = ["press-2", "press-1"].flatMap { asset in
            ["windowing", "detection"].map {
                AssetState(
                    asset: AssetName(asset), kind: $0, blob: Array("\(asset) \(sequence)".utf8))
            }
        }
        commit.archiveAppends = [
            ArchiveRow(asset: AssetName("press-1"), windowIndex: Int64(sequence), blob: [1, 2, 3])
        ]
        commit.verdicts = [verdict(Int64(sequence), isCalm: false)]
        commit.alarmEvents = [
            AlarmEvent(
                asset: AssetName("press-1"), at: EventTime(milliseconds: Int64(sequence)),
                from: "normal", to: "unacknowledged", change: "raised", step: Int64(sequence),
                who: "anchord", why: "score 4.1", score: 4.1)
        ]
        commit.outboxAdd = [publication("alarm", isRetained: true)]
        return commit
    }

    @Test("A new store is empty and ended cleanly; its folder is closed to others")
    func newStore() throws {
        let store = try StateStore(path: path)
        #expect(try store.load() == Snapshot())
        let mode = try FileManager.default.attributesOfItem(
            atPath: (path as NSString).deletingLastPathComponent)[.posixPermissions]
        #expect(mode as? Int == 0o750)
    }

    @Test("Opened again, the state is the one committed last, byte for byte")
    func reopened() throws {
        let before: Snapshot
        do {
            let store = try StateStore(path: path)
            for sequence in 1...5 { try store.commit(commit(UInt64(sequence))) }
            before = try store.load()
        }
        let store = try StateStore(path: path)
        let after = try store.load()
        #expect(after == before)
        #expect(after.sequence == 5)
        #expect(after.keepFrom == 2)
        #expect(after.journalID == "j-1")
        #expect(after.gatewayState == [UInt8](repeating: 5, count: 100))
        #expect(
            after.assetStates.map { "\($0.asset) \($0.kind)" } == [
                "press-1 detection", "press-1 windowing", "press-2 detection",
                "press-2 windowing",
            ])
        #expect(
            after.state(of: AssetName("press-2"), kind: "windowing") == Array("press-2 5".utf8))
        #expect(
            try store.archive(asset: AssetName("press-1")).map(\.windowIndex) == [1, 2, 3, 4, 5])
        #expect(try store.alarmEvents().count == 5)
        #expect(try store.outbox().count == 5)
    }

    @Test("The log is written ahead, beside the file")
    func writesAhead() throws {
        let store = try StateStore(path: path)
        try store.commit(commit(1))
        #expect(FileManager.default.fileExists(atPath: path + "-wal"))
        let modes = try store.read("ask for modes") { db in
            try [
                String.fetchOne(db, sql: "PRAGMA journal_mode"),
                String.fetchOne(db, sql: "PRAGMA auto_vacuum"),
            ]
        }
        #expect(modes == ["wal", "2"])
    }

    @Test(
        "Durability decides how SQLite syncs",
        arguments: [(StoreSettings.Durability.process, 1), (.power, 2)])
    func synchronous(durability: StoreSettings.Durability, level: Int) throws {
        var settings = StoreSettings()
        settings.durability = durability
        let store = try StateStore(path: path, settings: settings)
        let found = try store.write("ask for the mode") { db in
            try Int.fetchOne(db, sql: "PRAGMA synchronous")
        }
        #expect(found == level)
    }

    @Test(
        "A commit that fails at any table leaves everything as it was",
        arguments: ["asset_state", "archive", "verdict", "alarm_event", "outbox"])
    func atomic(table: String) throws {
        let store = try StateStore(path: path)
        try store.commit(commit(1))
        try store.write("break a table") { db in
            try db.execute(
                sql: """
                    CREATE TRIGGER refuse BEFORE INSERT ON \(table)
                    BEGIN SELECT RAISE(ABORT, 'refused by the test'); END
                    """)
        }
        let before = try store.load()
        #expect {
            try store.commit(commit(2))
        } throws: { error in
            "\(error)".contains("could not commit the state: refused by the test")
        }
        #expect(try store.load() == before)
        #expect(try store.archive(asset: AssetName("press-1")).count == 1)
        #expect(try store.alarmEvents().count == 1)
        #expect(try store.outbox().count == 1)

        try store.write("mend it") { try $0.execute(sql: "DROP TRIGGER refuse") }
        try store.commit(commit(2))
        // Nothing of the failed attempt is taken for stored.
        #expect(
            try store.load().state(of: AssetName("press-1"), kind: "windowing")
                == Array("press-1 2".utf8))
    }

    @Test("A full disk is called full, keeps the old state, and passes when there is room again")
    func fullDisk() throws {
        let store = try StateStore(path: path, settings: StoreSettings(), pagesMax: 60)
        try store.commit(commit(1))
        let before = try store.load()
        var large = commit(2)
        large.archiveAppends = [
            ArchiveRow(
                asset: AssetName("press-1"), windowIndex: 2,
                blob: [UInt8](repeating: 7, count: 500_000))
        ]
        #expect {
            try store.commit(large)
        } throws: { error in
            guard let error = error as? StoreError else { return false }
            return error.kind == .full && error.isRetriable
                && error.description.contains("Make room on the disk")
        }
        #expect(try store.load() == before)
        try store.commit(commit(2))
        #expect(try store.load().sequence == 2)
    }

    @Test("States that did not change are not written again")
    func unchangedStates() throws {
        let store = try StateStore(path: path)
        #expect(try store.commit(commit(1)).stateBytesSkipped == 0)
        var same = commit(1)
        same.sequence = 2
        #expect(try store.commit(same).stateBytesSkipped == 100 + 4 * "press-1 1".utf8.count)
        let reopened = try StateStore(path: path)
        same.sequence = 3
        #expect(try reopened.commit(same).stateBytesSkipped == 100 + 4 * "press-1 1".utf8.count)
        #expect(try reopened.load().sequence == 3)
    }

    @Test("Only a final commit makes an end clean")
    func cleanEnd() throws {
        let store = try StateStore(path: path)
        try store.markRunning()
        #expect(try !store.load().endedCleanly)
        var last = commit(1)
        last.isFinal = true
        try store.commit(last)
        #expect(try store.load().endedCleanly)
        try store.commit(commit(2))
        #expect(try !store.load().endedCleanly)
    }

    /// Every asset that any table knows.
    private func assets(in store: StateStore) throws -> [String] {
        try store.read("list the assets") { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT asset FROM asset_state UNION SELECT asset FROM archive
                    UNION SELECT asset FROM model UNION SELECT asset FROM verdict
                    UNION SELECT asset FROM alarm_event UNION SELECT asset FROM retained_topic
                    UNION SELECT asset FROM outbox ORDER BY asset
                    """)
        }
    }

    @Test("Forgetting an asset leaves nothing of it, and names its retained topics")
    func forget() throws {
        let store = try StateStore(path: path)
        var first = commit(1)
        first.outboxAdd.append(publication("other", isRetained: true, asset: "press-2"))
        try store.commit(first)
        try store.saveModel(
            StoredModel(
                asset: AssetName("press-1"), hash: "h", createdMs: 1, metadata: "{}", blob: [1]))
        #expect(try assets(in: store) == ["press-1", "press-2"])
        #expect(
            try store.retainedTopics(of: AssetName("press-1")) == ["anchord/gw/asset/press-1/alarm"]
        )
        var second = Commit(sequence: 2, keepFrom: 3, journalID: "j")
        second.forgotten = [AssetName("press-1")]
        second.verdicts = [verdict(1)]
        try store.commit(second)
        #expect(try store.retainedTopics(of: AssetName("press-1")).isEmpty)
        #expect(try assets(in: store) == ["press-2"])
        #expect(try store.load().assetStates.allSatisfy { $0.asset == AssetName("press-2") })
        #expect(try store.outbox().count == 1)
        // What it knew is written again when the asset comes back.
        try store.commit(commit(1))
        #expect(
            try store.load().state(of: AssetName("press-1"), kind: "windowing")
                == Array("press-1 1".utf8))
    }
}
