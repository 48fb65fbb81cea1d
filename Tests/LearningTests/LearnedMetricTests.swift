import LinearAlgebra
import Signals
import Testing

@testable import Learning

/// Similarities that are learnt, beside those that are given.
struct LearnedMetricTests {
    @Test(arguments: LearnedMetric.Shape.allCases)
    func gradientIsThatOfTheLoss(_ shape: LearnedMetric.Shape) {
        let (rows, d) = (8, 5)
        func unit(_ seed: UInt64) -> Matrix {
            Matrix(
                rows: rows, columns: d,
                elements: unitVectors(rows: rows, dimension: d, seed: seed))
        }
        let (x, y) = (unit(1), unit(2))
        let score = LearnedMetric.score(shape, dimension: d)
        let weights = Buffer<Double>(
            gaussians(score.weightCount, seed: 3).map { (w: Double) in 0.3 * w })
        func loss() -> Double {
            LearnedMetric.contrast(score.scores(x, y, weights: weights.values)).loss
        }
        let g = LearnedMetric.contrast(score.scores(x, y, weights: weights.values)).gradient
        let gradient = score.gradient(g, x, y, weights: weights.values)
        #expect(
            finiteDifferenceError(weights, gradient: gradient, loss: loss) < gradientErrorMax)
    }

    @Test func contrastOfEqualScoresIsThatOfChance() {
        let found = LearnedMetric.contrast(Matrix(rows: 4, columns: 4, repeating: 700))
        #expect(abs(found.loss - 1.386_294_361_119_890_6) < 1e-12)
        #expect(abs(found.gradient.elements.reduce(0, +)) < 1e-12)
    }

    /// Two views of one latent, the second turned: the cosine finds nothing, a matrix turns it back.
    private func turned(_ rows: Int, seed: UInt64) -> (x: Matrix, y: Matrix) {
        var fixed = SeededGenerator(seed: 77)
        let turn = rotation(8, using: &fixed)
        var random = SeededGenerator(seed: seed)
        let u = gaussian(rows, 8, using: &random)
        return (
            sum(u, 0.2, gaussian(rows, 8, using: &random)),
            sum(u, 0.2, gaussian(rows, 8, using: &random)).times(turn)
        )
    }

    @Test func aMatrixFindsWhatWasTurnedAway() throws {
        let (x, y) = turned(400, seed: 1)
        let (u, v) = turned(200, seed: 2)
        let metric = try #require(LearnedMetric(.bilinear, fittedOn: x, y, seed: 1))
        #expect(RetrievalMetric.cosine.recallAt1(from: u, to: v) < 0.1)
        #expect(metric.recallAt1(from: u, to: v) > 0.8)
    }

    /// Windows that agree in length of difference, not in direction: x and y have the same absolute values.
    @Test func theNetworkSeesWhatNoMatrixCan() throws {
        func pair(_ rows: Int, seed: UInt64) -> (Matrix, Matrix) {
            var random = SeededGenerator(seed: seed)
            let x = gaussian(rows, 4, using: &random)
            var y = x
            for k in y.elements.indices where Bool.random(using: &random) {
                y.elements[k] = -y.elements[k]
            }
            return (x, y)
        }
        let (x, y) = pair(600, seed: 3)
        let (u, v) = pair(100, seed: 4)
        let bilinear = try #require(LearnedMetric(.bilinear, fittedOn: x, y, seed: 1))
        let network = try #require(LearnedMetric(.network, fittedOn: x, y, seed: 1))
        #expect(bilinear.recallAt1(from: u, to: v) < 0.15)
        #expect(
            network.recallAt1(from: u, to: v) > 2 * bilinear.recallAt1(from: u, to: v) + 0.05)
    }

    @Test(arguments: LearnedMetric.Shape.allCases)
    func equalSeedsAreEqualAndChanceFindsNothing(_ shape: LearnedMetric.Shape) throws {
        var random = SeededGenerator(seed: 5)
        func cloud() -> Matrix { gaussian(150, 6, using: &random) }
        let (x, y, u, v) = (cloud(), cloud(), cloud(), cloud())
        let metric = try #require(LearnedMetric(shape, fittedOn: x, y, seed: 9, steps: 40))
        let again = try #require(LearnedMetric(shape, fittedOn: x, y, seed: 9, steps: 40))
        #expect(metric.ranks(from: u, to: v) == again.ranks(from: u, to: v))
        // 150 tries of 1/150: above 6 once in ten thousand.
        #expect(metric.recallAt1(from: u, to: v) <= 6.0 / 150)
        #expect(
            LearnedMetric(
                shape, fittedOn: u.selecting(rows: 0..<63), v.selecting(rows: 0..<63), seed: 9)
                == nil)
    }
}
