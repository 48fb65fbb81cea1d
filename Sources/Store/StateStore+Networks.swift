import Foundation
import GRDB

/// A trained model as it was handed in: the file's bytes, named by what they contain.
package struct StoredNetwork: Equatable, Sendable {
    /// SHA-256 of the content.
    package var id: String
    /// The gateway's wall clock, milliseconds since 1970, when it came.
    package var createdMs: Int64
    package var bytes: Int
    /// JSON text: what the file says of itself.
    package var metadata: String

    package init(id: String, createdMs: Int64, bytes: Int, metadata: String) {
        self.id = id
        self.createdMs = createdMs
        self.bytes = bytes
        self.metadata = metadata
    }
}

extension StateStore {
    /// Keeps a trained model. One with this id that is there already stays as it is.
    package func saveNetwork(_ network: StoredNetwork, file: [UInt8]) throws {
        try write("save the trained model \(network.id)") { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO network VALUES (?, ?, ?, ?)",
                arguments: [network.id, network.createdMs, network.metadata, Data(file)])
        }
    }

    /// The bytes of one trained model's file.
    package func networkFile(id: String) throws -> [UInt8]? {
        try read("read the trained model \(id)") { db in
            try Data.fetchOne(db, sql: "SELECT file FROM network WHERE id = ?", arguments: [id])
                .map(Self.bytes)
        }
    }

    /// All trained models, newest first.
    package func networks() throws -> [StoredNetwork] {
        try read("list the trained models") { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, created_ms, LENGTH(file) AS bytes, metadata FROM network
                    ORDER BY created_ms DESC, id
                    """
            ).map {
                StoredNetwork(
                    id: $0["id"], createdMs: $0["created_ms"], bytes: $0["bytes"],
                    metadata: $0["metadata"])
            }
        }
    }

    package func removeNetwork(id: String) throws {
        try write("remove the trained model \(id)") { db in
            try db.execute(sql: "DELETE FROM network WHERE id = ?", arguments: [id])
        }
    }
}
