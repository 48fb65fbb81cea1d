import Detection
import Foundation
import Signals

/// Does the promise of a p-value hold: α or less in a share α of normal windows?
struct Budget {
    private let draws = 1000

    func run(_ machine: Machine) -> Report {
        var report = Report()
        report.write("## Budget: what a p-value promises")
        report.write(
            """
            Normal windows only. \(draws) calibrations are drawn for each row, and each judges fresh
            windows of its own, through the types of the product. Given one calibration of n windows the
            share of windows with p ≤ α is random, by the law of ranks Beta(k, n + 1 − k) with
            k = ⌊α (n + 1)⌋: its mean is at most α, single draws lie above and below.
            """)
        rates(machine, &report)
        deepRates(machine, &report)
        dependence(machine, &report)
        regime(machine, &report)
        note(&report)
        return report
    }

    /// Mean and variance of the realised rate, were it Beta and counted on `tests` windows.
    private func law(n: Double, alpha: Double, tests: Int) -> (mean: Double, deviation: Double) {
        let k = (alpha * (n + 1)).rounded(.down)
        let mean = k / (n + 1)
        let beta = mean * (1 - mean) / (n + 2)
        let counting = tests > 0 ? (mean * (1 - mean) - beta) / Double(tests) : 0
        return (mean, (beta + counting).squareRoot())
    }

    private func rates(_ machine: Machine, _ report: inout Report) {
        let n = 1000
        let tests = 1000
        let alpha = 0.01
        let kinds = [
            NormalWindows.Kind(name: "independent statistics", senses: 2, common: 0),
            NormalWindows.Kind(name: "half in common", senses: 3),
            NormalWindows.Kind(name: "heavy tails", senses: 3, isHeavy: true),
            NormalWindows.Kind(name: "one of three missing", senses: 3, isOneMissing: true),
            NormalWindows.Kind(
                name: "nine tenths in common, heavy tails", senses: 5, common: 0.9, isHeavy: true),
        ]
        report.write(
            "Through statistics, combination and rank: n = \(n), \(tests) windows to each draw.")
        let found = machine.runAll(kinds.count * draws) { job in
            let kind = kinds[job / draws]
            let seed = UInt64(job % draws) + 1
            let mask = NormalWindows.calibration(kind, count: n, seed: seed)
            var windows = NormalWindows.fresh(kind, seed: seed)
            let below = (0..<tests).count { _ in
                Score(windows.nextJudged(), against: mask).pValue <= alpha
            }
            return Double(below) / Double(tests)
        }
        let expected = law(n: Double(n), alpha: alpha, tests: tests)
        let rates = kinds.indices.map { Figures(Array(found[$0 * draws..<($0 + 1) * draws])) }
        report.table(
            ["windows", "senses", "α", "mean rate", "deviation", "by the Beta law"],
            zip(kinds, rates).map { kind, rates in
                [
                    kind.name, "\(kind.senses)", "\(alpha)", short(rates.mean, digits: 5),
                    short(rates.deviation, digits: 5), short(expected.deviation, digits: 5),
                ]
            })
        report.claim(
            "the mean rate is at most 1.1 α, in every row.",
            holds: rates.allSatisfy { $0.mean <= 1.1 * alpha },
            "\(rates.map { short($0.mean, digits: 5) }.joined(separator: " ")).")
        report.claim(
            "its spread over draws is that of the Beta law within a tenth.",
            holds: rates.allSatisfy {
                abs($0.deviation / expected.deviation - 1) <= 0.1
            },
            "\(rates.map { short($0.deviation / expected.deviation) }.joined(separator: " ")) of it."
        )
        report.endList()
    }

