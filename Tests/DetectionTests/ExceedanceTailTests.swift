import Detection
import Foundation
import Signals
import Testing

@Suite struct ExceedanceTailTests {
    /// Rising excesses with P(Y > y) = (1 + ξ y)^(−1/ξ).
    private func excesses(_ count: Int, shape: Double, seed: UInt64) -> [Double] {
        var dice = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let u = 1 - Double.random(in: 0..<1, using: &dice)
            return shape == 0 ? -log(u) : (pow(u, -shape) - 1) / shape
        }.sorted()
    }

    @Test("Of a heavy tail, what is seen once in 1,000 is told within a factor of three as a rule")
    func heavyTail() {
        let shape = 0.3
        var within = 0
        for seed in UInt64(0)..<100 {
            let tail = ExceedanceTail(
                excesses: excesses(250, shape: shape, seed: seed), resolution: 1e-9)
            let far = (pow(1e-3, -shape) - 1) / shape
            if tail.law == .pareto, (1e-3 / 3...3e-3).contains(tail.survival(far)) { within += 1 }
        }
        #expect(within > 60)
    }

    @Test(
        "A true generalised Pareto sample is refused about once in twenty times",
        arguments: [0, 0.1, 0.2, 0.3, 0.4])
    func rightLawIsKept(shape: Double) {
        let refused = (UInt64(0)..<1000).count { seed in
            ExceedanceTail(excesses: excesses(100, shape: shape, seed: seed), resolution: 1e-9).law
                == .exponential
        }
        #expect(refused < 110)
    }

    @Test("What is no such tail is refused: two heaps, or ties at the threshold")
    func wrongLawIsRefused() {
        let heaps =
            excesses(60, shape: 0, seed: 1).map { $0 * 0.01 }
            + (0..<60).map { 5 + Double($0) * 1e-3 }
        let tied = [Double](repeating: 0, count: 50) + excesses(50, shape: 0, seed: 2)
        #expect(ExceedanceTail(excesses: heaps, resolution: 1e-9).law == .exponential)
        #expect(ExceedanceTail(excesses: tied, resolution: 1e-9).law == .exponential)
    }

    @Test("Too few excesses make an exponential tail, with nothing tried")
    func fewExcesses() {
        let tail = ExceedanceTail(excesses: excesses(20, shape: 0.4, seed: 3), resolution: 1e-9)
        #expect(tail.law == .exponential && tail.misfit == nil)
    }

    @Test("No tail knows an end of what can happen: a bounded sample leaves room above it")
    func noEnd() {
        let bounded = (0..<200).map { Double($0) / 200 }
        let tail = ExceedanceTail(excesses: bounded, resolution: 1e-9)
        #expect(tail.survival(3) > 0 && tail.survival(3) < tail.survival(2))
    }
}
