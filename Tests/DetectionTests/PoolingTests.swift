import Foundation
import Signals
import Testing

@testable import Detection

/// A small calibration ranked with what machines of its kind lend it.
@Suite struct PoolingTests {
    private let keep = Duration.seconds(600_000)
    private let now = EventTime(milliseconds: 0)

    /// Combined statistics of normal windows: four uniform p-values; `shared`: of them, equal.
    private func statistics(
        _ count: Int, shared: Int = 1, _ dice: inout SeededGenerator
    ) -> [Double] {
        (0..<count).map { _ in
            let first = Double.random(in: 1e-9..<1, using: &dice)
            return truncatedCauchy(
                (0..<4).map { k in
                    (k < shared ? first : Double.random(in: 1e-9..<1, using: &dice), 1.0)
                })
        }
    }

    private func loan(_ values: [Double]) -> Loan {
        var sketch = ScoreSketch()
        for value in values { sketch.insert(value) }
        return Loan(from: AssetName("press-2"), kind: 1, sketch: sketch, factor: 1)
    }

    private func isRefused(_ own: [Double], _ loan: Loan) -> Bool {
        TwoSampleTest.pValue(own.map { Float($0) }.sorted(), loan.sketch, factors: (1, 1))
            < TwoSampleTest.refusedBelow
    }

    /// Realised rates at p <= `alpha` over `draws` calibrations of `own` windows, alone and pooled.
    private func rates(
        alpha: Double, own: Int, draws: UInt64, lenders: Int = 8, lenderShared: Int = 1
    ) -> (alone: [Double], pooled: [Double], refused: Double) {
        var alone: [Double] = []
        var pooled: [Double] = []
        var refused = 0
        for seed in 0..<draws {
            var dice = SeededGenerator(seed: seed)
            let mine = statistics(own, &dice)
            let loans = (0..<lenders).map { _ in
                loan(statistics(own, shared: lenderShared, &dice))
            }
            let good = loans.filter { !isRefused(mine, $0) }
            refused += loans.count - good.count
            let sample = ConformalSample(mine, resolution: 0.1)
            var growth = CalibrationGrowth()
            growth.borrow(good, at: now)
            let fresh = statistics(4000, &dice)
            func rate(_ growth: CalibrationGrowth) -> Double {
                Double(fresh.count { growth.pValue(of: $0, with: sample).p <= alpha }) / 4000
            }
            alone.append(rate(CalibrationGrowth()))
            pooled.append(rate(growth))
        }
        return (alone, pooled, Double(refused) / Double(draws) / Double(lenders))
    }

    private func error(_ rates: [Double], from alpha: Double) -> Double {
        (rates.reduce(0) { $0 + ($1 - alpha) * ($1 - alpha) } / Double(rates.count)).squareRoot()
    }

    @Test(
        "With few windows of its own the realised rate is nearer the asked one, pooled",
        arguments: [40, 75])
    func pooledRateIsNearer(own: Int) {
        let alpha = 0.01
        let (alone, pooled, refused) = rates(alpha: alpha, own: own, draws: 300)
        let mean = pooled.reduce(0, +) / 300
        #expect(error(pooled, from: alpha) < 0.6 * error(alone, from: alpha))
        #expect(mean <= 1.1 * alpha, "\(mean)")
        #expect(refused < 0.15, "machines alike lend to each other: \(refused)")
        print(
            "own \(own): alone \(alone.reduce(0, +) / 300) ± \(error(alone, from: alpha)), "
                + "pooled \(mean) ± \(error(pooled, from: alpha)), refused \(refused)")
    }

    @Test("A machine of another kind is refused, and changes nothing")
    func differentIsRefused() {
        // Its four p-values are one: they move together, and so reach further together.
        let (alone, pooled, refused) = rates(alpha: 0.01, own: 75, draws: 60, lenderShared: 4)
        #expect(refused > 0.99, "\(refused)")
        #expect(zip(alone, pooled).count { $0 != $1 } <= 3)
    }

