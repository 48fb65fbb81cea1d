import LinearAlgebra
import Signals
import Testing

@testable import Learning

/// Distances between clouds, and metrics side by side.
struct WassersteinTests {
    private func cloud(
        _ rows: Int, scale: [Double], shift: [Double], seed: UInt64
    ) -> Matrix {
        var dice = SeededGenerator(seed: seed)
        return Matrix(
            rows: rows, columns: scale.count,
            elements: (0..<rows).flatMap { _ in
                zip(scale, shift).map { $0 * dice.gaussian() + $1 }
            })
    }

    @Test func ofGaussiansOnTheAxesItIsTheFormula() throws {
        let x = cloud(20_000, scale: [1, 2], shift: [0, 0], seed: 1)
        let y = cloud(20_000, scale: [3, 2], shift: [1, -1], seed: 2)
        // ‖m₁ − m₂‖² + Σ (σ₁ − σ₂)²
        let W = try #require(gaussianWasserstein(x, y))
        #expect(abs(W - 6) < 0.2)
        #expect(try #require(gaussianWasserstein(x, x)) < 1e-9)
    }

    @Test func slicedAgreesWithGaussianTimesTheDimensions() {
        var dice = SeededGenerator(seed: 9)
        let x = cloud(4000, scale: [1, 1, 1], shift: [0, 0, 0], seed: 1)
        let y = cloud(2000, scale: [1, 1, 1], shift: [2, 0, 0], seed: 2)
        let sliced = 3 * slicedWasserstein(x, y, directions: 512, using: &dice)
        #expect(abs(sliced - 4) < 0.5)
        #expect(slicedWasserstein(x, x, using: &dice) == 0)
    }

    @Test func neitherDependsOnTheOrderOfRows() throws {
        let x = cloud(200, scale: [1, 2], shift: [0, 0], seed: 1)
        let y = cloud(200, scale: [2, 1], shift: [1, 0], seed: 2)
        let turned = y.selecting(rows: Array((0..<200).reversed()))
        var (a, b) = (SeededGenerator(seed: 4), SeededGenerator(seed: 4))
        #expect(
            abs(slicedWasserstein(x, y, using: &a) - slicedWasserstein(x, turned, using: &b))
                < 1e-12)
        let (W, V) = (
            try #require(gaussianWasserstein(x, y)), try #require(gaussianWasserstein(y, x))
        )
        #expect(abs(W - V) < 1e-9)
    }

    @Test func cosineIsEuclidOfUnitRowsAndFindsWhateverItsLength() {
        let x = cloud(60, scale: [1, 1, 1, 1], shift: [0, 0, 0, 0], seed: 3)
        var y = x.adding(cloud(60, scale: [0.3, 0.3, 0.3, 0.3], shift: [0, 0, 0, 0], seed: 4))
        for i in 0..<60 { for j in 0..<4 { y[i, j] *= Double(1 + i % 5) } }
        let cosine = RetrievalMetric.cosine.ranks(from: x, to: y)
        #expect(cosine == RetrievalMetric.euclid.ranks(from: x.unitRows, to: y.unitRows))
        #expect(
            RetrievalMetric.cosine.recallAt1(from: x, to: y)
                > RetrievalMetric.euclid.recallAt1(from: x, to: y))
    }

    @Test func aSpaceOfOnePointFindsNothing() {
        let x = Matrix(rows: 5, columns: 2, repeating: 1)
        for metric in RetrievalMetric.allCases {
            #expect(metric.recallAt1(from: x, to: x) == 0)
        }
    }
}
