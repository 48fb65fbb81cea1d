import Foundation
import GRDB
package import Signals

/// Reads what a daemon has remembered, beside it or after it, and changes nothing.
///
/// In: the path of its state. Out: alarms, labels, data-health alarms and what stored verdicts say,
/// of one stretch of time. Every throw is a `StoreError`.
package final class HistoryReader: Sendable {
    private let database: DatabaseQueue

    package init(path: String) throws {
        let attempt = "read the state in \(path)"
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreError(
                kind: .failed, attempt: attempt, found: "there is no such file",
                remedy: "Name the daemon's settings with --config, or the file with --state.")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "anchord report"
        configuration.qos = .default
        configuration.busyMode = .timeout(5)
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw StoreError(error, attempting: attempt)
        }
    }

    /// The history of every asset that the state knows, sorted by name.
    ///
    /// - Parameters:
    ///   - asset: Only this one; `nil`: all.
    ///   - from: The first window start that counts.
    ///   - to: From here on nothing counts.
    ///   - cell: Stored verdicts are averaged over cells of this length before anything is made of
    ///     them: calm ones are thinned, others are not, and each cell is to count alike.
    /// - Returns: One entry for each asset.
    /// - Throws: `StoreError` when the file cannot be read.
    package func history(
        asset: AssetName?, from: EventTime, to: EventTime, cell: Duration
    ) throws -> [AssetHistory] {
        do {
            return try database.read { db in
                let names =
                    try asset.map { [$0.text] }
                    ?? String.fetchAll(
                        db,
                        sql: """
                            SELECT asset FROM asset_state UNION SELECT asset FROM verdict
                            UNION SELECT asset FROM alarm_event ORDER BY 1
                            """)
                let stretch = Stretch(
                    from: from, to: to, cellMs: max(1, cell.nanoseconds / 1_000_000))
                return try names.map { name in
                    var history = AssetHistory(asset: AssetName(name))
                    history.alarmSteps = try Self.alarmSteps(of: name, stretch, db)
                    history.labels = try Self.labels(of: name, stretch, db)
                    history.healthSteps = try Self.healthSteps(of: name, stretch, db)
                    try Self.readVerdicts(of: name, stretch, into: &history, db)
                    return history
                }
            }
        } catch {
            throw StoreError(error, attempting: "read the history")
        }
    }

    private struct Stretch {
        let from: EventTime
        let to: EventTime
        let cellMs: Int64
    }

    /// Every step before the end: what was raised before the beginning may last into it.
    private static func alarmSteps(
        of asset: String, _ stretch: Stretch, _ db: Database
    ) throws -> [AssetHistory.AlarmStep] {
        // Older and newer versions of the table: what is not there is not asked for.
        let columns = Set(try db.columns(in: "alarm_event").map(\.name))
        func column(_ name: String) -> String { columns.contains(name) ? name : "NULL" }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT at_ns, from_state, to_state, score, why, \(column("change")),
                    \(column("blame"))
                FROM alarm_event WHERE asset = ? AND at_ns < ? ORDER BY at_ns, id
                """, arguments: [asset, stretch.to.nanoseconds])
        return rows.compactMap { row in
            let from: String = row[1]
            let to: String = row[2]
            let change =
                row[5] as String? ?? (to == "raised" ? "raised" : from == "raised" ? "cleared" : "")
            guard change == "raised" || change == "cleared" else { return nil }
            return .init(
                at: EventTime(nanoseconds: row[0]), isRaised: change == "raised", score: row[3],
                why: row[4], blame: row[6])
        }
    }

    private static func labels(
        of asset: String, _ stretch: Stretch, _ db: Database
    ) throws -> [AssetHistory.Label] {
        guard try db.tableExists("label") else { return [] }
        return try Row.fetchAll(
            db,
            sql: """
                SELECT from_ns, to_ns, kind, name FROM label
                WHERE asset = ? AND to_ns > ? AND from_ns < ? ORDER BY from_ns, id
                """, arguments: [asset, stretch.from.nanoseconds, stretch.to.nanoseconds]
        ).map { row in
            .init(
                from: EventTime(nanoseconds: row[0]), to: EventTime(nanoseconds: row[1]),
                kind: row[2], name: row[3] ?? "")
        }
    }

    private static func healthSteps(
        of asset: String, _ stretch: Stretch, _ db: Database
    ) throws -> [HealthEvent] {
        guard try db.tableExists("health_event") else { return [] }
        return try Row.fetchAll(
            db,
            sql: """
                SELECT stream, kind, at_ns, is_raised, reason FROM health_event
                WHERE asset = ? AND at_ns < ? ORDER BY at_ns, id
                """, arguments: [asset, stretch.to.nanoseconds]
        ).map { row in
            HealthEvent(
                asset: AssetName(asset), stream: StreamName(row[0]), kind: row[1],
                at: EventTime(nanoseconds: row[2]), isRaised: row[3], reason: row[4])
        }
    }

    private static func readVerdicts(
        of asset: String, _ stretch: Stretch, into history: inout AssetHistory, _ db: Database
    ) throws {
        let bounds: StatementArguments = [
            stretch.cellMs, asset, stretch.from.milliseconds, stretch.to.milliseconds,
        ]
        let rows = """
            WITH verdicts AS (
                SELECT window_start_ms / ? AS cell, json_extract(payload, '$.state') AS state,
                    payload
                FROM verdict WHERE asset = ? AND window_start_ms >= ? AND window_start_ms < ?
            ), sizes AS (SELECT cell, COUNT(*) AS n FROM verdicts GROUP BY cell)
            """
        let totals = try Row.fetchOne(
            db,
            sql: rows + " SELECT COUNT(*), COALESCE(SUM(n), 0), MIN(cell), MAX(cell) FROM sizes",
            arguments: bounds)
        history.cells = totals?[0] ?? 0
        history.verdicts = totals?[1] ?? 0
        if let first = totals?[2] as Int64?, let last = totals?[3] as Int64? {
            history.cellsSpanned = Int(last - first + 1)
        }
        let states = try Row.fetchAll(
            db,
            sql: rows + """
                 SELECT state, SUM(share) FROM (
                    SELECT state, COUNT(*) * 1.0 / n AS share
                    FROM verdicts JOIN sizes USING (cell) GROUP BY cell, state)
                GROUP BY state
                """, arguments: bounds)
        for row in states {
            if let state = row[0] as String? { history.cellsByState[state] = row[1] }
        }
        // Judged windows; those in which nothing spoke among them: every sense was away.
        let senses = try Row.fetchAll(
            db,
            sql: rows + """
                , judged AS (SELECT * FROM verdicts WHERE state IN ('scoring', 'no_data')),
                judgedSizes AS (SELECT cell, COUNT(*) AS n FROM judged GROUP BY cell)
                SELECT stream, SUM(share) / (SELECT COUNT(*) FROM judgedSizes) FROM (
                    SELECT sense.key AS stream,
                        SUM(json_extract(sense.value, '$.present')) * 1.0 / n AS share
                    FROM judged JOIN judgedSizes USING (cell),
                        json_each(payload, '$.streams') AS sense
                    GROUP BY cell, sense.key)
                GROUP BY stream
                """, arguments: bounds)
        for row in senses { history.presence[StreamName(row[0])] = row[1] }
    }
}
