import Foundation
import Fusion
import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct DecAlignLossTests {
    private struct Batch {
        let rows = 9
        let d = 4
        let widths = [5, 6, 3]
        let h: [Buffer<Double>]
        let inputs: [Buffer<Double>]
        let decoders: [Buffer<Double>]
        var isPresent: [Bool]

        init(seed: UInt64) {
            let (rows, d, widths) = (rows, d, widths)
            h = widths.indices.map { Buffer(gaussians(rows * 2 * d, seed: seed * 31 + UInt64($0))) }
            inputs = widths.enumerated().map {
                Buffer(gaussians(rows * $1, seed: seed * 37 + UInt64($0)))
            }
            decoders = widths.enumerated().map {
                Buffer(
                    gaussians(
                        DecAlignLoss<Double>.decoderCount(width: $1, dimension: d),
                        seed: seed * 41 + UInt64($0)))
            }
            isPresent = [Bool](repeating: true, count: rows * widths.count)
            isPresent[1] = false
            isPresent[7] = false
        }

        func evaluate(
            _ settings: DecAlignSettings, threads: Int = 1
        ) -> (value: DecAlignLoss<Double>.Value, dh: [[Double]], dDecoders: [[Double]]) {
            let loss = DecAlignLoss<Double>(
                settings, widths: widths, dimension: d, rowsMax: rows, temperature: 0.3)
            let dh = h.map { Buffer<Double>(count: $0.count) }
            let dD = decoders.map { Buffer<Double>(count: $0.count) }
            let value = loss.evaluate(
                h, inputs: inputs, decoders: decoders.map { UnsafePointer($0.base) }, rows: rows,
                isPresent: isPresent, near: [(0, 3)], progress: 0.5, into: dh,
                dDecoders: dD.map(\.base), workers: Workers(threads: threads))
            return (value, dh.map(\.values), dD.map(\.values))
        }
    }

    /// The contrastive term stops its gradient at the centroid and has tests of its own.
    private static let parted: DecAlignSettings = {
        var settings = DecAlignSettings()
        settings.contrast = 0
        settings.transport = 0
        settings.matching = 0
        settings.prototypes = 3
        return settings
    }()

    @Test(
        "The gradient by both parts and the decoder is the difference quotient",
        arguments: UInt64(0)..<3)
    func gradients(seed: UInt64) {
        let batch = Batch(seed: seed)
        let told = batch.evaluate(Self.parted)
        for m in 0..<3 {
            let byParts = finiteDifferenceError(batch.h[m], gradient: told.dh[m]) {
                batch.evaluate(Self.parted).value.loss
            }
            let byDecoder = finiteDifferenceError(batch.decoders[m], gradient: told.dDecoders[m]) {
                batch.evaluate(Self.parted).value.loss
            }
            #expect(byParts < gradientErrorMax, "parts of sense \(m)")
            #expect(byDecoder < gradientErrorMax, "decoder of sense \(m)")
        }
    }

    @Test("Carrying prototypes asks no own part to shrink or to grow", arguments: UInt64(0)..<3)
    func scale(seed: UInt64) {
        var settings = Self.parted
        (settings.decoupling, settings.reconstruction, settings.transport) = (0, 0, 1)
        let batch = Batch(seed: seed)
        let told = batch.evaluate(settings)
        #expect(told.value.transport > 0)
        for m in 0..<3 {
            #expect(told.dh[m].contains { abs($0) > 1e-4 })
            #expect(abs(dot(told.dh[m], batch.h[m])) < 1e-10)
        }
    }

    @Test("Two threads give the same numbers as one, and an absent sense has no gradient")
    func threads() {
        let batch = Batch(seed: 4)
        var settings = DecAlignSettings()
        settings.prototypes = 3
        let (one, two) = (batch.evaluate(settings), batch.evaluate(settings, threads: 2))
        #expect(one.value == two.value)
        #expect(one.dh == two.dh)
        #expect(one.dh[1][0..<8].allSatisfy { $0 == 0 })
        #expect(one.value.watch.own > 0 && one.value.watch.common > 0)
    }
}
