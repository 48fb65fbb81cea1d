import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct StepTests {
    @Test("Adam's first step is the rate, whatever the gradient's length; decay is apart from it")
    func adamsFirstStep() {
        let adam = Adam<Double>(count: 3)
        let p = Buffer<Double>([1, 2, 3])
        adam.advance()
        adam.apply(p.base, gradient: [0.5, -2, 0], range: 0..<3, rate: 0.01, decay: 0.1)
        // After one step the corrected moments are g and g²: every parameter moves by the rate.
        let expected = [1 * 0.999 - 0.01, 2 * 0.999 + 0.01, 3 * 0.999]
        for (a, b) in zip(p.values, expected) { #expect(abs(a - b) < 1e-8) }
    }

    @Test("Adam finds the bottom of a bowl", arguments: UInt64(0)..<4)
    func adamDescends(seed: UInt64) {
        let target: [Float] = gaussians(8, seed: seed)
        let p = Buffer<Float>(count: 8)
        let adam = Adam<Float>(count: 8)
        for _ in 0..<3000 {
            let gradient = zip(p.values, target).map { 2 * ($0 - $1) }
            adam.advance()
            // In two parts, as threads would.
            for range in [0..<3, 3..<8] {
                adam.apply(p.base, gradient: gradient, range: range, rate: 0.01)
            }
        }
        for (a, b) in zip(p.values, target) { #expect(abs(a - b) < 1e-3) }
    }

    @Test("A row's rank counts those as near as its own; near windows do not compete")
    func ranks() {
        let gallery: [Float] = [1, 0, 0, 1, 1, 0, -1, 0]
        #expect(ValidationRetrieval.ranks(of: gallery, in: gallery, dimension: 2) == [2, 1, 2, 1])
        #expect(
            ValidationRetrieval.ranks(of: gallery, in: gallery, dimension: 2, near: [(0, 2)])
                == [1, 1, 1, 1])
        let collapsed = [Float](repeating: 1, count: 8)
        #expect(
            ValidationRetrieval.ranks(of: collapsed, in: collapsed, dimension: 2) == [4, 4, 4, 4])
        let retrieval = ValidationRetrieval(ranks: [1, 2, 4, 1])
        #expect(retrieval.recallAt1 == 0.5 && retrieval.reciprocalRank == 0.6875)
    }

    @Test("Held-back windows are the share asked for, and trained ones the rest")
    func shares() throws {
        let rows = SyntheticRows(count: 1000, senses: 2, seed: 1)
        for share in [0.1, 0.2, 0.5] {
            var settings = TrainingSettings()
            settings.validationShare = share
            let trainer = try Trainer(rows, settings: settings)
            let (training, validation) = trainer.windowCounts
            #expect(training + validation == 1000)
            #expect(abs(Double(validation) / 1000 - share) < 0.05)
        }
    }

    @Test(
        "Both kinds of noise have mean 0 and variance 1", arguments: UInt64(0)..<4, [true, false])
    func noise(seed: UInt64, quick: Bool) {
        var dice = SeededGenerator(seed: seed, place: 1, 2)
        let count = 40_000.0
        var (sum, squares) = (0.0, 0.0)
        for _ in 0..<Int(count) {
            let x = quick ? Double(dice.quickGaussian()) : dice.gaussian()
            sum += x
            squares += x * x
        }
        // Five standard errors.
        #expect(abs(sum / count) < 0.025)
        #expect(abs(squares / count - 1) < 0.035)
    }
}