    /// What a rank promises does not depend on the law of what is ranked, so here it is drawn straight.
    private func deepRates(_ machine: Machine, _ report: inout Report) {
        struct Row {
            var alpha: Double
            var n: Int
            var tests: Int
            /// Part of the calibration that was gained in operation, in a sketch.
            var grown: Int
        }
        let rows = [
            Row(alpha: 1e-2, n: 1000, tests: 1000, grown: 0),
            Row(alpha: 1e-3, n: 10_000, tests: 10_000, grown: 0),
            Row(alpha: 1e-3, n: 10_000, tests: 10_000, grown: 9000),
            Row(alpha: 1e-4, n: 100_000, tests: 10_000, grown: 0),
            Row(alpha: 1e-4, n: 100_000, tests: 10_000, grown: 99_000),
        ]
        report.write(
            """
            The rank alone, deeper: statistics with an exponential tail. In the rows with growth, all
            but 1,000 calibration windows came in operation and are kept as a sketch.
            """)
        let found = machine.runAll(rows.count * draws) { job in
            let row = rows[job / draws]
            var dice = SeededGenerator(seed: UInt64(job))
            func draw() -> Double { -log(1 - Double.random(in: 0..<1, using: &dice)) }
            let sample = ConformalSample(
                (0..<row.n - row.grown).map { _ in draw() }, resolution: 0.1)
            var growth = CalibrationGrowth()
            for second in 0..<row.grown + CalibrationGrowth.margin where row.grown > 0 {
                growth.observe(
                    draw(), at: EventTime(milliseconds: Int64(second) * 1000), course: .calm,
                    keep: .seconds(90 * 86_400))
            }
            let below = (0..<row.tests).count { _ in
                growth.pValue(of: draw(), with: sample).p <= row.alpha
            }
            return Double(below) / Double(row.tests)
        }
        var means: [Double] = []
        var spreads: [Double] = []
        report.table(
            [
                "α", "n", "of it grown", "windows judged", "mean rate / α", "deviation / α",
                "by the law",
            ],
            rows.indices.map { index in
                let row = rows[index]
                let rates = Figures(Array(found[index * draws..<(index + 1) * draws]))
                let expected = law(n: Double(row.n), alpha: row.alpha, tests: row.tests)
                means.append(rates.mean / row.alpha)
                spreads.append(rates.deviation / expected.deviation)
                return [
                    "\(row.alpha)", "\(row.n)", "\(row.grown)", "\(row.tests * draws)",
                    short(rates.mean / row.alpha), short(rates.deviation / row.alpha),
                    short(expected.deviation / row.alpha),
                ]
            })
        report.claim(
            "wherever n ≥ 10 / α the mean rate is at most 1.1 α.",
            holds: means.allSatisfy { $0 <= 1.1 },
            "\(means.map { short($0) }.joined(separator: " ")) of α.")
        report.claim(
            "its spread is that of the Beta law within a tenth.",
            holds: spreads.allSatisfy { abs($0 - 1) <= 0.1 },
            "\(spreads.map { short($0) }.joined(separator: " ")) of it.")
        report.endList()
    }

    private func dependence(_ machine: Machine, _ report: inout Report) {
        let n = 2000
        let tests = 4000
        let alpha = 0.05
        let memories: [Float] = [0, 0.5, 0.8, 0.95]
        report.write(
            """
            Windows that resemble their neighbours: each statistic is autoregressive. n = \(n), \(tests)
            windows to each of 200 draws, α = \(alpha). The effective number is what the calibration
            windows are worth.
            """)
        let found = machine.runAll(memories.count * 200) { job in
            let kind = NormalWindows.Kind(name: "", senses: 3, memory: memories[job / 200])
            let seed = UInt64(job % 200) + 1
            let mask = NormalWindows.calibration(kind, count: n, seed: seed)
            var windows = NormalWindows.fresh(kind, seed: seed)
            let below = (0..<tests).count { _ in
                Score(windows.nextJudged(), against: mask).pValue <= alpha
            }
            return (
                rate: Double(below) / Double(tests),
                factor: mask.effectiveCount(hop: .seconds(1)).seriesFactor
            )
        }
        var means: [Double] = []
        var counts: [Double] = []
        var shares: [Double] = []
        report.table(
            [
                "memory", "mean rate", "deviation", "law for n", "effective n",
                "law for effective n",
            ],
            memories.indices.map { index in
                let own = found[index * 200..<(index + 1) * 200]
                let rates = Figures(own.map(\.rate))
                let factor = Figures(own.map(\.factor)).mean
                let plain = law(n: Double(n), alpha: alpha, tests: tests).deviation
                let effective = law(
                    n: Double(n) / factor, alpha: alpha, tests: Int(Double(tests) / factor)
                ).deviation
                means.append(rates.mean / alpha)
                counts.append(Double(n) / factor)
                shares.append(rates.deviation / effective)
                return [
                    "\(memories[index])", short(rates.mean, digits: 4),
                    short(rates.deviation, digits: 4), short(plain, digits: 4),
                    "\(Int(Double(n) / factor))", short(effective, digits: 4),
                ]
            })
        let borne = memories.indices.filter { counts[$0] >= 10 / alpha }
        report.claim(
            "wherever the effective number is at least 10 / α, the mean rate is at most 1.1 α.",
            holds: borne.count > 1 && borne.allSatisfy { means[$0] <= 1.1 },
            "\(borne.map { short(means[$0]) }.joined(separator: " ")) of α; in all rows "
                + "\(means.map { short($0) }.joined(separator: " ")).")
        report.claim(
            "the spread is no wider than the law for the effective number says.",
            holds: shares.allSatisfy { $0 <= 1.1 },
            "\(shares.map { short($0) }.joined(separator: " ")) of it.")
        report.endList()
    }

