import Foundation
import GRDB
package import Signals

/// Remembered windows of one asset in one space, as the room that owns them encodes them.
package struct RecallRow: Equatable, Sendable {
    /// 0 until it is stored.
    package var id: Int64 = 0
    package var asset: AssetName
    package var space: String
    /// Start of the first and of the last window in it.
    package var from: EventTime
    package var last: EventTime
    package var windows: Int
    /// Windows of raised alarms or tagged stretches.
    package var forGood: Int
    /// The moment as of which it was thinned last.
    package var thinnedAt: EventTime
    package var blob: [UInt8]

    package init(
        asset: AssetName, space: String, from: EventTime, last: EventTime, windows: Int,
        forGood: Int = 0, thinnedAt: EventTime, blob: [UInt8]
    ) {
        self.asset = asset
        self.space = space
        self.from = from
        self.last = last
        self.windows = windows
        self.forGood = forGood
        self.thinnedAt = thinnedAt
        self.blob = blob
    }
}

/// A stored row without what is in it.
package struct RecallRowFacts: Equatable, Sendable {
    package var id: Int64
    package var asset: AssetName
    package var space: String
    package var from: EventTime
    package var last: EventTime
    package var windows: Int
    package var forGood: Int
    package var thinnedAt: EventTime
    package var bytes: Int
}

// Every commit appends what its windows were, all assets side by side at the table's end, so that few pages
// are written; beside the flow small rows of one asset are made into large ones. There is no index: the
// table has one row for some hundred windows.
extension StateStore {
    /// What is stored of each row, in the order of their coming.
    package func recallFacts() throws -> [RecallRowFacts] {
        try read("list the remembered windows", Self.recallFacts)
    }

    /// The rows of these ids that are still there, in order.
    package func recallRows(ids: [Int64]) throws -> [RecallRow] {
        try read("read remembered windows") { try Self.recallRows(in: $0, ids: ids) }
    }

    /// `rows` instead of the rows `ids`, all or nothing. Rows that are gone by now are no matter: an asset
    /// that was forgotten in between stays forgotten.
    package func replaceRecall(ids: [Int64], by rows: [RecallRow]) throws {
        try write("tidy the remembered windows") { db in
            var there = 0
            for id in ids {
                try db.execute(sql: "DELETE FROM recall WHERE id = ?", arguments: [id])
                there += db.changesCount
            }
            guard there == ids.count else {
                throw StoreError(
                    kind: .failed, attempt: "tidy the remembered windows",
                    found: "some of them are gone by now", remedy: "It is tried again later.")
            }
            try Self.writeRecall(rows, to: db)
        }
    }

    static func writeRecall(_ rows: [RecallRow], to db: Database) throws {
        guard !rows.isEmpty else { return }
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO recall
                    (asset, space, from_ms, last_ms, windows, for_good, thinned_ms, blob)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for row in rows {
            try insert.execute(arguments: [
                row.asset.text, row.space, row.from.milliseconds, row.last.milliseconds,
                row.windows, row.forGood, row.thinnedAt.milliseconds, Data(row.blob),
            ])
        }
    }

    static func recallFacts(_ db: Database) throws -> [RecallRowFacts] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT id, asset, space, from_ms, last_ms, windows, for_good, thinned_ms,
                    LENGTH(blob)
                FROM recall ORDER BY id
                """
        ).map { row in
            RecallRowFacts(
                id: row[0], asset: AssetName(row[1]), space: row[2],
                from: EventTime(milliseconds: row[3]), last: EventTime(milliseconds: row[4]),
                windows: row[5], forGood: row[6], thinnedAt: EventTime(milliseconds: row[7]),
                bytes: row[8])
        }
    }

    static func recallRows(in db: Database, ids: [Int64]) throws -> [RecallRow] {
        let select = try db.cachedStatement(sql: "SELECT * FROM recall WHERE id = ?")
        return try ids.compactMap { id in
            try Row.fetchOne(select, arguments: [id]).map { row in
                var found = RecallRow(
                    asset: AssetName(row["asset"]), space: row["space"],
                    from: EventTime(milliseconds: row["from_ms"]),
                    last: EventTime(milliseconds: row["last_ms"]), windows: row["windows"],
                    forGood: row["for_good"],
                    thinnedAt: EventTime(milliseconds: row["thinned_ms"]),
                    blob: bytes(row["blob"]))
                found.id = id
                return found
            }
        }
    }
}

extension HistoryReader {
    /// As `StateStore.recallFacts`; none in a state of an earlier version.
    package func recallFacts() throws -> [RecallRowFacts] {
        try read("list the remembered windows") { db in
            guard try db.tableExists("recall") else { return [] }
            return try StateStore.recallFacts(db)
        }
    }

    /// As `StateStore.recallRows`.
    package func recallRows(ids: [Int64]) throws -> [RecallRow] {
        try read("read remembered windows") { try StateStore.recallRows(in: $0, ids: ids) }
    }

    /// Every model that is kept of an asset, the newest first.
    package func models(of asset: AssetName) throws -> [StoredModel] {
        try read("read the models of \(asset)") { try StateStore.models(in: $0, of: asset) }
    }

    /// The bytes of one trained model's file.
    package func networkFile(id: String) throws -> [UInt8]? {
        try read("read the trained model \(id)") { db in
            try Data.fetchOne(db, sql: "SELECT file FROM network WHERE id = ?", arguments: [id])
                .map(StateStore.bytes)
        }
    }

    /// The JSON text of one stored verdict.
    package func verdict(of asset: AssetName, at start: EventTime) throws -> String? {
        try read("read a verdict of \(asset)") { db in
            try String.fetchOne(
                db, sql: "SELECT payload FROM verdict WHERE asset = ? AND window_start_ms = ?",
                arguments: [asset.text, start.milliseconds])
        }
    }
}

extension StateStore {
    static func models(in db: Database, of asset: AssetName) throws -> [StoredModel] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM model WHERE asset = ? ORDER BY created_ms DESC, hash",
            arguments: [asset.text]
        ).map { row in
            StoredModel(
                asset: asset, hash: row["hash"], createdMs: row["created_ms"],
                metadata: row["metadata"], blob: bytes(row["blob"]))
        }
    }
}
