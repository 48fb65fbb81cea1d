import GRDB
package import Signals

/// What an alarm looked like before, found beside the flow after it rang.
package struct SeenBeforeRow: Equatable, Sendable {
    package var asset: AssetName
    /// Of the alarm's step, as `AlarmEvent` has them.
    package var at: EventTime
    package var step: Int64
    /// JSON text.
    package var seen: String

    package init(asset: AssetName, at: EventTime, step: Int64, seen: String) {
        self.asset = asset
        self.at = at
        self.step = step
        self.seen = seen
    }
}

extension StateStore {
    /// What is kept for steps of this asset (`nil`: of all) in `from ..< to`, newest `limit`.
    package func seenBefore(
        asset: AssetName? = nil, from: EventTime = EventTime(nanoseconds: .min),
        to: EventTime = EventTime(nanoseconds: .max), limit: Int = 1000
    ) throws -> [SeenBeforeRow] {
        try read("read what alarms looked like before") { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT asset, at_ns, step, seen FROM alarm_seen
                    WHERE (? IS NULL OR asset = ?) AND at_ns >= ? AND at_ns < ?
                    ORDER BY at_ns DESC, asset, step DESC LIMIT ?
                    """,
                arguments: [asset?.text, asset?.text, from.nanoseconds, to.nanoseconds, limit]
            ).map { row in
                SeenBeforeRow(
                    asset: AssetName(row[0]), at: EventTime(nanoseconds: row[1]), step: row[2],
                    seen: row[3])
            }
        }
    }

    static func writeSeen(_ rows: [SeenBeforeRow], to db: Database) throws {
        for row in rows {
            // The same alarm processed again after a crash is looked up again.
            try db.execute(
                sql: "INSERT OR REPLACE INTO alarm_seen VALUES (?, ?, ?, ?)",
                arguments: [row.asset.text, row.at.nanoseconds, row.step, row.seen])
        }
        guard !rows.isEmpty else { return }
        // What the history has let go of goes here too.
        try db.execute(
            sql: """
                DELETE FROM alarm_seen
                WHERE at_ns < (SELECT COALESCE(MIN(at_ns), 0) FROM alarm_event)
                """)
    }
}
