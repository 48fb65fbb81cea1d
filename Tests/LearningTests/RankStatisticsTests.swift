import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct RankStatisticsTests {
    /// Scores with many ties.
    private func scores(_ count: Int, using random: inout SeededGenerator) -> [Double] {
        (0..<count).map { _ in Double(Int.random(in: 0...20, using: &random)) / 4 }
    }

    @Test("The AUC is the share of won pairs, a tie half", arguments: UInt64(0)..<16)
    func aucIsTheShareOfWonPairs(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let a = scores(40, using: &random)
        let c = scores(60, using: &random)
        let won = a.flatMap { x in c.map { y in x > y ? 1 : x == y ? 0.5 : 0 } }.reduce(0, +)
        let auc = try #require(areaUnderROC(anomalous: a, calm: c))
        #expect(abs(auc - won / 2400) < 1e-12)
    }

    @Test("Turning the score around turns the AUC around", arguments: UInt64(0)..<16)
    func reversedScores(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let a = scores(30, using: &random)
        let c = scores(50, using: &random)
        let auc = try #require(areaUnderROC(anomalous: a, calm: c))
        let turned = try #require(areaUnderROC(anomalous: a.map { -$0 }, calm: c.map { -$0 }))
        let swapped = try #require(areaUnderROC(anomalous: c, calm: a))
        #expect(abs(auc + turned - 1) < 1e-12)
        #expect(abs(auc + swapped - 1) < 1e-12)
    }

    @Test("No rising map of the scores changes either measure", arguments: UInt64(0)..<16)
    func risingMaps(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let a = scores(30, using: &random)
        let c = scores(50, using: &random)
        func map(_ x: Double) -> Double { x * x * x + 2 * x - 7 }
        #expect(
            areaUnderROC(anomalous: a, calm: c)
                == areaUnderROC(anomalous: a.map(map), calm: c.map(map)))
        #expect(
            averagePrecision(anomalous: a, calm: c)
                == averagePrecision(anomalous: a.map(map), calm: c.map(map)))
    }

    @Test("Known cases have their known values")
    func knownCases() throws {
        #expect(averagePrecision(anomalous: [3, 4], calm: [1, 2]) == 1)
        #expect(areaUnderROC(anomalous: [3, 4], calm: [1, 2]) == 1)
        // All tied: as precise as the share of anomalous windows.
        #expect(averagePrecision(anomalous: [1, 1], calm: [1, 1, 1, 1, 1, 1]) == 0.25)
        #expect(areaUnderROC(anomalous: [1, 1], calm: [1, 1, 1]) == 0.5)
        // Ranks 1 and 3 of three: (1/1 + 2/3) / 2.
        let ap = try #require(averagePrecision(anomalous: [3, 1], calm: [2]))
        #expect(abs(ap - 5.0 / 6) < 1e-12)
        #expect(areaUnderROC(anomalous: [], calm: [1]) == nil)
        #expect(averagePrecision(anomalous: [], calm: [1]) == nil)
        #expect(averagePrecision(anomalous: [1], calm: []) == 1)
    }
}

@Suite struct AUCDifferenceTests {
    private struct Scored {
        var good: [Double] = []
        var poor: [Double] = []
        var labels: [Bool] = []
        var stretches: [Int] = []

        /// Stretches of ten windows; the poor scorer sees the anomaly through more noise.
        init(seed: UInt64, poorNoise: Double) {
            var random = SeededGenerator(seed: seed)
            let noise = gaussian(600, 2, using: &random)
            for i in 0..<600 {
                let isAnomalous = i / 10 % 3 == 0
                labels.append(isAnomalous)
                stretches.append(i / 10 * 7)
                good.append((isAnomalous ? 2 : 0) + noise[i, 0])
                poor.append((isAnomalous ? 2 : 0) + poorNoise * noise[i, 1])
            }
        }
    }

    @Test("Against itself a scorer is neither better nor worse", arguments: UInt64(0)..<4)
    func againstItself(seed: UInt64) throws {
        let scored = Scored(seed: seed, poorNoise: 1)
        var random = SeededGenerator(seed: seed)
        let difference = try #require(
            AUCDifference(
                candidate: scored.good, current: scored.good, isAnomalous: scored.labels,
                stretches: scored.stretches, draws: 100, using: &random))
        #expect(difference.mean == 0 && difference.lower == 0 && difference.upper == 0)
    }

    @Test(
        "A clearly better scorer is surely better, and the other surely worse",
        arguments: UInt64(0)..<4)
    func clearlyBetter(seed: UInt64) throws {
        let scored = Scored(seed: seed, poorNoise: 4)
        func compare(_ a: [Double], _ b: [Double]) throws -> AUCDifference {
            var random = SeededGenerator(seed: seed)
            return try #require(
                AUCDifference(
                    candidate: a, current: b, isAnomalous: scored.labels,
                    stretches: scored.stretches, draws: 200, using: &random))
        }
        let better = try compare(scored.good, scored.poor)
        let worse = try compare(scored.poor, scored.good)
        #expect(better.lower > 0.1)
        #expect(better.lower < better.mean && better.mean < better.upper)
        // The same dice turn the interval around.
        #expect(abs(better.lower + worse.upper) < 1e-12)
        #expect(abs(better.mean + worse.mean) < 1e-12)
        let plain = try #require(
            areaUnderROC(
                anomalous: zip(scored.good, scored.labels).filter(\.1).map(\.0),
                calm: zip(scored.good, scored.labels).filter { !$0.1 }.map(\.0)))
        #expect(abs(better.candidate - plain) < 1e-12)
    }

    @Test("An equal scorer is rarely called better: 95 % means 95 %")
    func levelIsKept() throws {
        var calledBetter = 0
        for seed in UInt64(0)..<100 {
            let scored = Scored(seed: seed, poorNoise: 1)
            var random = SeededGenerator(seed: seed)
            let difference = try #require(
                AUCDifference(
                    candidate: scored.good, current: scored.poor, isAnomalous: scored.labels,
                    stretches: scored.stretches, draws: 100, using: &random))
            if difference.lower > 0 { calledBetter += 1 }
        }
        #expect(calledBetter <= 12)
    }

    @Test("Without both kinds of windows there is nothing to compare")
    func oneKindOnly() {
        var random = SeededGenerator(seed: 0)
        let difference = AUCDifference(
            candidate: [1, 2], current: [2, 1], isAnomalous: [true, true], stretches: [0, 1],
            using: &random)
        #expect(difference == nil)
    }
}
