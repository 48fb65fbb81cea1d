import GRDB
package import Signals

extension StateStore {
    /// Labels are few and a person's word; beyond these the oldest go.
    static let labelsMax = 100_000

    /// The labels of one asset (`nil`: of all) that touch `from ..< to`, in order of their beginning.
    package func labels(
        asset: AssetName? = nil, from: EventTime = EventTime(nanoseconds: .min),
        to: EventTime = EventTime(nanoseconds: .max)
    ) throws -> [LabelRow] {
        try read("read the labels") { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM label
                    WHERE (? IS NULL OR asset = ?) AND to_ns > ? AND from_ns < ?
                    ORDER BY from_ns, asset, id
                    """, arguments: [asset?.text, asset?.text, from.nanoseconds, to.nanoseconds]
            ).map(Self.label)
        }
    }

    package func label(id: Int64) throws -> LabelRow? {
        try read("read label \(id)") { db in
            try Row.fetchOne(db, sql: "SELECT * FROM label WHERE id = ?", arguments: [id])
                .map(Self.label)
        }
    }

    static func writeLabels(_ commit: Commit, to db: Database) throws {
        for change in commit.labelChanges {
            switch change {
            case .add(let label):
                // The same label again is the same command processed again after a crash.
                try db.execute(
                    sql: """
                        INSERT OR IGNORE INTO label
                            (asset, from_ns, to_ns, kind, name, who, why, created_ms)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        label.asset.text, label.from.nanoseconds, label.to.nanoseconds,
                        label.kind, label.name, label.who, label.why, label.createdMs,
                    ])
                try db.execute(
                    sql: """
                        DELETE FROM label
                        WHERE id <= (SELECT COALESCE(MAX(id), 0) FROM label) - ?
                        """, arguments: [labelsMax])
            case .remove(let label):
                try db.execute(
                    sql: """
                        DELETE FROM label
                        WHERE asset = ? AND from_ns = ? AND to_ns = ? AND kind = ? AND name = ?
                        """,
                    arguments: [
                        label.asset.text, label.from.nanoseconds, label.to.nanoseconds,
                        label.kind, label.name,
                    ])
            }
        }
    }

    static func label(_ row: Row) -> LabelRow {
        LabelRow(
            id: row["id"], asset: AssetName(row["asset"]),
            from: EventTime(nanoseconds: row["from_ns"]),
            to: EventTime(nanoseconds: row["to_ns"]), kind: row["kind"], name: row["name"],
            who: row["who"], why: row["why"], createdMs: row["created_ms"])
    }
}
