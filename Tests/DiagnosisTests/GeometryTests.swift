import Learning
import LinearAlgebra
import Signals
import Testing

@testable import Diagnosis

@Suite("Geometry of a space")
struct GeometryTests {
    @Test("W2 of a shifted cloud is the square of the shift")
    func shifted() throws {
        var plant = SyntheticTracks(seed: 1)
        let x = plant.matrix(300, 4)
        var y = x
        for i in 0..<y.rows { y[i, 1] += 3 }
        #expect(abs(try #require(gaussianWasserstein(x, y)) - 9) < 1e-6)
        #expect(abs(try #require(gaussianWasserstein(x, x))) < 1e-6)
        // Along one axis, seen from random directions: a d-th of it, on average.
        #expect(abs(slicedWasserstein(x, y, directions: 4000, using: &plant.random) * 4 - 9) < 0.6)
    }

    @Test("W2 of scaled clouds is the sum of squared differences of deviations")
    func scaled() throws {
        var plant = SyntheticTracks(seed: 2)
        let x = plant.matrix(400, 3)
        let variances = (0..<3).map { k in
            let own = x.covariance[k, k] * 400 / 399
            return own
        }
        // tr(S) (2 − 1)², whatever the directions.
        let mean = x.columnMeans.reduce(0) { $0 + $1 * $1 }
        let expected = variances.reduce(0, +) + mean
        #expect(abs(try #require(gaussianWasserstein(x, x.scaled(by: 2))) - expected) < 1e-6)
    }

    @Test("in one dimension the sliced distance is the exact one")
    func oneDimension() {
        var plant = SyntheticTracks(seed: 3)
        let x = plant.matrix(50, 1)
        let y = plant.matrix(50, 1).scaled(by: 1.7)
        let exact =
            zip(x.elements.sorted(), y.elements.sorted())
            .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 50
        #expect(abs(slicedWasserstein(x, y, directions: 5, using: &plant.random) - exact) < 1e-12)
    }

    @Test("centring takes a modality gap away")
    func centring() {
        var plant = SyntheticTracks(seed: 4)
        var x = plant.matrix(200, 8).unit
        let y = plant.matrix(200, 8).scaled(by: 0.1).adding(x).unit
        for i in 0..<x.rows { x[i, 0] += 2 }
        #expect(x.centred.columnMeans.allSatisfy { abs($0) < 1e-12 })
        let found = MetricRetrieval(from: x, to: y)
        #expect(found.centredCosine > found.cosine)
        #expect(found.centredCosine > 0.95)
        #expect(MetricRetrieval(from: y, to: y).cosine == 1)
    }

    @Test("cosine is Euclid on unit rows, and beats it once lengths spread")
    func metrics() {
        var plant = SyntheticTracks(seed: 5)
        let u = plant.matrix(200, 32)
        let x = u.adding(plant.matrix(200, 32), 1.2)
        let y = u.adding(plant.matrix(200, 32), 1.2)
        let unit = MetricRetrieval(from: x.unit, to: y.unit)
        #expect(unit.cosine == unit.euclid)
        var stretched = y
        for i in 0..<y.rows {
            let length = i.isMultiple(of: 2) ? 3.0 : 0.4
            for k in 0..<y.columns { stretched[i, k] *= length }
        }
        let found = MetricRetrieval(from: x, to: stretched)
        #expect(found.cosine == unit.cosine)
        #expect(found.cosine > found.euclid)
    }

    @Test("learned measures are told only where there was something to learn from")
    func learned() throws {
        var plant = SyntheticTracks(seed: 7)
        // The second sense shows the same numbers in another order.
        func pair(_ rows: Int) -> (u: Matrix, v: Matrix) {
            let u = plant.matrix(rows, 4)
            let turned = Matrix(
                rows: rows, columns: 4,
                elements: (0..<rows).flatMap { i in [3, 0, 1, 2].map { u[i, $0] } })
            return (u, turned.adding(plant.matrix(rows, 4), 0.1))
        }
        let (u, v) = pair(100)
        let lesson = pair(200)
        let few = pair(LearnedMetric.windowsMin - 1)
        #expect(MetricRetrieval(from: u, to: v).bilinear == nil)
        #expect(MetricRetrieval(from: u, to: v, lesson: (few.u, few.v, 1)).network == nil)
        let found = MetricRetrieval(from: u, to: v, lesson: (lesson.u, lesson.v, 1))
        #expect(found.cosine < 0.1)
        #expect(try #require(found.bilinear) > 0.4)
        #expect(try #require(found.network) > found.cosine)
    }

    @Test("effective rank is the number of equal directions")
    func rank() {
        var x = Matrix(rows: 8, columns: 5)
        for (i, k) in [0, 0, 1, 1, 2, 2, 3, 3].enumerated() {
            x[i, k] = i.isMultiple(of: 2) ? 1 : -1
        }
        #expect(abs(effectiveRank(x) - 4) < 1e-9)
        #expect(effectiveRank(Matrix(rows: 4, columns: 3, repeating: 2)) == 0)
    }

    @Test("drift alarms keep their level while nothing moves, and see a move")
    func drift() throws {
        var plant = SyntheticTracks(seed: 6)
        var alarms = 0
        for _ in 0..<60 {
            let test = try #require(
                DriftTest(
                    reference: plant.matrix(160, 3), now: plant.matrix(160, 3), blockLength: 16,
                    draws: 99, level: 0.05, using: &plant.random))
            alarms += test.isDrifting ? 1 : 0
        }
        // Binomial(60, .05): above 8 once in a thousand.
        #expect(alarms <= 8)
        var moved = plant.matrix(160, 3)
        for i in 0..<moved.rows { moved[i, 0] += 0.8 }
        let test = try #require(
            DriftTest(
                reference: plant.matrix(160, 3), now: moved, blockLength: 16, draws: 999,
                level: 0.01, using: &plant.random))
        #expect(test.isDrifting && test.distance > test.bound)
    }
}

extension Matrix {
    /// Rows of length 1.
    fileprivate var unit: Matrix {
        var unit = self
        for i in 0..<rows {
            let norm = row(i).reduce(0) { $0 + $1 * $1 }.squareRoot()
            for k in 0..<columns { unit[i, k] /= norm }
        }
        return unit
    }
}
