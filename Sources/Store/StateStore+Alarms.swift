import GRDB
package import Signals

extension StateStore {
    /// The alarm steps of one asset (`nil`: of all) in `from ..< to`, newest first.
    package func alarmEvents(
        asset: AssetName? = nil, from: EventTime = EventTime(nanoseconds: .min),
        to: EventTime = EventTime(nanoseconds: .max), limit: Int = 1000
    ) throws -> [AlarmEvent] {
        try read("read the alarms") {
            try Self.alarmEvents(in: $0, of: asset, from: from, to: to, limit: limit)
        }
    }

    static func alarmEvents(
        in db: Database, of asset: AssetName?, from: EventTime = EventTime(nanoseconds: .min),
        to: EventTime = EventTime(nanoseconds: .max), leavingOut changes: [String] = [], limit: Int
    ) throws -> [AlarmEvent] {
        let left = changes.map { _ in "?" }.joined(separator: ", ")
        let bounds: StatementArguments = [
            asset?.text, asset?.text, from.nanoseconds, to.nanoseconds,
        ]
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT asset, at_ns, from_state, to_state, change, rings, step, who, why, score,
                    blame, reason
                FROM alarm_event
                WHERE (? IS NULL OR asset = ?) AND at_ns >= ? AND at_ns < ?
                    AND COALESCE(change, '') NOT IN (\(left))
                ORDER BY at_ns DESC, id DESC LIMIT ?
                """, arguments: bounds + StatementArguments(changes) + [limit])
        return rows.map { row in
            AlarmEvent(
                asset: AssetName(row[0]), at: EventTime(nanoseconds: row[1]), from: row[2],
                to: row[3], change: row[4] ?? "", rings: row[5], step: row[6], who: row[7],
                why: row[8], score: row[9], blame: row[10], reason: row[11])
        }
    }

    /// The alarms that rang at or after `from`, oldest first, newest `limit`.
    package func rings(from: EventTime, limit: Int) throws -> [(asset: AssetName, at: EventTime)] {
        try read("read the latest alarms") { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT asset, at_ns FROM alarm_event WHERE rings AND at_ns >= ?
                    ORDER BY at_ns DESC, id DESC LIMIT ?
                    """, arguments: [from.nanoseconds, limit]
            ).reversed().map { (AssetName($0[0]), EventTime(nanoseconds: $0[1])) }
        }
    }

    /// When an alarm last rang; `nil`: never.
    package func newestRing() throws -> EventTime? {
        try read("read the newest alarm") { db in
            try Int64.fetchOne(db, sql: "SELECT MAX(at_ns) FROM alarm_event WHERE rings")
                .map { EventTime(nanoseconds: $0) }
        }
    }

    static func writeAlarms(_ events: [AlarmEvent], to db: Database) throws {
        guard !events.isEmpty else { return }
        // The same step again is the same step processed again after a crash.
        let insert = try db.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO alarm_event
                    (asset, at_ns, from_state, to_state, change, rings, step, who, why, score,
                     blame, reason)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for event in events {
            try insert.execute(arguments: [
                event.asset.text, event.at.nanoseconds, event.from, event.to, event.change,
                event.rings, event.step, event.who, event.why, event.score, event.blame,
                event.reason,
            ])
        }
    }
}
