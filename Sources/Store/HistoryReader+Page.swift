import GRDB
package import Signals

// What a page shows of the past: bounded, however much there is.
extension HistoryReader {
    /// The worst of the stored verdicts in one cell of time.
    package struct ScoreCell: Equatable, Sendable {
        /// The cell's beginning.
        package var at: EventTime
        /// `nil`: no window in it had a score.
        package var score: Double?
        package var isRaised: Bool
    }

    /// The scores of one asset in `from ..< to`, by cells on a grid, in order.
    ///
    /// - Parameters:
    ///   - asset: whose.
    ///   - from: the first window start that counts.
    ///   - to: from here on nothing counts.
    ///   - cell: its length.
    ///   - rowsMax: so many verdicts are read, the newest.
    /// - Returns: the cells in which there is a verdict.
    /// - Throws: `StoreError` when the file cannot be read.
    package func scores(
        of asset: AssetName, from: EventTime, to: EventTime, cell: Duration, rowsMax: Int = 50_000
    ) throws -> [ScoreCell] {
        let cellMs = max(1, cell.nanoseconds / 1_000_000)
        return try read("read the scores of \(asset)") { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT cell, MAX(score), MAX(rank) FROM (
                        SELECT window_start_ms / ? AS cell, score, rank FROM verdict
                        WHERE asset = ? AND window_start_ms >= ? AND window_start_ms < ?
                        ORDER BY window_start_ms DESC LIMIT ?)
                    GROUP BY cell ORDER BY cell
                    """,
                arguments: [cellMs, asset.text, from.milliseconds, to.milliseconds, rowsMax]
            ).map { row in
                let number: Int64 = row[0]
                return ScoreCell(
                    at: EventTime(milliseconds: number * cellMs), score: row[1],
                    isRaised: row[2] == StateStore.Rank.raised.rawValue)
            }
        }
    }

    /// The newest steps of all alarms, newest first; without those by which an alarm that nobody has
    /// heard of is kept quiet: a plant that warms up has two of these for each asset.
    package func alarmEvents(limit: Int) throws -> [AlarmEvent] {
        try read("read the alarms") {
            try StateStore.alarmEvents(
                in: $0, of: nil, leavingOut: ["suppressed", "unsuppressed"], limit: limit)
        }
    }

    /// The newest labels of one asset (`nil`: of all) that end after `from`, newest first.
    package func labels(
        of asset: AssetName? = nil, from: EventTime = EventTime(nanoseconds: .min), limit: Int
    ) throws -> [LabelRow] {
        try read("read the labels") { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM label WHERE (? IS NULL OR asset = ?) AND to_ns > ?
                    ORDER BY from_ns DESC, id DESC LIMIT ?
                    """, arguments: [asset?.text, asset?.text, from.nanoseconds, limit]
            ).map(StateStore.label)
        }
    }

    func read<Value>(_ attempt: String, _ body: (Database) throws -> Value) throws -> Value {
        do {
            return try database.read(body)
        } catch {
            throw StoreError(error, attempting: attempt)
        }
    }
}
