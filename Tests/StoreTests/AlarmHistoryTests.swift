import GRDB
import Signals
import TestSupport
import Testing

@testable import Store

@Suite("The history of alarms") struct AlarmHistoryTests {
    private let press = AssetName("press-1")

    private func event(
        _ second: Int64, _ change: String, step: Int64, rings: Bool = false
    ) -> AlarmEvent {
        AlarmEvent(
            asset: press, at: EventTime(milliseconds: second * 1000), from: "normal",
            to: "shelved", change: change, rings: rings, step: step, who: "anna", why: "test",
            score: nil, blame: "camera", reason: "odd")
    }

    @Test("Several steps of one moment are kept, the same step again is not")
    func stepsOfOneMoment() throws {
        let folder = try TemporaryFolder()
        let store = try StateStore(path: folder.path("s.sqlite"))
        let events = [
            event(1, "shelved", step: 1), event(1, "unshelved", step: 2),
            event(1, "shelved", step: 3), event(5, "raised", step: 4, rings: true),
        ]
        for sequence in 1...2 {
            var commit = Commit(sequence: UInt64(sequence), keepFrom: 1, journalID: "j")
            commit.alarmEvents = events
            try store.commit(commit)
        }
        #expect(try store.alarmEvents(asset: press).reversed() == events)
        let from = EventTime(milliseconds: 2000)
        #expect(try store.alarmEvents(from: from).map(\.step) == [4])
        #expect(try store.alarmEvents(to: from).count == 3)
        #expect(try store.alarmEvents(asset: AssetName("press-2")).isEmpty)
        #expect(try store.newestRing() == EventTime(milliseconds: 5000))
        #expect(try store.rings(from: from, limit: 10).map(\.asset) == [press])
    }

    @Test("What an earlier version had kept says what it was")
    func earlierVersion() throws {
        let folder = try TemporaryFolder()
        do {
            let queue = try DatabaseQueue(path: folder.path("s.sqlite"))
            try StateStore.migrator.migrate(queue, upTo: "Create trained models")
            try queue.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO alarm_event (asset, at_ns, from_state, to_state, who, why, score)
                        VALUES ('press-1', 5, 'normal', 'raised', 'anchord', 'odd', 4.5),
                            ('press-1', 9, 'raised', 'normal', 'anchord', 'Normal.', 0.5)
                        """)
            }
            try queue.close()
        }
        let events = try StateStore(path: folder.path("s.sqlite")).alarmEvents()
        #expect(events.map(\.change) == ["cleared", "raised"])
        #expect(events.map(\.rings) == [false, true])
        #expect(events.map(\.reason) == ["Normal.", "odd"])
    }
}
