import GRDB
package import Signals

/// What retention removed, and what is left.
package struct RetentionOutcome: Equatable, Sendable {
    /// Verdicts older than `verdicts_keep` that raised nothing.
    package var agedOut = 0
    /// Verdicts removed for want of room.
    package var calmRemoved = 0
    package var uncalmRemoved = 0
    package var raisedRemoved = 0
    /// Oldest alarm steps beyond the most that are kept.
    package var alarmEventsRemoved = 0
    /// Bytes in use now.
    package var bytes = 0
    /// Verdicts are gone and the rest is still too much: states, archive or models fill the file.
    package var isStillTooLarge = false
}

extension StateStore {
    /// Alarm steps kept: years of them in a calm plant, 20 MB in a bad one.
    static let alarmEventsMax = 100_000

    /// Rows removed in one transaction: a state commit waits for no more than that.
    private static let chunk = 2000

    /// Bytes of the pages that hold something. The file itself only shrinks past `size_max`.
    ///
    /// A page comes free when all its rows are gone; calm rows among others free less than their
    /// share (SQLite keeps pages a third full at least).
    package func bytesInUse() throws -> Int {
        try read("measure the state", Self.bytesInUse)
    }

    /// Removes what is too old, then, while the file is too large, verdicts: calm ones first, then
    /// others, raised ones last, oldest first within each. Alarm steps are kept through all of that.
    ///
    /// `now` is the gateway's wall clock. A clock ahead of every window removes nothing for its own
    /// sake: age counts back from the newest window at most.
    package func enforceRetention(
        now: EventTime, sizeMax: Int? = nil, keep: Duration? = nil
    ) throws -> RetentionOutcome {
        let sizeMax = sizeMax ?? settings.sizeMax
        let keep = keep ?? settings.verdictsKeep
        var outcome = RetentionOutcome()
        outcome.agedOut = try removeOld(now: now, keep: keep)
        outcome.alarmEventsRemoved = try write("bound the alarms") { db in
            try db.execute(
                sql: """
                    DELETE FROM alarm_event
                    WHERE id <= (SELECT COALESCE(MAX(id), 0) FROM alarm_event) - ?
                    """, arguments: [Self.alarmEventsMax])
            let removed = db.changesCount
            try db.execute(
                sql: """
                    DELETE FROM health_event
                    WHERE id <= (SELECT COALESCE(MAX(id), 0) FROM health_event) - ?
                    """, arguments: [Self.alarmEventsMax])
            return removed
        }
        outcome.bytes = try bytesInUse()
        // A tenth less than allowed, so that it is not the turn of single rows from then on.
        let aim = outcome.bytes > sizeMax ? sizeMax / 10 * 9 : sizeMax
        for (rank, removed) in [
            (Rank.calm, \RetentionOutcome.calmRemoved), (.neither, \.uncalmRemoved),
            (.raised, \.raisedRemoved),
        ] {
            while outcome.bytes > aim {
                let count = try removeOldest(of: rank)
                outcome[keyPath: removed] += count
                outcome.bytes = try bytesInUse()
                if count == 0 { break }
            }
        }
        outcome.isStillTooLarge = outcome.bytes > sizeMax
        try giveBack(sizeMax: sizeMax)
        return outcome
    }

    private func removeOld(now: EventTime, keep: Duration) throws -> Int {
        let newest = try read("find the newest verdict") { db in
            try Int64.fetchOne(db, sql: "SELECT MAX(window_start_ms) FROM verdict")
        }
        guard let newest else { return 0 }
        let before = min(now.milliseconds, newest) - keep.nanoseconds / 1_000_000
        var removed = 0
        for rank in [Rank.calm, .neither] {
            while true {
                let count = try removeOldest(of: rank, before: before)
                removed += count
                if count < Self.chunk { break }
            }
        }
        return removed
    }

    private func removeOldest(of rank: Rank, before: Int64 = .max) throws -> Int {
        try write("remove old verdicts") { db in
            try db.execute(
                sql: """
                    DELETE FROM verdict WHERE rowid IN
                        (SELECT rowid FROM verdict WHERE rank = ? AND window_start_ms < ?
                         ORDER BY window_start_ms LIMIT ?)
                    """, arguments: [rank.rawValue, before, Self.chunk])
            return db.changesCount
        }
    }

    /// Rows that go leave free pages, which new rows fill without wear. Only a file that is larger
    /// than it may be is worth the writes of shrinking.
    private func giveBack(sizeMax: Int) throws {
        try write("shrink the state") { db in
            let pageBytes = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
            let excess = try (Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0) - sizeMax / pageBytes
            guard excess > 0 else { return }
            _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum(\(excess))")
        }
    }

    private static func bytesInUse(_ db: Database) throws -> Int {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
        return try (pages - free) * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096)
    }
}
