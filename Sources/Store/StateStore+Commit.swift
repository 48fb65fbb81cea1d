import Foundation
import GRDB
import Signals

extension StateStore {
    /// Makes `commit` hold, all of it or, when it throws, none of it.
    @discardableResult
    package func commit(_ commit: Commit) throws -> CommitOutcome {
        try writeKnowing("commit the state") { db, known in
            var outcome = CommitOutcome()
            try Self.writeStates(commit, to: db, known: &known, outcome: &outcome)
            try Self.writeArchive(commit, to: db)
            for verdict in commit.verdicts {
                try writeVerdict(verdict, to: db, outcome: &outcome)
            }
            try Self.writeAlarms(commit.alarmEvents, to: db)
            try Self.writeLabels(commit, to: db)
            try Self.writeHealth(commit.healthEvents, to: db)
            try Self.writeRecall(commit.recallRows, to: db)
            try Self.writeSeen(commit.seenBefore, to: db)
            for asset in commit.forgotten { try Self.remove(asset, from: db, known: &known) }
            outcome.outboxDropped = try updateOutbox(
                adding: commit.outboxAdd, removing: commit.outboxRemove, in: db,
                count: &known.outboxCount)
            return outcome
        }
    }

    /// The state of the last complete commit.
    package func load() throws -> Snapshot {
        try read("load the state") { db in
            var snapshot = Snapshot()
            if let row = try Row.fetchOne(db, sql: "SELECT * FROM progress") {
                snapshot.sequence = UInt64(bitPattern: row["sequence"])
                snapshot.keepFrom = UInt64(bitPattern: row["keep_from"])
                snapshot.journalID = row["journal_id"]
                snapshot.endedCleanly = row["ended_cleanly"]
                snapshot.gatewayState = (row["gateway"] as Data?).map(Self.bytes)
            }
            let states = try Row.fetchAll(
                db, sql: "SELECT asset, kind, blob FROM asset_state ORDER BY asset, kind")
            snapshot.assetStates = states.map {
                AssetState(asset: AssetName($0[0]), kind: $0[1], blob: Self.bytes($0[2]))
            }
            return snapshot
        }
    }

    /// From now on an end without a final commit is an unclean one. Call it after `load`.
    package func markRunning() throws {
        try write("mark the state as in use") { db in
            try db.execute(sql: "UPDATE progress SET ended_cleanly = 0")
        }
    }

    private static func writeStates(
        _ commit: Commit, to db: Database, known: inout Known, outcome: inout CommitOutcome
    ) throws {
        try db.execute(
            sql: """
                UPDATE progress
                SET sequence = ?, keep_from = ?, journal_id = ?, ended_cleanly = ?
                """,
            arguments: [
                Int64(bitPattern: commit.sequence), Int64(bitPattern: commit.keepFrom),
                commit.journalID, commit.isFinal,
            ])
        if let gateway = commit.gatewayState {
            let fingerprint = MessageFingerprint(of: gateway)
            if fingerprint == known.gateway {
                outcome.stateBytesSkipped += gateway.count
            } else {
                try db.execute(
                    sql: "UPDATE progress SET gateway = ?", arguments: [Data(gateway)])
                known.gateway = fingerprint
            }
        }
        guard !commit.assetStates.isEmpty else { return }
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO asset_state VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET blob = excluded.blob
                """)
        for state in commit.assetStates {
            let key = StateKey(asset: state.asset, kind: state.kind)
            let fingerprint = MessageFingerprint(of: state.blob)
            if known.states[key] == fingerprint {
                outcome.stateBytesSkipped += state.blob.count
                continue
            }
            try insert.execute(arguments: [state.asset.text, state.kind, Data(state.blob)])
            known.states[key] = fingerprint
        }
    }

    private static func writeArchive(_ commit: Commit, to db: Database) throws {
        for removal in commit.archiveRemovals {
            guard let keeping = removal.keeping else {
                try db.execute(
                    sql: "DELETE FROM archive WHERE asset = ?", arguments: [removal.asset.text])
                continue
            }
            try db.execute(
                sql: "DELETE FROM archive WHERE asset = ? AND (window_index / ?) % ? != 0",
                arguments: [removal.asset.text, keeping.length, keeping.every])
        }
        guard !commit.archiveAppends.isEmpty else { return }
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO archive VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET blob = excluded.blob
                """)
        for row in commit.archiveAppends {
            try insert.execute(arguments: [row.asset.text, row.windowIndex, Data(row.blob)])
        }
    }
}
