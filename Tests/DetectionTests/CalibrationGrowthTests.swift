import Detection
import Foundation
import Signals
import Testing

@Suite struct CalibrationGrowthTests {
    private let keep = Duration.seconds(600_000)

    private func end(_ second: Int) -> EventTime {
        EventTime(milliseconds: Int64(second) * 1000)
    }

    private func exponential(_ count: Int, seed: UInt64) -> [Double] {
        var dice = SeededGenerator(seed: seed)
        return (0..<count).map { _ in -log(1 - Double.random(in: 0..<1, using: &dice)) }
    }

    /// Everything calm; the margin at the end waits and is made up for.
    private func grown(_ values: [Double]) -> CalibrationGrowth {
        var growth = CalibrationGrowth()
        let all = values + [Double](repeating: 0, count: CalibrationGrowth.margin)
        for (second, value) in all.enumerated() {
            growth.observe(value, at: end(second), course: .calm, keep: keep)
        }
        return growth
    }

    @Test(
        "A sketch never counts fewer values above than there are, and all exactly among the largest",
        arguments: UInt64(0)..<8)
    func sketchErrsUpwards(seed: UInt64) {
        let values = exponential(3000, seed: seed)
        var sketch = ScoreSketch()
        for value in values { sketch.insert(value) }
        for x in stride(from: 0.0, to: 12, by: 0.03) {
            let true_ = values.count { Float($0) >= Float(x) }
            let told = sketch.countAtLeast(x)
            #expect(told >= true_)
            if true_ < 30 { #expect(told == true_) }
            #expect(Double(told) <= Double(true_) * 1.3 + 5)
        }
    }

    @Test(
        "The rank in a sketch falls without steps, and is never below the count",
        arguments: UInt64(0)..<4)
    func sketchRanks(seed: UInt64) {
        let values = exponential(3000, seed: seed)
        var sketch = ScoreSketch()
        for value in values { sketch.insert(value) }
        let xs = stride(from: 0.0, to: 9, by: 0.01)
        let ranks = xs.map { sketch.rankAbove($0) }
        #expect(zip(ranks, ranks.dropFirst()).allSatisfy { $0 >= $1 })
        for (x, rank) in zip(xs, ranks) {
            let true_ = Double(values.count { Float($0) >= Float(x) })
            #expect(rank >= true_)
            #expect(rank <= true_ * 1.4 + 8)
        }
    }

    @Test("Two sketches merged count as one, exactly where both do", arguments: UInt64(0)..<8)
    func sketchesMerge(seed: UInt64) {
        let values = exponential(2000, seed: seed)
        var a = ScoreSketch()
        var b = ScoreSketch()
        for value in values[..<1500] { a.insert(value) }
        for value in values[1500...] { b.insert(value) }
        a.merge(b)
        #expect(a.count == 2000)
        for x in stride(from: 0.0, to: 12, by: 0.05) {
            #expect(a.countAtLeast(x) >= values.count { Float($0) >= Float(x) })
        }
        let largest = values.sorted().suffix(10).first!
        #expect(a.countAtLeast(largest) == 10)
    }

    @Test("p never rises with the value, with what was gained too", arguments: UInt64(0)..<4)
    func pFallsWithTheValue(seed: UInt64) {
        let sample = ConformalSample(exponential(300, seed: seed), resolution: 0.1)
        let growth = grown(exponential(2000, seed: seed + 100))
        let ps = stride(from: 0.0, to: 40, by: 0.02).map { growth.pValue(of: $0, with: sample).p }
        #expect(zip(ps, ps.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(ps.first == 1 && ps.last! < 1e-5)
    }

    @Test("A fresh normal value is below p with probability at most p, growing or not")
    func pValuesAreValid() {
        var below = 0
        let trials = 2000
        for seed in 0..<UInt64(trials) {
            let values = exponential(401, seed: seed)
            let sample = ConformalSample(Array(values[..<100]), resolution: 0.1)
            let growth = grown(Array(values[100..<400]))
            if growth.pValue(of: values[400], with: sample).p <= 0.02 { below += 1 }
        }
        #expect(
            Double(below) / Double(trials) < 0.02 + 3 * (0.02 * 0.98 / Double(trials)).squareRoot())
    }

    @Test("A high score alone is learnt like any other: only stretches of alarm are left out")
    func singleScoresStay() {
        var values = [Double](repeating: 1, count: 100)
        values[50] = 9
        #expect(grown(values).countAtLeast(9) == 1)
    }

    /// Calm, pending, raised and calm again; the values say which second they are of.
    private func withAlarm() -> CalibrationGrowth {
        var growth = CalibrationGrowth()
        for second in 0..<200 {
            let course: CalibrationGrowth.Course =
                switch second {
                case 98, 99: .pending
                case 100..<120: .alarmed
                default: .calm
                }
            growth.observe(Double(second) / 20, at: end(second), course: course, keep: keep)
        }
        return growth
    }

