import Detection
import Foundation
import Signals
import Testing

@Suite struct CombinationTests {
    private let streams = (0..<8).map { StreamName("s\($0)") }

    /// Rows of `signal` and whatever `more` adds to each.
    private func mask(
        _ count: Int, seed: UInt64, more: (inout [Statistic: Double], inout SeededGenerator) -> Void
    ) -> MaskCalibration {
        var own = SeededGenerator(seed: seed)
        var others = SeededGenerator(seed: seed + 1000)
        let rows = (0..<2 * count).map { index in
            var values = [Statistic(.novelty): Double.random(in: 0..<1, using: &own)]
            more(&values, &others)
            let start = EventTime(milliseconds: Int64(index) * 1000)
            return MaskCalibration.Row(
                start: start, end: start + .seconds(1), evidence: Evidence(values: values))
        }
        return MaskCalibration(
            parts: Array(rows[..<count]), combination: Array(rows[count...]),
            weights: DetectionSettings.Weights())!
    }

    @Test("Statistics that never varied change no p-value, however many", arguments: [1, 3, 16])
    func constantsDoNotDilute(count: Int) {
        let constants = (0..<count).map { k in
            Statistic(k % 2 == 0 ? .unseen : .rate, streams[k / 2 % 8])
        }
        let plain = mask(200, seed: 1) { _, _ in }
        let padded = mask(200, seed: 1) { values, _ in for key in constants { values[key] = 3 } }
        for x in stride(from: 0.0, to: 1.5, by: 0.01) {
            var values = [Statistic(.novelty): x]
            let alone = Score(Evidence(values: values), against: plain).pValue
            for key in constants { values[key] = 3 }
            #expect(Score(Evidence(values: values), against: padded).pValue == alone)
        }
    }

    @Test("A statistic that never varied still speaks up when it moves")
    func constantsMove() {
        let padded = mask(200, seed: 1) { values, _ in
            values[Statistic(.unseen, streams[0])] = 0
        }
        let moved = Evidence(values: [
            Statistic(.novelty): 0.5, Statistic(.unseen, streams[0]): 5,
        ])
        #expect(Score(moved, against: padded).pValue < 0.02)
    }

    @Test(
        "Noise of k senses more costs a fault at most the logarithm of k + 1", arguments: [1, 4, 8])
    func noiseCostsLittle(count: Int) {
        let noise = streams[..<count].map { Statistic(.hotelling, $0) }
        var cost = 0.0
        for seed in UInt64(0)..<10 {
            let plain = mask(2000, seed: seed) { _, _ in }
            let padded = mask(2000, seed: seed) { values, dice in
                for key in noise { values[key] = Double.random(in: 0..<1, using: &dice) }
            }
            var values = [Statistic(.novelty): 0.999]
            let alone = Score(Evidence(values: values), against: plain).value
            for key in noise { values[key] = 0.4 }
            cost += alone - Score(Evidence(values: values), against: padded).value
        }
        #expect(cost / 10 <= log10(Double(count + 1)) + 0.15)
    }

    @Test("Two measures of one sense that say the same weigh as one")
    func measuresShareAVoice() {
        let key = Statistic(.hotelling, streams[0])
        let twin = Statistic(.residual, streams[0])
        func masked(_ both: Bool) -> MaskCalibration {
            mask(500, seed: 3) { values, dice in
                let value = Double.random(in: 0..<1, using: &dice)
                values[key] = value
                if both { values[twin] = value }
            }
        }
        let (one, two) = (masked(false), masked(true))
        for (x, y) in [(0.2, 0.9), (0.99, 0.3), (0.97, 0.97)] {
            let single = Evidence(values: [Statistic(.novelty): x, key: y])
            let double = Evidence(values: [Statistic(.novelty): x, key: y, twin: y])
            #expect(
                abs(Score(single, against: one).value - Score(double, against: two).value) < 1e-9)
        }
    }
}
