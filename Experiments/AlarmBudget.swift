import Detection
import Foundation
import Signals

/// Do alarms keep within their budget, by threshold and by sustained evidence together?
struct AlarmBudget {
    func run(_ machine: Machine) -> Report {
        var report = Report()
        report.write("## Alarm budget: onsets while nothing is wrong")
        let alarms = AlarmSettings()
        let n = 10_000
        let tests = 10_000
        let runs = 200
        let rows: [(share: Double, memory: Float)] = [
            (1e-3, 0), (1e-3, 0.5), (1e-3, 0.8), (1e-3, 0.95), (1e-4, 0), (1e-4, 0.8),
        ]
        report.write(
            """
            Alarms: onsets after an on-delay of \(alarms.onDelayWindows) windows, by threshold or by
            sustained evidence, which is given \(alarms.sustainedShare) of the budget. n = \(n), \(tests) windows to each of \(runs)
            draws. A budget of 1e-4 is more than n can certify where windows resemble each other.
            """)
        let hop = Duration.seconds(1)
        let found = machine.runAll(rows.count * runs) { [alarms] job in
            let row = rows[job / runs]
            var alarms = alarms
            alarms.falseAlarms = FalseAlarmBudget(count: row.share * 3600, per: .hour)
            let kind = NormalWindows.Kind(name: "", senses: 2, memory: row.memory)
            let seed = UInt64(job % runs) + 1
            let mask = NormalWindows.calibration(kind, count: n, seed: seed)
            let levels = BudgetLevels(alarms, hop: hop, assets: 1, mask: mask)
            var windows = NormalWindows.fresh(kind, seed: seed)
            var bell = Bell(alarms)
            for _ in 0..<tests {
                let score = Score(windows.nextJudged(), against: mask)
                bell.observe(score, levels)
            }
            let note = levels.note(windows: 2 * n, ranked: n, grown: 0, age: .zero)
            return (
                threshold: Double(bell.byThreshold) / Double(tests),
                sustained: Double(bell.bySustained) / Double(tests),
                isCertified: note.isCertified, score: levels.threshold
            )
        }
        var certified: [Double] = []
        report.table(
            [
                "budget", "memory", "threshold", "onsets / budget", "by threshold", "by sustained",
                "certified draws",
            ],
            rows.indices.map { index in
                let own = found[index * runs..<(index + 1) * runs]
                let share = rows[index].share
                let threshold = Figures(own.map(\.threshold)).mean / share
                let sustained = Figures(own.map(\.sustained)).mean / share
                if own.allSatisfy(\.isCertified) { certified.append(threshold + sustained) }
                return [
                    "\(share)", "\(rows[index].memory)",
                    short(Figures(own.map(\.score)).mean, digits: 2), short(threshold + sustained),
                    short(threshold), short(sustained),
                    "\(own.count { $0.isCertified }) of \(runs)",
                ]
            })
        report.claim(
            "where the calibration certifies the budget, onsets stay within 1.1 of it.",
            holds: !certified.isEmpty && certified.allSatisfy { $0 <= 1.1 },
            "\(certified.map { short($0) }.joined(separator: " ")) of it.")
        report.endList()
        return report
    }
}

/// Counts onsets as the alarm does: raised after the on-delay, cleared after the off-delay.
private struct Bell {
    private let alarms: AlarmSettings
    private var sustained = SustainedEvidence()
    private var streak = 0
    private var isRaised = false
    private(set) var byThreshold = 0
    private(set) var bySustained = 0

    init(_ alarms: AlarmSettings) {
        self.alarms = alarms
    }

    mutating func observe(_ score: Score, _ levels: BudgetLevels) {
        sustained.observe(
            p: score.pValue, factor: levels.dependence.seriesFactor, level: levels.sustainedLevel)
        let evidence = Verdict.Sustained(value: sustained.value, level: levels.sustainedLevel)
        let effective = levels.effectiveScore(sustained: evidence)(score.value)
        let argues =
            isRaised
            ? effective < levels.threshold - alarms.deadband : effective >= levels.threshold
        streak = argues ? streak + 1 : 0
        guard streak >= (isRaised ? alarms.offDelayWindows : alarms.onDelayWindows) else { return }
        isRaised.toggle()
        streak = 0
        guard isRaised else { return }
        if evidence.isOdd { bySustained += 1 } else { byThreshold += 1 }
    }
}