    @Test("A stretch of alarm is left out whole, with a margin before its onset and after its end")
    func stretchesAreLeftOut() {
        let growth = withAlarm()
        let margin = CalibrationGrowth.margin
        // 0..<88 before the margin; 130..<190 after it, the last ones still waiting.
        #expect(growth.count == (98 - margin) + (200 - 120 - 2 * margin))
        #expect(growth.countAtLeast(130.0 / 20) == 60)
    }

    @Test("Tagged false, the stretch comes back; tagged again, it does not come twice")
    func restored() {
        var growth = withAlarm()
        let before = growth.count
        growth.restore(stretch: end(105), to: end(110), keep: keep)
        #expect(growth.count == before + 20 + 2 + 2 * CalibrationGrowth.margin)
        let after = growth
        growth.restore(stretch: end(105), to: end(110), keep: keep)
        #expect(growth == after)
        growth.restore(stretch: end(0), to: end(10), keep: keep)
        #expect(growth == after)
    }

    @Test("A stretch tagged as planned work is left out, and comes back when the tag was wrong")
    func taggedStretch() {
        var growth = CalibrationGrowth()
        growth.leaveOut(stretch: end(50), to: end(70))
        for second in 0..<200 {
            growth.observe(1, at: end(second), course: .calm, keep: keep)
        }
        #expect(growth.count == 200 - CalibrationGrowth.margin - 20)
        growth.restore(stretch: end(50), to: end(70), keep: keep)
        #expect(growth.count == 200 - CalibrationGrowth.margin)
    }

    @Test("A pending alarm that comes to nothing leaves nothing out")
    func pendingIsLearnt() {
        var growth = CalibrationGrowth()
        for second in 0..<100 {
            growth.observe(
                1, at: end(second), course: second % 7 == 0 ? .pending : .calm, keep: keep)
        }
        #expect(growth.count == 100 - CalibrationGrowth.margin)
    }

    @Test(
        "What raised no alarm counts only after its probation, and is at once what recent windows were like"
    )
    func probation() {
        var growth = CalibrationGrowth()
        let sample = ConformalSample(exponential(100, seed: 1), resolution: 0.1)
        for second in 0..<4000 {
            growth.observe(
                9, at: end(second), course: .calm, keep: keep, probation: .seconds(2000))
            if second == 1500 {
                #expect(growth.count == 0)
                #expect(growth.pValue(of: 9, with: sample).p == sample.pValue(of: 9).p)
                #expect(growth.recentP(of: 9, with: sample) > 0.9)
            }
        }
        // All that is older than the probation, but for the slice that is about to be.
        #expect((1500...2000).contains(growth.count))
        #expect(growth.pValue(of: 9, with: sample).p > 0.9)
    }

    @Test("A tag takes a stretch out of probation, and gives it back when it was wrong")
    func probationTagged() {
        func grow(_ growth: inout CalibrationGrowth, _ seconds: Range<Int>) {
            for second in seconds {
                growth.observe(
                    1, at: end(second), course: .calm, keep: keep, probation: .seconds(400))
            }
        }
        var growth = CalibrationGrowth()
        var plain = growth
        grow(&plain, 0..<2000)
        grow(&growth, 0..<600)
        growth.leaveOut(stretch: end(450), to: end(550))
        grow(&growth, 600..<2000)
        // The tagged hundred, in slices of a hundred.
        #expect((100...200).contains(plain.count - growth.count))
        growth.restore(stretch: end(450), to: end(550), keep: keep)
        #expect(growth.count == plain.count)
    }

    @Test("What is older than is kept ages out, in steps of a sixth")
    func ageing() {
        var growth = CalibrationGrowth()
        for second in 0..<10_000 {
            growth.observe(1, at: end(second), course: .calm, keep: .seconds(600))
        }
        #expect((480...600).contains(growth.count))
    }

    @Test(
        "A million windows and all that is put aside take a few kilobytes, and come back the same")
    func boundedAndStored() throws {
        var growth = CalibrationGrowth()
        var second = 0
        for value in exponential(120_000, seed: 1) {
            let course: CalibrationGrowth.Course = second % 10_000 > 9_000 ? .alarmed : .calm
            growth.observe(
                value, at: end(second), course: course, keep: .seconds(60_000),
                probation: .seconds(10_000))
            second += 1
        }
        var state = AssetDetector.State()
        state.growth = growth
        var writer = ByteWriter()
        state.write(to: &writer)
        #expect(writer.bytes.count < 6000)
        var reader = ByteReader(writer.bytes)
        #expect(try AssetDetector.State(from: &reader) == state)
        #expect(reader.isAtEnd)
    }
}
