import Foundation
import GRDB
import Signals
import Synchronization

/// What the daemon remembers, in one SQLite file.
///
/// In: state commits, each one transaction. Out, at the next start: the state of the last commit
/// that was complete, and at any time verdicts, models, alarms and waiting publications. Readers
/// work beside the writer (WAL). Every throw is a `StoreError`.
package final class StateStore: Sendable {
    let settings: StoreSettings
    let database: any DatabaseWriter
    /// What need not be asked of the file again. Changed only after a transaction held.
    let known: Mutex<Known>

    struct Known: Sendable {
        /// Fingerprints of the state blobs in the file.
        var states: [StateKey: MessageFingerprint] = [:]
        var gateway: MessageFingerprint?
        var outboxCount = 0
    }

    struct StateKey: Hashable, Sendable {
        let asset: AssetName
        let kind: String
    }

    /// Opens the file at `path`, making it and its folders (0750) when they are not there.
    ///
    /// - Throws: `StoreError`: the path is not writable, the file is not a database, damaged, or
    ///   written by a later version, or the disk is full.
    package convenience init(path: String, settings: StoreSettings = StoreSettings()) throws {
        try self.init(path: path, settings: settings, pagesMax: nil)
    }

    /// `pagesMax` is a limit as a full disk sets it, for tests.
    init(path: String, settings: StoreSettings, pagesMax: Int?) throws {
        let attempt = "open the state in \(path)"
        self.settings = settings
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty { try Folder.make(folder, attempting: attempt) }
        let configuration = Self.configuration(settings, pagesMax: pagesMax)
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            if settings.durability == .power {
                // Here, because GRDB sets NORMAL when it turns on WAL, after the configuration.
                try pool.writeWithoutTransaction {
                    try $0.execute(sql: "PRAGMA synchronous = FULL")
                }
            }
            database = pool
            known = Mutex(try Self.prepare(pool, attempt: attempt))
        } catch {
            throw StoreError(error, attempting: attempt)
        }
    }

    private static func configuration(_ settings: StoreSettings, pagesMax: Int?) -> Configuration {
        var configuration = Configuration()
        configuration.label = "anchord"
        // The unit's sandbox forbids changing priorities, and Dispatch would say so for every thread.
        configuration.qos = .default
        // The daemon writes from one thread; only a copy or a check from outside makes it wait.
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { db in
            if db.configuration.readonly { return }
            // Before the first table, or never: lets a lowered size_max give room back.
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            // After a burst the log file shrinks again.
            try db.execute(sql: "PRAGMA journal_size_limit = \(8 << 20)")
            if let pagesMax { try db.execute(sql: "PRAGMA max_page_count = \(pagesMax)") }
        }
        return configuration
    }

    private static func prepare(_ database: any DatabaseWriter, attempt: String) throws -> Known {
        let migrator = Self.migrator
        if try database.read(migrator.hasBeenSuperseded) {
            throw StoreError(
                kind: .newer, attempt: attempt,
                found: "a later version of anchord has changed it",
                remedy: "Install that version again, or move the file away to start anew.")
        }
        try migrator.migrate(database)
        return try database.read { db in
            var known = Known()
            // By cursor: a thousand assets' states need not be in memory at once.
            let states = try Row.fetchCursor(db, sql: "SELECT asset, kind, blob FROM asset_state")
            while let row = try states.next() {
                let key = StateKey(asset: AssetName(row[0]), kind: row[1])
                known.states[key] = MessageFingerprint(of: bytes(row[2]))
            }
            if let gateway = try Data.fetchOne(db, sql: "SELECT gateway FROM progress") {
                known.gateway = MessageFingerprint(of: [UInt8](gateway))
            }
            known.outboxCount = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM outbox") ?? 0
            return known
        }
    }

    /// Reads beside the writer.
    func read<Value>(_ attempt: String, _ body: (Database) throws -> Value) throws -> Value {
        do {
            return try database.read(body)
        } catch {
            throw StoreError(error, attempting: attempt)
        }
    }

    /// Writes in one transaction: all of `body`, or nothing.
    func write<Value>(_ attempt: String, _ body: (Database) throws -> Value) throws -> Value {
        do {
            return try database.write(body)
        } catch {
            throw StoreError(error, attempting: attempt)
        }
    }

    /// Writes in one transaction, with what is known of the file; that changes only if it holds.
    func writeKnowing<Value: Sendable>(
        _ attempt: String, _ body: (Database, inout Known) throws -> Value
    ) throws -> Value {
        // Locked throughout, or a commit and a command could each undo what the other learnt.
        try known.withLock { known in
            var changed = known
            let value = try write(attempt) { db in try body(db, &changed) }
            known = changed
            return value
        }
    }

    static func bytes(_ data: Data) -> [UInt8] { [UInt8](data) }
}
