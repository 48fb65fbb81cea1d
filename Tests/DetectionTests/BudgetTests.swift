import Detection
import Foundation
import Signals
import Testing

@Suite struct BudgetTests {
    private func series(
        _ count: Int, memory: Double, seed: UInt64, step: Int = 1
    ) -> [(start: EventTime, value: Double)] {
        var dice = SeededGenerator(seed: seed)
        var value = 0.0
        return (0..<count * step).compactMap { index in
            let noise = (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &dice)
            }
            value = memory * value + (1 - memory * memory).squareRoot() * noise
            guard index % step == 0 else { return nil }
            return (EventTime(milliseconds: Int64(index) * 1000), value)
        }
    }

    @Test(
        "Windows with memory count for less, by (1 + φ) / (1 − φ)",
        arguments: [(0.0, 1.0), (0.5, 3.0), (0.8, 9.0), (0.9, 19.0)])
    func effectiveNumber(memory: Double, factor: Double) {
        let found = (UInt64(0)..<10).map { seed in
            EffectiveCount(
                series(4000, memory: memory, seed: seed), hop: .seconds(1), length: .seconds(1)
            ).seriesFactor
        }
        let mean = found.reduce(0, +) / 10
        #expect(mean > 0.8 * factor && mean < 1.3 * factor)
    }

    @Test("Windows that are far apart count for more than neighbours")
    func gapsHelp() {
        let sparse = EffectiveCount(
            series(1000, memory: 0.8, seed: 1, step: 10), hop: .seconds(1), length: .seconds(1))
        #expect(sparse.foldFactor < 2)
        #expect(sparse.seriesFactor >= sparse.foldFactor)
    }

    @Test("Windows that overlap are never worth more than those laid end to end")
    func overlapCounts() {
        let count = EffectiveCount(
            series(500, memory: 0, seed: 1), hop: .seconds(1), length: .seconds(4))
        #expect(count.seriesFactor >= 4)
    }

    @Test("A budget per plant is shared by its assets")
    func perPlant() throws {
        let budget = try #require(FalseAlarmBudget("2 per week per plant"))
        #expect(budget.isPerPlant && budget.description == "2 per week per plant")
        #expect(FalseAlarmBudget(budget.description) == budget)
        let one = budget.share(hop: .seconds(1), assets: 1)
        #expect(abs(budget.share(hop: .seconds(1), assets: 50) - one / 50) < 1e-18)
        #expect(FalseAlarmBudget("1 per week per asset") == FalseAlarmBudget("1 per week"))
        #expect(FalseAlarmBudget("1 per week per line") == nil)
        #expect(FalseAlarmBudget("1 per week each plant") == nil)
    }

    @Test("Provisional until the effective number reaches a budget's period, then certified")
    func certified() {
        var alarms = AlarmSettings()
        alarms.falseAlarms = FalseAlarmBudget(count: 1, per: .hour)
        let levels = BudgetLevels(alarms, hop: .seconds(1), assets: 1, mask: nil)
        let before = levels.note(windows: 100, ranked: 100, grown: 3499, age: .zero)
        #expect(!before.isCertified && before.missing == 1 && before.effective == 3599)
        #expect(levels.note(windows: 100, ranked: 100, grown: 3500, age: .zero).isCertified)
    }

    @Test("Uniform p-values reach the level of sustained evidence less often than its share")
    func sustainedKeepsItsShare() {
        let share = 1e-3
        let level = SustainedEvidence.level(share: share)
        var dice = SeededGenerator(seed: 5)
        var evidence = SustainedEvidence()
        let reached = (0..<300_000).count { _ in
            let p = 1 - Double.random(in: 0..<1, using: &dice)
            evidence.observe(p: p, factor: 1, level: level)
            return evidence.value >= level
        }
        #expect(Double(reached) / 300_000 <= share)
    }

    @Test("Many slightly odd windows are noticed, a single very odd one is not theirs to tell")
    func slightlyOddAddsUp() {
        let level = SustainedEvidence.level(share: 1.0 / 1_209_600)
        var evidence = SustainedEvidence()
        evidence.observe(p: 1e-30, factor: 1, level: level)
        #expect(evidence.value < level / 4)
        evidence = SustainedEvidence()
        var windows = 0
        while evidence.value < level, windows < 1000 {
            evidence.observe(p: 0.1, factor: 1, level: level)
            windows += 1
        }
        #expect(windows <= 35)
        var back = 0
        while evidence.value >= level / 2, back < 1000 {
            evidence.observe(p: 0.7, factor: 1, level: level)
            back += 1
        }
        #expect(back < 30)
    }
}
