import Foundation
import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct DistributionMatchingTests {
    private typealias Rows = DistributionMatching.Rows<Double>

    private static func rows(
        _ n: Int, _ d: Int, shift: Double = 0, seed: UInt64
    ) -> DistributionMatching.Rows<Double> {
        let x: [Double] = gaussians(n * d, seed: seed)
        return .init(
            x: Buffer(x.map { $0 + shift }), gradient: Buffer(count: n * d), count: n)
    }

    private static func mmd(_ senses: [DistributionMatching.Rows<Double>], _ d: Int, _ h: Double)
        -> Double
    {
        DistributionMatching.discrepancy(senses, dimension: d, bandwidth: h)
    }

    @Test("A bandwidth of 1 sees nothing at d = 64; that of the rows sees a shift at every d")
    func bandwidth() {
        for d in [4, 8, 64] {
            let still = [Self.rows(256, d, seed: 1), Self.rows(256, d, seed: 2)]
            let moved = [Self.rows(256, d, shift: 1, seed: 1), Self.rows(256, d, seed: 2)]
            let h = DistributionMatching.bandwidth(still, dimension: d)
            #expect(abs(h / Double(d) - 1) < 0.15)
            let wide = DistributionMatching.bandwidth(moved, dimension: d)
            #expect(Self.mmd(moved, d, wide) > 0.2)
            #expect(Self.mmd(still, d, h) < 0.01)
        }
        let still = [Self.rows(256, 64, seed: 1), Self.rows(256, 64, seed: 2)]
        let moved = [Self.rows(256, 64, shift: 1, seed: 1), Self.rows(256, 64, seed: 2)]
        let (blind, same) = (Self.mmd(moved, 64, 1), Self.mmd(still, 64, 1))
        #expect(abs(blind - same) < 1e-4)
        #expect(abs(same - 2.0 / 256) < 1e-4)
    }

    @Test("The gradients by every row are the difference quotients", arguments: UInt64(0)..<3)
    func gradients(seed: UInt64) {
        let d = 3
        for isMMD in [true, false] {
            let senses = [6, 7, 5].enumerated().map {
                Self.rows($1, d, shift: 0.3 * Double($0), seed: seed * 7 + UInt64($0))
            }
            func loss(_ senses: [DistributionMatching.Rows<Double>]) -> Double {
                isMMD
                    ? DistributionMatching.discrepancy(
                        senses, dimension: d, bandwidth: 2, weight: 1.5)
                    : DistributionMatching.moments(senses, dimension: d, weight: 1.5)
            }
            _ = loss(senses)
            let told = senses.map(\.gradient.values)
            let probe = senses.map {
                DistributionMatching.Rows(
                    x: $0.x, gradient: Buffer<Double>(count: $0.count * d), count: $0.count)
            }
            for m in senses.indices {
                let error = finiteDifferenceError(senses[m].x, gradient: told[m]) { loss(probe) }
                #expect(error < gradientErrorMax, "\(isMMD ? "MMD" : "moments"), sense \(m)")
            }
        }
    }

    @Test("Rows that one distribution made differ less than rows of three")
    func moments() {
        let near = (0..<3).map { Self.rows(400, 4, seed: UInt64($0)) }
        let far = (0..<3).map { Self.rows(400, 4, shift: Double($0), seed: UInt64($0)) }
        let loss = DistributionMatching.moments(near, dimension: 4)
        #expect(loss < 0.2)
        #expect(DistributionMatching.moments(far, dimension: 4) > 1)
    }
}
