import Foundation
import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct MisalignmentLossTests {
    /// Two batches of 8 pairs in 5 dimensions, as PAPERS 0 asks.
    private let pairs = 8
    private let dimension = 5

    private func embeddings(seed: UInt64, scale: Double = 1) -> (Buffer<Double>, Buffer<Double>) {
        var random = SeededGenerator(seed: seed)
        func draw() -> Buffer<Double> {
            Buffer(gaussian(2 * pairs, dimension, using: &random).elements.map { $0 * scale })
        }
        return (draw(), draw())
    }

    private func loss<S: KernelScalar>(
        _ p: Buffer<S>, _ q: Buffer<S>
    ) -> (loss: Double, dp: Buffer<S>, dq: Buffer<S>) {
        let dp = Buffer<S>(count: p.count)
        let dq = Buffer<S>(count: q.count)
        let loss = MisalignmentLoss<S>(dimension: dimension, pairsMax: pairs)
            .evaluate(p, q, pairs: pairs, into: dp, dq)
        return (loss, dp, dq)
    }

    /// The formula as it stands, without any of the kernels.
    private func expected(_ p: [Double], _ q: [Double]) -> Double {
        func distance(_ a: [Double], _ i: Int, _ b: [Double], _ j: Int) -> Double {
            (0..<dimension).reduce(0) {
                let c = a[i * dimension + $1] - b[j * dimension + $1]
                return $0 + c * c
            }
        }
        func l(_ p: [Double], _ q: [Double]) -> Double {
            (0..<pairs).reduce(0) { sum, i in
                let pair = distance(p, i, q, i)
                let Z = (pairs..<2 * pairs).reduce(exp(-pair)) { $0 + exp(-distance(p, i, p, $1)) }
                return sum + pair + log(Z / Double(pairs + 1))
            } / Double(pairs)
        }
        return (l(p, q) + l(q, p)) / 2
    }

    @Test("The loss is the formula's", arguments: UInt64(0)..<8)
    func lossIsTheFormulas(seed: UInt64) {
        let (p, q) = embeddings(seed: seed)
        #expect(abs(loss(p, q).loss - expected(p.values, q.values)) < 1e-10)
    }

    @Test("The gradient is that of finite differences, in doubles", arguments: UInt64(0)..<8)
    func gradientIsRight(seed: UInt64) {
        let (p, q) = embeddings(seed: seed)
        let (_, dp, dq) = loss(p, q)
        for (x, dx) in [(p, dp), (q, dq)] {
            for k in 0..<x.count {
                let value = x.base[k]
                x.base[k] = value + 1e-6
                let above = loss(p, q).loss
                x.base[k] = value - 1e-6
                let below = loss(p, q).loss
                x.base[k] = value
                #expect(abs((above - below) / 2e-6 - dx.base[k]) < 1e-7)
            }
        }
    }

    @Test("Single precision agrees with double", arguments: UInt64(0)..<8)
    func singlePrecisionAgrees(seed: UInt64) {
        let (p, q) = embeddings(seed: seed)
        let (l, dp, dq) = loss(p, q)
        let (single, sp, sq) = loss(
            Buffer(p.values.map { Float($0) }), Buffer(q.values.map { Float($0) }))
        #expect(abs(l - single) < 1e-4)
        for (x, y) in zip(dp.values + dq.values, sp.values + sq.values) {
            #expect(abs(x - Double(y)) < 1e-4)
        }
    }

    @Test("Embeddings far apart neither overflow nor vanish", arguments: UInt64(0)..<4)
    func farApart(seed: UInt64) {
        let (p, q) = embeddings(seed: seed, scale: 300)
        let (l, dp, dq) = loss(p, q)
        #expect(l.isFinite)
        for slope in dp.values + dq.values { #expect(slope.isFinite) }
    }
}
