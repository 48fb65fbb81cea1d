import Foundation
import GRDB
package import Signals

extension StateStore {
    /// The archived windows of one asset, ordered by index.
    package func archive(asset: AssetName) throws -> [ArchiveRow] {
        try read("read the archive of \(asset)") { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT window_index, blob FROM archive
                    WHERE asset = ? ORDER BY window_index
                    """,
                arguments: [asset.text])
            return rows.map {
                ArchiveRow(asset: asset, windowIndex: $0[0], blob: Self.bytes($0[1]))
            }
        }
    }

    /// Topics that hold a retained message of `asset`, in order: whoever forgets it clears them at
    /// the broker with empty retained messages.
    package func retainedTopics(of asset: AssetName) throws -> [String] {
        try read("list the retained topics of \(asset)") { db in
            try String.fetchAll(
                db, sql: "SELECT topic FROM retained_topic WHERE asset = ? ORDER BY topic",
                arguments: [asset.text])
        }
    }

    /// Removes all that is remembered of `asset`, publications waiting for it too.
    static func remove(_ asset: AssetName, from db: Database, known: inout Known) throws {
        for table in [
            "asset_state", "archive", "model", "verdict", "alarm_event", "outbox",
            "retained_topic", "label", "health_event", "recall", "alarm_seen",
        ] {
            try db.execute(
                sql: "DELETE FROM \(table) WHERE asset = ?", arguments: [asset.text])
        }
        known.states = known.states.filter { $0.key.asset != asset }
        known.outboxCount = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM outbox") ?? 0
    }
}
