import Foundation
import GRDB
package import Signals

/// Reads what a daemon has remembered, beside it or after it, and changes nothing.
///
/// In: the path of its state. Out: alarms, labels, data-health alarms and what stored verdicts say,
/// of one stretch of time. Every throw is a `StoreError`.
package final class HistoryReader: Sendable {
    let database: DatabaseQueue

    package init(path: String) throws {
        let attempt = "read the state in \(path)"
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreError(
                kind: .failed, attempt: attempt, found: "there is no such file",
                remedy: "Name the daemon's settings with --config, or the file with --state.")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "anchord history"
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
                SELECT at_ns, from_state, to_state, score, COALESCE(\(column("reason")), why), \(column("change")),
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

    /// One pass in order of time, so that a month of a large plant needs no memory.
    private static func readVerdicts(
        of asset: String, _ stretch: Stretch, into history: inout AssetHistory, _ db: Database
    ) throws {
        // Names of senses have no control characters.
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT window_start_ms / ?, json_extract(payload, '$.state'),
                    (SELECT group_concat(key, char(31)) FROM json_each(payload, '$.streams')
                     WHERE json_extract(value, '$.present'))
                FROM verdict WHERE asset = ? AND window_start_ms >= ? AND window_start_ms < ?
                ORDER BY window_start_ms
                """,
            arguments: [
                stretch.cellMs, asset, stretch.from.milliseconds, stretch.to.milliseconds,
            ])
        var first: Int64?
        var cell = Cell(number: .min)
        var judgedCells = 0
        while let row = try rows.next() {
            let number: Int64 = row[0]
            if number != cell.number {
                cell.add(to: &history, &judgedCells)
                cell = Cell(number: number)
            }
            first = first ?? number
            history.cellsSpanned = Int(number - (first ?? number) + 1)
            history.verdicts += 1
            cell.take(state: row[1] ?? "", present: row[2])
        }
        cell.add(to: &history, &judgedCells)
        guard judgedCells > 0 else { return }
        history.presence = history.presence.mapValues { $0 / Double(judgedCells) }
    }

    /// The verdicts of one cell: however many were kept, they count as one.
    private struct Cell {
        let number: Int64
        private var states: [String: Double] = [:]
        private var judged = 0.0
        private var present: [Substring: Double] = [:]
        private var count = 0.0

        init(number: Int64) {
            self.number = number
        }

        mutating func take(state: String, present names: String?) {
            count += 1
            states[state, default: 0] += 1
            // Windows in which nothing spoke among them: every sense was away.
            guard state == "scoring" || state == "no_data" else { return }
            judged += 1
            for name in (names ?? "").split(separator: "\u{1F}") { present[name, default: 0] += 1 }
        }

        func add(to history: inout AssetHistory, _ judgedCells: inout Int) {
            guard count > 0 else { return }
            history.cells += 1
            for (state, windows) in states {
                history.cellsByState[state, default: 0] += windows / count
            }
            guard judged > 0 else { return }
            judgedCells += 1
            for (name, windows) in present {
                history.presence[StreamName(String(name)), default: 0] += windows / judged
            }
        }
    }
}
