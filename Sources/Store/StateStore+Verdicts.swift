import Foundation
import GRDB
package import Signals

extension StateStore {
    /// The verdicts of one asset with a window start in `from ..< to`, in order, newest `limit`.
    package func verdicts(
        asset: AssetName, from: EventTime, to: EventTime, limit: Int = 10_000
    ) throws -> [VerdictRow] {
        try read("read the verdicts of \(asset)") { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT window_start_ms, score, rank, payload FROM verdict
                    WHERE asset = ? AND window_start_ms >= ? AND window_start_ms < ?
                    ORDER BY window_start_ms DESC LIMIT ?
                    """, arguments: [asset.text, from.milliseconds, to.milliseconds, limit])
            return rows.reversed().map { row in
                VerdictRow(
                    asset: asset, windowStart: EventTime(milliseconds: row[0]), score: row[1],
                    isRaised: row[2] == Rank.raised.rawValue, isCalm: row[2] == Rank.calm.rawValue,
                    payload: row[3])
            }
        }
    }

    /// What goes first when room is short, as the column `rank`.
    enum Rank: Int {
        case calm, neither, raised

        init(of verdict: VerdictRow) {
            self = verdict.isRaised ? .raised : verdict.isCalm ? .calm : .neither
        }
    }

    func writeVerdict(
        _ verdict: VerdictRow, to db: Database, outcome: inout CommitOutcome
    ) throws {
        let rank = Rank(of: verdict)
        let start = verdict.windowStart.milliseconds
        let every = settings.calmVerdictEvery.nanoseconds / 1_000_000
        if rank == .calm, every > 0 {
            // The first calm window of each span stays. Which one that is depends on the windows
            // alone, so a run that crashed stores the same ones.
            let span = start - (start % every + every) % every
            let isThere = try db.cachedStatement(
                sql: """
                    SELECT 1 FROM verdict WHERE asset = ? AND rank = 0
                    AND window_start_ms >= ? AND window_start_ms < ? AND window_start_ms <> ?
                    """)
            if try Bool.fetchOne(
                isThere, arguments: [verdict.asset.text, span, span + every, start]) ?? false
            {
                return
            }
        }
        let insert = try db.cachedStatement(
            sql: "INSERT INTO verdict VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
        try insert.execute(arguments: [
            verdict.asset.text, start, verdict.score, rank.rawValue, verdict.payload,
        ])
        if db.changesCount == 0 { try rewrite(verdict, rank: rank, in: db, outcome: &outcome) }
    }

    /// A verdict that is there already: processed again after a crash, so only ages may differ.
    private func rewrite(
        _ verdict: VerdictRow, rank: Rank, in db: Database, outcome: inout CommitOutcome
    ) throws {
        let key: StatementArguments = [verdict.asset.text, verdict.windowStart.milliseconds]
        guard
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT score, rank, payload FROM verdict
                    WHERE asset = ? AND window_start_ms = ?
                    """, arguments: key)
        else { return }
        let isContradicted = row[0] as Double? != verdict.score || row[1] as Int != rank.rawValue
        if isContradicted { outcome.verdictsContradicted += 1 }
        guard isContradicted || row[2] as String != verdict.payload else { return }
        try db.execute(
            sql: """
                UPDATE verdict SET score = ?, rank = ?, payload = ?
                WHERE asset = ? AND window_start_ms = ?
                """, arguments: [verdict.score, rank.rawValue, verdict.payload] + key)
    }
}