    private func regime(_ machine: Machine, _ report: inout Report) {
        let n = 1000
        let tests = 1000
        let alpha = 0.01
        let before = NormalWindows.Kind(name: "", senses: 3)
        var after = before
        after.shift = 1
        let found = machine.runAll(draws) { [after] job in
            let seed = UInt64(job) + 1
            func rate(_ kind: NormalWindows.Kind, _ mask: MaskCalibration) -> Double {
                var windows = NormalWindows.fresh(kind, seed: seed)
                return Double(
                    (0..<tests).count { _ in
                        Score(windows.nextJudged(), against: mask).pValue <= alpha
                    }) / Double(tests)
            }
            let former = NormalWindows.calibration(before, count: n, seed: seed)
            // `relearn` starts anew: nothing of the former life is left.
            let relearnt = NormalWindows.calibration(after, count: n, seed: seed + 1_000_000)
            return [rate(before, former), rate(after, former), rate(after, relearnt)]
        }
        let rates = (0..<3).map { place in Figures(found.map { $0[place] }).mean }
        report.write(
            """
            A change of regime: all statistics rise by one spread. Mean rate at α = \(alpha), n = \(n):
            before \(short(rates[0], digits: 4)), after the change \(short(rates[1], digits: 4)), after
            relearning \(short(rates[2], digits: 4)).
            """)
        report.claim(
            "after relearning the rate is at most 1.1 α again.", holds: rates[2] <= 1.1 * alpha,
            "\(short(rates[2] / alpha)) of α, \(short(rates[1] / alpha, digits: 1)) before.")
        report.endList()
    }

    /// With too few windows the product does not promise.
    private func note(_ report: inout Report) {
        let alarms = AlarmSettings()
        var rows: [[String]] = []
        var isHonest = true
        for (n, grown) in [(100, 0), (1000, 0), (1000, 100_000), (1000, 700_000)] {
            let kind = NormalWindows.Kind(name: "", senses: 3)
            let mask = NormalWindows.calibration(kind, count: n, seed: 1)
            let levels = BudgetLevels(alarms, hop: .seconds(1), assets: 1, mask: mask)
            let note = levels.note(windows: n + grown, ranked: n, grown: grown, age: .zero)
            if note.isCertified != (Double(note.effective) >= levels.needed.rounded(.down)) {
                isHonest = false
            }
            rows.append([
                "\(n)", "\(grown)", "\(note.effective)", "\(note.missing)",
                note.isCertified ? "certified" : "provisional",
            ])
        }
        report.write(
            "What the product says of a budget of \(alarms.falseAlarms) at a hop of a second:")
        report.table(["calibration", "grown", "effective", "missing", "word"], rows)
        report.claim(
            "it is certified only once the effective number reaches one budget's period.",
            holds: isHonest && rows[0][4] == "provisional" && rows[3][4] == "certified", "")
        report.endList()
    }
}
