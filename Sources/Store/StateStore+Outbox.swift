import Foundation
import GRDB
package import Signals

/// A publication that waits for the broker.
package struct OutboxMessage: Equatable, Sendable {
    /// Its place in the order of delivery. The caller's, or the next one when it is 0.
    package var id: Int64 = 0
    /// Whom it is about; its retained topic is cleared when the asset is forgotten.
    package var asset: AssetName?
    package var topic: String
    package var payload: [UInt8]
    package var qos: QoS
    package var isRetained: Bool
    /// How long after `createdMs` the message is still of use, in whole seconds; `nil`: always.
    package var expiry: Duration?
    /// The gateway's wall clock, milliseconds since 1970.
    package var createdMs: Int64

    package init(
        asset: AssetName?, topic: String, payload: [UInt8], qos: QoS, isRetained: Bool,
        expiry: Duration? = nil, createdMs: Int64
    ) {
        self.asset = asset
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.isRetained = isRetained
        self.expiry = expiry
        self.createdMs = createdMs
    }
}

extension StateStore {
    /// Waiting publications in the order they were added, from the one numbered `first` on.
    package func outbox(from first: Int64 = 0, limit: Int = .max) throws -> [OutboxMessage] {
        try read("read the outbox") { db in
            try Self.messages("*", in: db, from: first, limit: limit)
        }
    }

    /// The same without what they say: topics and payloads are empty. There may be a hundred thousand.
    package func outboxEnvelopes() throws -> [OutboxMessage] {
        try read("read the outbox") { db in
            let columns = """
                id, asset, '' AS topic, x'' AS payload, qos, is_retained, expiry_s, created_ms
                """
            return try Self.messages(columns, in: db, from: 0, limit: .max)
        }
    }

    private static func messages(
        _ columns: String, in db: Database, from first: Int64, limit: Int
    ) throws -> [OutboxMessage] {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT \(columns) FROM outbox WHERE id >= ? ORDER BY id LIMIT ?",
            arguments: [first, limit])
        var messages: [OutboxMessage] = []
        while let row = try rows.next() {
            var message = OutboxMessage(
                asset: (row["asset"] as String?).map(AssetName.init), topic: row["topic"],
                payload: bytes(row["payload"]),
                qos: QoS(rawValue: row["qos"]) ?? .atLeastOnce, isRetained: row["is_retained"],
                expiry: (row["expiry_s"] as Int64?).map { .seconds($0) },
                createdMs: row["created_ms"])
            message.id = row["id"]
            messages.append(message)
        }
        return messages
    }

    /// Removes, then adds, then lets the least missed give way; returns how many did.
    func updateOutbox(
        adding: [OutboxMessage], removing: [Int64], in db: Database, count: inout Int
    ) throws -> Int {
        if !removing.isEmpty {
            let delete = try db.cachedStatement(sql: "DELETE FROM outbox WHERE id = ?")
            for id in removing {
                try delete.execute(arguments: [id])
                count -= db.changesCount
            }
        }
        guard !adding.isEmpty else { return 0 }
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO outbox
                    (id, asset, topic, payload, qos, is_retained, expiry_s, created_ms)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        let remember = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO retained_topic VALUES (?, ?)")
        for message in adding {
            try insert.execute(arguments: [
                message.id == 0 ? nil : message.id, message.asset?.text, message.topic,
                Data(message.payload), message.qos.rawValue,
                message.isRetained, message.expiry?.components.seconds, message.createdMs,
            ])
            if message.isRetained, let asset = message.asset {
                try remember.execute(arguments: [asset.text, message.topic])
            }
        }
        count += adding.count
        return try boundOutbox(in: db, count: &count)
    }

    /// What may be missed goes first: live values (QoS 0), then other unretained ones, and retained
    /// ones only when nothing else waits. Oldest first within each.
    private func boundOutbox(in db: Database, count: inout Int) throws -> Int {
        var dropped = 0
        for condition in ["is_retained = 0 AND qos = 0", "is_retained = 0", "1"]
        where count > settings.outboxMax {
            try db.execute(
                sql: """
                    DELETE FROM outbox WHERE id IN
                        (SELECT id FROM outbox WHERE \(condition) ORDER BY id LIMIT ?)
                    """, arguments: [count - settings.outboxMax])
            dropped += db.changesCount
            count -= db.changesCount
        }
        return dropped
    }
}
