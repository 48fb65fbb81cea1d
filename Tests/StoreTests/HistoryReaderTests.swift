import Foundation
import GRDB
import Signals
import TestSupport
import Testing

@testable import Store

@Suite("The history is read beside the daemon")
struct HistoryReaderTests {
    private let folder: TemporaryFolder
    private let store: StateStore
    private let press = AssetName("press-1")
    private let origin: Int64 = 1_790_000_040_000

    init() throws {
        folder = try TemporaryFolder()
        store = try StateStore(path: folder.path("state.sqlite"))
    }

    private func verdict(_ second: Int64, state: String, present: [String], isCalm: Bool)
        -> VerdictRow
    {
        let streams = ["audio", "camera"].map { "\"\($0)\":{\"present\":\(present.contains($0))}" }
        return VerdictRow(
            asset: press, windowStart: EventTime(milliseconds: origin + second * 1000), score: nil,
            isRaised: false, isCalm: isCalm,
            payload: "{\"state\":\"\(state)\",\"streams\":{\(streams.joined(separator: ","))}}")
    }

    private func read(from: Int64 = -1000, to: Int64 = 10_000) throws -> AssetHistory {
        let reader = try HistoryReader(path: folder.path("state.sqlite"))
        let all = try reader.history(
            asset: nil, from: EventTime(milliseconds: origin + from * 1000),
            to: EventTime(milliseconds: origin + to * 1000), cell: .seconds(60))
        return try #require(all.first)
    }

    @Test("Minutes count alike, whether all their verdicts were kept or one of them")
    func cellsCountAlike() throws {
        var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
        // A minute of odd windows, all kept, the microphone away; three calm ones, thinned.
        commit.verdicts = (0..<60).map {
            verdict($0, state: "scoring", present: ["camera"], isCalm: false)
        }
        for minute in 1...3 {
            commit.verdicts.append(
                verdict(
                    Int64(minute) * 60, state: "scoring", present: ["audio", "camera"], isCalm: true
                ))
        }
        commit.verdicts.append(verdict(300, state: "idle", present: [], isCalm: true))
        commit.verdicts.append(verdict(360, state: "no_data", present: [], isCalm: true))
        try store.commit(commit)
        let history = try read()
        #expect(history.verdicts == 65)
        #expect(history.cells == 6)
        #expect(history.cellsSpanned == 7)
        #expect(history.cellsByState == ["scoring": 4, "idle": 1, "no_data": 1])
        // Of five judged minutes; the idle one is not judged.
        #expect(history.presence == [StreamName("audio"): 0.6, StreamName("camera"): 0.8])
        #expect(try read(from: 60, to: 240).presence[StreamName("audio")] == 1)
    }

    @Test("Alarms, tags and data-health alarms come with it, by old tables and by new ones")
    func steps() throws {
        var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
        commit.alarmEvents = [("normal", "raised"), ("raised", "normal")].enumerated().map {
            k, step in
            AlarmEvent(
                asset: press, at: EventTime(milliseconds: origin + Int64(k) * 1000), from: step.0,
                to: step.1, change: k == 0 ? "raised" : "cleared", who: "anchord", why: "odd",
                score: 5)
        }
        let stuck = HealthEvent(
            asset: press, stream: StreamName("audio"), kind: "stuck",
            at: EventTime(milliseconds: origin), isRaised: true, reason: "the same")
        commit.healthEvents = [stuck, stuck]
        try store.commit(commit)
        try store.database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO label (asset, from_ns, to_ns, kind, name, who, why, created_ms)
                    VALUES ('press-1', ?, ?, 'fault', 'bearing', 'anna', '', 0)
                    """, arguments: [origin * 1_000_000, (origin + 5000) * 1_000_000])
        }
        let history = try read()
        #expect(history.alarmSteps.map(\.isRaised) == [true, false])
        #expect(history.alarmSteps.first?.why == "odd")
        #expect(history.labels.map(\.name) == ["bearing"])
        #expect(history.healthSteps == [stuck])
        #expect(try read(from: 10).labels.isEmpty)
    }

    @Test("It changes nothing, works while the daemon writes, and says when there is no state")
    func readsOnly() throws {
        let reader = try HistoryReader(path: folder.path("state.sqlite"))
        var commit = Commit(sequence: 1, keepFrom: 1, journalID: "j")
        commit.verdicts = [verdict(0, state: "scoring", present: [], isCalm: false)]
        try store.commit(commit)
        #expect(
            try reader.history(
                asset: press, from: EventTime(milliseconds: 0),
                to: EventTime(milliseconds: .max / 2_000_000),
                cell: .seconds(60)
            ).first?.verdicts == 1)
        #expect(throws: StoreError.self) { try HistoryReader(path: folder.path("nothing")) }
        #expect(!FileManager.default.fileExists(atPath: folder.path("nothing")))
    }
}
