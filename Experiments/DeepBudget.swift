import Detection
import Foundation
import Signals

/// The promise of small p-values through the whole chain, statistics, combination, rank and growth, as an
/// asset has it after a while: 1,000 held-back windows in each fold, and what came in operation.
struct DeepBudget {
    private let n = 1000

    private struct Row: Sendable {
        var alpha: Double
        var grown: Int
        var tests: Int
        var draws: Int
        var kind: NormalWindows.Kind
    }

    private let rows: [Row] = {
        let kinds = [
            NormalWindows.Kind(name: "independent statistics", senses: 2, common: 0),
            NormalWindows.Kind(name: "half in common", senses: 5),
            NormalWindows.Kind(name: "heavy tails", senses: 3, isHeavy: true),
            NormalWindows.Kind(
                name: "heavy tails, one of three missing", senses: 3, isHeavy: true,
                isOneMissing: true),
        ]
        return kinds.map { Row(alpha: 1e-3, grown: 9000, tests: 10_000, draws: 100, kind: $0) }
            + kinds.map { Row(alpha: 1e-4, grown: 99_000, tests: 100_000, draws: 30, kind: $0) }
    }()

    func run(_ machine: Machine) -> Report {
        var report = Report()
        report.write("## Deep budget: small p-values through the whole chain")
        report.write(
            """
            Normal windows only. Each draw has \(n) windows to rank each statistic, \(n) to rank what
            they combine to, and calm windows since, kept as a sketch; n counts the latter two. With a
            sense missing, the calibration is of the senses that are there; the product lets only
            windows with all senses grow, so that row is an asset that never had the third.
            """)
        let jobs = rows.indices.flatMap { index in
            (0..<rows[index].draws).map { (row: index, draw: $0) }
        }
        let found = machine.runAll(jobs.count) { [rows, n] job in
            let row = rows[jobs[job].row]
            let seed = UInt64(jobs[job].draw) + 1
            let mask = NormalWindows.calibration(row.kind, count: n, seed: seed)
            var growth = CalibrationGrowth()
            var calm = NormalWindows(row.kind, seed: seed &* 4 + 3)
            for second in 0..<row.grown + CalibrationGrowth.margin {
                growth.observe(
                    mask.statistic(of: calm.nextJudged()),
                    at: EventTime(milliseconds: Int64(second) * 1000), course: .calm,
                    keep: .seconds(90 * 86_400))
            }
            var windows = NormalWindows.fresh(row.kind, seed: seed)
            let below = (0..<row.tests).count { _ in
                growth.pValue(of: mask.statistic(of: windows.nextJudged()), with: mask.combined).p
                    <= row.alpha
            }
            return Double(below) / Double(row.tests)
        }
        var means: [Double] = []
        var isWithin = true
        report.table(
            ["windows", "senses", "α", "n", "judged", "mean rate / α", "± of the mean"],
            rows.indices.map { index in
                let row = rows[index]
                let own = jobs.indices.filter { jobs[$0].row == index }.map { found[$0] }
                let rates = Figures(own)
                let error = rates.deviation / Double(row.draws).squareRoot() / row.alpha
                let mean = rates.mean / row.alpha
                means.append(mean)
                // What chance over so few draws explains is no breach.
                if mean > 1.1 + 2 * error { isWithin = false }
                return [
                    row.kind.name, "\(row.kind.senses)", "\(row.alpha)", "\(n + row.grown)",
                    "\(row.tests * row.draws)", short(mean), short(error),
                ]
            })
        report.claim(
            "at n = 10 / α the mean rate is at most 1.1 α, but for twice its own uncertainty.",
            holds: isWithin, "\(means.map { short($0) }.joined(separator: " ")) of α.")
        report.endList()
        return report
    }
}
