import Detection
import Foundation
import Signals
import Testing

@Suite struct SenseSteadinessTests {
    private let wanderer = StreamName("thermal")
    private let steady = StreamName("hydraulic")

    /// Two senses of independent noise; each may also drift, by so many spreads over the rows.
    private func rows(
        _ count: Int, from: Int = 0, seed: UInt64, drift: [StreamName: Double] = [:]
    ) -> [MaskCalibration.Row] {
        var dice = SeededGenerator(seed: seed)
        func noise() -> Double {
            (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &dice) }
        }
        return (from..<from + count).map { index in
            var values: [Statistic: Double] = [:]
            for sense in [steady, wanderer] {
                let level = (drift[sense] ?? 0) * Double(index) / Double(count)
                for measure in [Statistic.Measure.hotelling, .residual, .prototype] {
                    values[Statistic(measure, sense)] = level + noise()
                }
            }
            let start = EventTime(milliseconds: Int64(index) * 1000)
            return MaskCalibration.Row(
                start: start, end: start + .seconds(1), evidence: Evidence(values: values))
        }
    }

    @Test("A sense that wanders while it is learnt is believed less, and the steady one fully")
    func wanderingIsNoticed() {
        for seed in UInt64(0)..<8 {
            let exponents = SenseSteadiness(rows(200, seed: seed, drift: [wanderer: 4])).exponents
            #expect(exponents[steady] == 1)
            #expect(exponents[wanderer]! < 0.75)
        }
    }

    @Test("Senses that do not wander, or all alike, keep their voices")
    func alikeIsLeftAlone() {
        for drift in [0.0, 4] {
            let found = (UInt64(0)..<8).flatMap { seed in
                SenseSteadiness(
                    rows(400, seed: seed, drift: [steady: drift, wanderer: drift])
                ).exponents.values
            }
            #expect(found.count == 16)
            #expect(found.reduce(0, +) / 16 > 0.9)
        }
    }

    @Test("Too few windows say nothing about steadiness")
    func fewSayNothing() {
        #expect(SenseSteadiness(rows(15, seed: 1)).exponents.isEmpty)
    }

    @Test("A fault in a steady sense stands out from the further wandering of another")
    func faultIsNotDrowned() {
        var won = 0
        for seed in UInt64(0)..<20 {
            let drift = [wanderer: 4.0]
            let mask = MaskCalibration(
                parts: rows(200, seed: seed, drift: drift),
                combination: rows(200, seed: seed + 100, drift: drift),
                weights: DetectionSettings.Weights())!
            // Later: the wanderer has gone on, and is as far out of what it was as the fault.
            func later(_ sense: StreamName, _ value: Double) -> Evidence {
                let other = sense == steady ? wanderer : steady
                let usual = other == wanderer ? 2.0 : 0
                return Evidence(values: [
                    Statistic(.hotelling, sense): value, Statistic(.residual, sense): value,
                    Statistic(.hotelling, other): usual, Statistic(.residual, other): usual,
                ])
            }
            let fault = mask.statistic(of: later(steady, 4))
            let wandering = mask.statistic(of: later(wanderer, 6.5))
            if fault > wandering { won += 1 }
        }
        #expect(won >= 15)
    }
}
