import Detection
import Foundation
import Signals
import Testing

@Suite struct AlarmThresholdTests {
    private let share = 1.0 / 604_800

    /// Scores of normal windows are exponential: P(s > x) = 10^(-x).
    private func scores(_ count: Int, seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in -log10(Double.random(in: 0.0001..<1, using: &generator)) }
    }

    private func runs(_ scores: [Double]) -> [Double] {
        zip(scores, scores.dropFirst()).map { min($0, $1) }
    }

    @Test("Independent windows halve the threshold of two in a row", arguments: UInt64(0)..<8)
    func independentWindows(seed: UInt64) {
        let threshold = AlarmThreshold(
            runs: runs(scores(400, seed: seed)), onDelay: 2, share: share)
        #expect(threshold.value < 4)
        #expect(threshold.value >= -log10(share) / 2)
    }

    @Test("Windows that copy each other keep the threshold of one", arguments: UInt64(0)..<8)
    func copiedWindows(seed: UInt64) {
        let copied = scores(200, seed: seed).flatMap { [$0, $0, $0, $0, $0, $0] }
        let threshold = AlarmThreshold(runs: runs(copied), onDelay: 2, share: share)
        #expect(threshold.value > 4.5)
        #expect(threshold.value <= -log10(share))
    }

    @Test("A larger budget never raises the threshold", arguments: UInt64(0)..<8)
    func budgetIsMonotonic(seed: UInt64) {
        let runs = runs(scores(300, seed: seed))
        let values = [1e-6, 1e-5, 1e-4, 1e-3].map {
            AlarmThreshold(runs: runs, onDelay: 2, share: $0).value
        }
        #expect(values == values.sorted(by: >))
    }

    @Test("Without runs to learn from the threshold is that of one window")
    func fewRuns() {
        #expect(AlarmThreshold(runs: [], onDelay: 3, share: 0.001).value == 3)
        #expect(AlarmThreshold(runs: [1, 2], onDelay: 1, share: 0.001).value == 3)
    }
}
