import Detection
import Signals
import Testing

@Suite struct ConformalTests {
    private func uniform(_ count: Int, seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Double.random(in: 0..<1, using: &generator) }
    }

    @Test(
        "A fresh normal value is below p with probability at most p, whatever the sample size",
        arguments: [10, 50, 400])
    func pValuesAreValid(size: Int) {
        var below = [0.01: 0, 0.05: 0, 0.2: 0]
        let trials = 4000
        for seed in 0..<UInt64(trials) {
            let values = uniform(size + 1, seed: seed)
            let sample = ConformalSample(Array(values.dropLast()), resolution: 1e-9)
            let p = sample.pValue(of: values.last!).p
            for level in below.keys where p <= level { below[level]! += 1 }
        }
        for (level, count) in below {
            // Three standard errors of the trials above the level.
            let slack = 3 * (level * (1 - level) / Double(trials)).squareRoot()
            #expect(Double(count) / Double(trials) <= level + slack)
        }
    }

    @Test("p never rises with the value, inside the sample and beyond it", arguments: UInt64(0)..<8)
    func pFallsWithTheValue(seed: UInt64) {
        let sample = ConformalSample(uniform(200, seed: seed), resolution: 0.01)
        let ps = stride(from: -1.0, through: 30, by: 0.01).map { sample.pValue(of: $0).p }
        #expect(zip(ps, ps.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(ps.first == 1)
        #expect(ps.last! < 1e-20)
    }

    @Test(
        "p falls steadily between the sample's values and beyond them, and is never below what the rank says",
        arguments: UInt64(0)..<8)
    func orderIsKept(seed: UInt64) {
        let values = uniform(60, seed: seed)
        let sample = ConformalSample(values, resolution: 0.01)
        let xs = stride(from: values.min()!, through: values.max()! + 0.3, by: 0.0005)
        let ps = xs.map { sample.pValue(of: $0).p }
        #expect(zip(ps, ps.dropFirst()).allSatisfy { $0 > $1 })
        for (x, p) in zip(xs, ps) where x <= values.max()! {
            let above = values.count { $0 >= x }
            #expect(p >= Double(1 + above) / 61)
            #expect(p <= Double(2 + above) / 61)
        }
    }

    @Test("Only what lies beyond the sample is flagged extrapolated")
    func beyondIsFlagged() {
        let sample = ConformalSample((0..<100).map { Double($0) }, resolution: 0.1)
        #expect(!sample.pValue(of: 99).isExtrapolated)
        #expect(sample.pValue(of: 99).p == 2.0 / 101)
        #expect(sample.pValue(of: 99.1).isExtrapolated)
        #expect(sample.pValue(of: 99.1).p <= 1.0 / 101)
    }

    @Test("A constant statistic says nothing until it moves")
    func constantIsSilent() {
        let sample = ConformalSample([Double](repeating: 0, count: 75), resolution: 0.25)
        #expect(sample.pValue(of: 0).p == 1)
        #expect(sample.pValue(of: 3).p < 1e-3)
    }

    @Test("A certain fault survives any number of quiet parts")
    func quietPartsDoNotDilute() {
        let fault = [(p: 1e-6, weight: 1.0)]
        let quiet = [(p: Double, weight: Double)](repeating: (1, 1), count: 20)
        #expect(truncatedCauchy(fault + quiet) == truncatedCauchy(fault))
    }
}
