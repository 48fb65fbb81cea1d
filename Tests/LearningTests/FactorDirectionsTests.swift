import Foundation
import Fusion
import LinearAlgebra
import Signals
import Testing

@testable import Learning

/// Which directions of a sense follow a factor, and which only seem to.
@Suite("Directions that follow a factor")
struct FactorDirectionsTests {
    private static let d = 8
    private static let sense = StreamName("camera")
    private static let factor = StreamName("ambient")

    /// A camera that sees a slow state of three numbers, and a factor.
    private struct Plant: TrainingRows {
        var factor: [Float]
        var camera: [[Float]]
        var spread: [[Float]]
        var assets = 1

        /// The state changes from one window to the next with the chance `change`.
        init(_ factor: [Double], change: Double = 1, seed: UInt64) {
            var dice = SeededGenerator(seed: seed)
            var maps: [[Double]] = []
            for _ in 0..<d { maps.append((0..<3).map { _ in dice.gaussian() }) }
            var state = [0.0, 0.0, 0.0]
            self.factor = factor.map { Float($0) }
            camera = []
            spread = []
            for _ in factor {
                if dice.falls(with: change) { state = state.map { _ in dice.gaussian() } }
                var frame: [Float] = []
                for row in maps {
                    let x: Double = row[0] * state[0] + row[1] * state[1] + row[2] * state[2]
                    frame.append(Float(x + 0.2 * dice.gaussian()))
                }
                camera.append(frame)
                spread.append((0..<d).map { _ in Float(1 + 0.1 * dice.gaussian()) })
            }
        }

        var senses: [TrainingSense] {
            [
                TrainingSense(name: sense, front: .features(width: 4 * d)),
                TrainingSense(
                    name: FactorDirectionsTests.factor, front: .features(width: 4)),
            ]
        }
        var count: Int { factor.count }
        func asset(of row: Int) -> Int { row * assets / count }
        func time(of row: Int) -> Int { row }
        func isPresent(_ sense: Int, in row: Int) -> Bool { true }
        func fill(
            _ rows: [Int], sense: Int, into out: UnsafeMutableBufferPointer<Float>
        ) throws {
            for (k, row) in rows.enumerated() {
                if sense == 0 {
                    for j in 0..<d {
                        out[4 * d * k + j] = camera[row][j]
                        out[4 * d * k + d + j] = spread[row][j]
                        out[4 * d * k + 2 * d + j] = 0
                        out[4 * d * k + 3 * d + j] = 0
                    }
                } else {
                    for j in 0..<4 { out[4 * k + j] = j == 0 ? factor[row] : 0 }
                }
            }
        }
    }

    private static func slow(_ count: Int, period: Double) -> [Double] {
        (0..<count).map { Foundation.sin(2 * Double.pi * Double($0) / period) }
    }

    private static let policy = MisalignmentPolicy(
        general: .use, factors: [FactorName(stream: factor)])

    private static func pattern(_ seed: UInt64) -> [Float] {
        var dice = SeededGenerator(seed: seed)
        return (0..<d).map { _ in Float(dice.gaussian()) }
    }

    @Test("A light that moves the camera is found, and what is left does not follow it")
    func found() throws {
        var plant = Plant(Self.slow(2000, period: 310), seed: 1)
        let effect = Self.pattern(5)
        for row in 0..<plant.count {
            for j in 0..<Self.d { plant.camera[row][j] += effect[j] * plant.factor[row] }
        }
        let directions = try FactorDirections(plant, policy: Self.policy)
        let found = try #require(directions.found[Self.sense])
        #expect(found.level == 1 && found.spread == 0 && !found.isCut)
        let level = try #require(directions.removal.senses[Self.sense]?.level)
        // It points where the light moves the standardised numbers.
        let standardised = effect.indices.map { effect[$0] / level.scale[$0] }
        #expect(abs(cosine(standardised, level.directions)) > 0.98)
        #expect(directions.removal.factors == [Self.factor])
        let rest = FactorFreeRows(plant, without: directions.removal)
        let again = try FactorDirections(rest, policy: Self.policy)
        #expect(again.found[Self.sense]?.level == 0)
        #expect(try rest.moments(of: 1, in: [7]).level == plant.moments(of: 1, in: [7]).level)
    }

    @Test("A gain shows in the spread of the frames too")
    func gain() throws {
        var plant = Plant(Self.slow(2000, period: 310), seed: 2)
        for row in 0..<plant.count {
            for j in 0..<Self.d { plant.spread[row][j] *= 1 + 0.3 * plant.factor[row] }
        }
        let found = try #require(
            FactorDirections(plant, policy: Self.policy).found[Self.sense])
        #expect(found.level == 0 && found.spread == 1)
    }

    @Test("Where nothing follows the factor nothing is taken out, however slow both are")
    func chance() throws {
        var taken = 0
        for seed in 0..<20 as Range<UInt64> {
            let plant = Plant(
                Self.slow(600, period: 100 + 17 * Double(seed)), change: 0.05,
                seed: 100 + seed)
            let found = try FactorDirections(plant, policy: Self.policy).found[Self.sense]
            taken += (found?.level ?? 1) + (found?.spread ?? 1)
        }
        #expect(taken <= 2)
    }

    @Test("Four operators make three directions; two assets that a light moves otherwise two")
    func namesAndAssets() throws {
        let shifts = (0..<900).map { Double($0 / 60 * 7 % 4 + 1) }
        var plant = Plant(shifts, seed: 3)
        for row in 0..<plant.count {
            let habit = Self.pattern(20 + UInt64(plant.factor[row]))
            for j in 0..<Self.d { plant.camera[row][j] += 2 * habit[j] }
        }
        #expect(
            try FactorDirections(plant, policy: Self.policy).found[Self.sense]?.level == 3)

        for (differ, count) in [(false, 1), (true, 2)] {
            var plant = Plant(Self.slow(3000, period: 210), seed: 4)
            plant.assets = 2
            for row in 0..<plant.count {
                let effect = Self.pattern(differ ? 30 + UInt64(plant.asset(of: row)) : 30)
                for j in 0..<Self.d { plant.camera[row][j] += 1.5 * effect[j] * plant.factor[row] }
            }
            #expect(
                try FactorDirections(plant, policy: Self.policy).found[Self.sense]?.level == count)
        }
    }

    @Test("A sense that is not to drop the factor keeps it")
    func onlyUse() throws {
        var plant = Plant(Self.slow(1000, period: 150), seed: 6)
        for row in 0..<plant.count {
            for j in 0..<Self.d { plant.camera[row][j] += plant.factor[row] }
        }
        let policy = MisalignmentPolicy(
            streams: [StreamName("audio"): .use], factors: [FactorName(stream: Self.factor)])
        let directions = try FactorDirections(plant, policy: policy)
        #expect(directions.found.isEmpty && directions.removal.senses.isEmpty)
    }
}
