import Foundation
import GRDB
package import Signals

/// A model as it is kept: never changed, named by what it contains.
package struct StoredModel: Equatable, Sendable {
    package var asset: AssetName
    /// Hash of the blob, as its maker computes it.
    package var hash: String
    /// The gateway's wall clock, milliseconds since 1970.
    package var createdMs: Int64
    /// JSON text.
    package var metadata: String
    package var blob: [UInt8]

    package init(
        asset: AssetName, hash: String, createdMs: Int64, metadata: String, blob: [UInt8]
    ) {
        self.asset = asset
        self.hash = hash
        self.createdMs = createdMs
        self.metadata = metadata
        self.blob = blob
    }
}

extension StateStore {
    /// Keeps `model`. One with this hash that is there already stays as it is.
    ///
    /// - Throws: `StoreError`, also when the one that is there has another content.
    package func saveModel(_ model: StoredModel) throws {
        let attempt = "save model \(model.hash) of \(model.asset)"
        try write(attempt) { db in
            let blob = Data(model.blob)
            if let there = try Data.fetchOne(
                db, sql: "SELECT blob FROM model WHERE hash = ?", arguments: [model.hash]),
                there != blob
            {
                throw StoreError(
                    kind: .failed, attempt: attempt, found: "another model has this hash",
                    remedy: "One of the two is damaged; learn the model again.")
            }
            try db.execute(
                sql: "INSERT OR IGNORE INTO model VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    model.hash, model.asset.text, model.createdMs, model.metadata, blob,
                ])
        }
    }

    /// The model of this hash, whichever asset has it.
    package func model(hash: String) throws -> StoredModel? {
        try read("read model \(hash)") { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM model WHERE hash = ? ORDER BY asset LIMIT 1",
                arguments: [hash]
            ).map { row in
                StoredModel(
                    asset: AssetName(row["asset"]), hash: row["hash"],
                    createdMs: row["created_ms"], metadata: row["metadata"],
                    blob: Self.bytes(row["blob"]))
            }
        }
    }

    /// Removes all but the newest `count` models of each asset, and never one in use.
    ///
    /// - Returns: How many were removed.
    package func pruneModels(keepingNewest count: Int, inUse: Set<String>) throws -> Int {
        try write("remove old models") { db in
            let surplus = try Row.fetchAll(
                db,
                sql: """
                    SELECT rowid, hash FROM
                        (SELECT rowid, hash, ROW_NUMBER() OVER
                            (PARTITION BY asset ORDER BY created_ms DESC, hash) AS place FROM model)
                    WHERE place > ?
                    """, arguments: [count])
            var removed = 0
            for row in surplus where !inUse.contains(row[1]) {
                try db.execute(
                    sql: "DELETE FROM model WHERE rowid = ?", arguments: [row[0] as Int64])
                removed += 1
            }
            return removed
        }
    }
}