    @Test("A machine that differs a little slips through, and does less harm than having no loan")
    func slightDifferenceIsBorne() {
        let (alone, pooled, refused) = rates(alpha: 0.01, own: 75, draws: 200, lenderShared: 2)
        print(
            "two of four in common: refused \(refused), alone \(error(alone, from: 0.01)), "
                + "pooled \(pooled.reduce(0, +) / 200) ± \(error(pooled, from: 0.01))")
        #expect(error(pooled, from: 0.01) < error(alone, from: 0.01))
    }

    @Test("What is borrowed certifies nothing, and goes when it is outnumbered or old")
    func borrowedIsNoEvidence() {
        var dice = SeededGenerator(seed: 1)
        var growth = CalibrationGrowth()
        growth.borrow([loan(statistics(300, &dice))], at: now)
        #expect(growth.count == 0 && growth.borrowedCount == 300)
        growth.repay(fold: 1199, at: now, keep: keep)
        #expect(growth.borrowedCount == 300)
        var old = growth
        old.repay(fold: 10, at: now + keep, keep: keep)
        #expect(old.borrowedCount == 0)
        growth.repay(fold: 1200, at: now, keep: keep)
        #expect(growth.borrowedCount == 0)
        let levels = BudgetLevels(AlarmSettings(), hop: .seconds(1), assets: 1, mask: nil)
        let note = levels.note(windows: 75, ranked: 75, grown: 0, pooled: 1_000_000, age: .zero)
        #expect(!note.isCertified && note.effective == 75 && note.pooled == 1_000_000)
    }

    @Test("What was learnt under one model is a loan to the next, and tags stay")
    func growthOutlivesAModel() throws {
        var dice = SeededGenerator(seed: 3)
        var growth = CalibrationGrowth()
        let values = statistics(2000, &dice)
        for (second, value) in values.enumerated() {
            growth.observe(
                value, at: EventTime(milliseconds: Int64(second) * 1000), course: .calm, keep: keep)
        }
        let fold = statistics(300, &dice)
        let former = growth.loan(from: AssetName("press-1"), kind: 1, factor: 1)
        #expect(former.count == growth.count && !isRefused(fold, former))
        // Under a model whose scores are of another kind it is refused.
        #expect(isRefused(statistics(300, shared: 4, &dice), former))

        var next = growth.next
        next.borrow([former], at: now)
        #expect(next.count == 0 && next.borrowedCount == growth.count)
        let sample = ConformalSample(fold, resolution: 0.1)
        #expect(next.pValue(of: 3, with: sample).p != sample.pValue(of: 3).p)

        var writer = ByteWriter()
        next.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        #expect(try CalibrationGrowth(from: &reader) == next)
        #expect(reader.isAtEnd)
    }

    @Test("After a refit the realised rate at 1e-3 is nearer with what was gained before it")
    func refitKeepsTheRate() {
        let alpha = 1e-3
        var alone: [Double] = []
        var kept: [Double] = []
        for seed in 0..<UInt64(60) {
            var dice = SeededGenerator(seed: seed)
            let former = loan(statistics(20_000, &dice))
            let fold = statistics(500, &dice)
            let sample = ConformalSample(fold, resolution: 0.1)
            var growth = CalibrationGrowth()
            if !isRefused(fold, former) { growth.borrow([former], at: now) }
            let fresh = statistics(10_000, &dice)
            kept.append(
                Double(fresh.count { growth.pValue(of: $0, with: sample).p <= alpha }) / 10_000)
            alone.append(Double(fresh.count { sample.pValue(of: $0).p <= alpha }) / 10_000)
        }
        print("refit: alone ± \(error(alone, from: alpha)), kept ± \(error(kept, from: alpha))")
        #expect(error(kept, from: alpha) < 0.75 * error(alone, from: alpha))
        #expect(kept.reduce(0, +) / 60 <= 1.1 * alpha)
    }

    @Test("Groups are patterns of names, the first that fits")
    func groups() {
        var settings = DetectionSettings()
        settings.groups = ["press-*", "*-mill", "press-7", "*"]
        let found = ["press-7", "old-mill", "press-mill", "press-", "pres"].map {
            settings.group(of: AssetName($0))
        }
        #expect(found == [0, 1, 0, 0, 3])
        settings.groups = ["press-7"]
        #expect(settings.group(of: AssetName("press-71")) == nil)
        #expect(settings.problems().isEmpty)
        settings.groups = ["a*b*"]
        #expect(settings.problems().count == 1)
    }
}
