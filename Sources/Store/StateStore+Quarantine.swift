import Foundation
import GRDB
package import Signals

/// A message that was in flight when the process died.
package struct QuarantinedMessage: Equatable, Sendable {
    package var fingerprint: MessageFingerprint
    /// Crashes with this message in flight.
    package var attempts: Int
    /// It is no longer processed; `release` lets it through again.
    package var isHeld: Bool
    package var topic: String
    /// The start of the payload, at most `StateStore.quarantinePayloadMax` bytes.
    package var payload: [UInt8]
    package var payloadBytes: Int
    /// Wall clock, milliseconds since 1970.
    package var firstMs: Int64
    package var lastMs: Int64
    package var reason: String
}

extension StateStore {
    /// Bytes of a payload that are kept for people to look at.
    package static let quarantinePayloadMax = 64 << 10

    /// Messages kept in quarantine; the one longest there gives way.
    package static let quarantineMax = 1000

    /// Notes, before `message` is processed, that it is about to be; `clearAttempt` follows when it
    /// went well. Holds before it returns, so a crash in between is counted.
    ///
    /// - Returns: How often it was tried, this time included.
    package func noteAttempt(_ message: Message, nowMs: Int64) throws -> Int {
        let fingerprint = MessageFingerprint(of: message)
        return try write("note a message in flight") { db in
            try db.execute(
                sql: """
                    INSERT INTO quarantine VALUES (?, 1, 0, ?, ?, ?, ?, ?, '')
                    ON CONFLICT DO UPDATE SET attempts = attempts + 1, last_ms = excluded.last_ms
                    """,
                arguments: [
                    fingerprint.key, message.topic,
                    Data(message.payload.prefix(Self.quarantinePayloadMax)), message.payload.count,
                    nowMs, nowMs,
                ])
            return try Int.fetchOne(
                db, sql: "SELECT attempts FROM quarantine WHERE fingerprint = ?",
                arguments: [fingerprint.key]) ?? 1
        }
    }

    /// The message was processed and what came of it is committed.
    package func clearAttempt(_ fingerprint: MessageFingerprint) throws {
        try write("clear a message in flight") { db in
            try db.execute(
                sql: "DELETE FROM quarantine WHERE fingerprint = ? AND is_held = 0",
                arguments: [fingerprint.key])
        }
    }

    /// From now on the message is held back; it must have been noted.
    package func hold(_ fingerprint: MessageFingerprint, reason: String) throws {
        try write("quarantine message \(fingerprint)") { db in
            try db.execute(
                sql: "UPDATE quarantine SET is_held = 1, reason = ? WHERE fingerprint = ?",
                arguments: [reason, fingerprint.key])
            try db.execute(
                sql: """
                    DELETE FROM quarantine WHERE fingerprint IN
                        (SELECT fingerprint FROM quarantine WHERE is_held = 1
                         ORDER BY last_ms DESC, fingerprint LIMIT -1 OFFSET ?)
                    """, arguments: [Self.quarantineMax])
        }
    }

    /// All messages held or in flight, longest there first.
    package func quarantined() throws -> [QuarantinedMessage] {
        try read("list the quarantine") { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM quarantine ORDER BY first_ms, fingerprint"
            ).map { row in
                QuarantinedMessage(
                    fingerprint: MessageFingerprint(bits: UInt64(bitPattern: row["fingerprint"])),
                    attempts: row["attempts"], isHeld: row["is_held"], topic: row["topic"],
                    payload: Self.bytes(row["payload"]), payloadBytes: row["payload_bytes"],
                    firstMs: row["first_ms"], lastMs: row["last_ms"], reason: row["reason"])
            }
        }
    }

    /// Lets a held message through again, with so many crashes still on its account;
    /// `clearAttempt` follows when it went well. Returns whether it was held.
    @discardableResult
    package func release(_ fingerprint: MessageFingerprint, attempts: Int) throws -> Bool {
        try write("release message \(fingerprint)") { db in
            try db.execute(
                sql: """
                    UPDATE quarantine SET is_held = 0, attempts = ?, reason = ''
                    WHERE fingerprint = ? AND is_held = 1
                    """, arguments: [attempts, fingerprint.key])
            return db.changesCount > 0
        }
    }
}

extension MessageFingerprint {
    /// SQLite's integers are signed.
    fileprivate var key: Int64 { Int64(bitPattern: bits) }
}
