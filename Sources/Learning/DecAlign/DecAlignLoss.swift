import Fusion
package import LinearAlgebra

/// The loss of one batch whose networks end in two parts, and its gradient by what they say.
///
/// In: per sense and row `h = [a, u]`, `d` numbers each, and the standardised numbers x that it was
/// made of. The common part is `z = a / ‖a‖`, the own part u.
/// ```
/// L_centroid   of the z (`ContrastiveLoss`)
/// L_dec  = mean over senses of mean_n cos(u, z)²
/// L_rec  = mean over senses of mean_n mean_j (x̂ − x)²,   x̂ = [u, √d z] D_m + b_m
/// L_hete of u in units of its own root mean square (`PrototypeTransport`)
/// L_homo of √d z (`DistributionMatching`)
/// ```
/// The unit of u is differentiated through: no prototype gets nearer to another's by shrinking. The
/// decoder D is of the training alone. Qian et al. 2026, "DecAlign"; MISA for L_rec; PAPERS 4.
package final class DecAlignLoss<S: KernelScalar> {
    /// What the loss was made of.
    package struct Value: Equatable, Sendable {
        package var loss = 0.0
        package var contrastive = 0.0
        package var decoupling = 0.0
        package var reconstruction = 0.0
        package var transport = 0.0
        package var matching = 0.0
        package var watch = PartsWatch()
    }

    /// One sense's row numbers and memory.
    final class Sense {
        let width: Int
        var present: [Int] = []
        let z: Buffer<S>
        let dz: Buffer<S>
        let lengths: Buffer<S>
        /// `[u, √d z]` of the present rows, and the gradient by it.
        let parts: Buffer<S>
        let dParts: Buffer<S>
        /// √d z of the present rows, and what matching adds.
        let common: Buffer<S>
        let dCommon: Buffer<S>
        /// x̂ − x.
        let error: Buffer<S>
        var value = Value()

        init(width: Int, rowsMax: Int, dimension d: Int) {
            self.width = width
            z = Buffer(count: rowsMax * d)
            dz = Buffer(count: rowsMax * d)
            lengths = Buffer(count: rowsMax)
            parts = Buffer(count: rowsMax * 2 * d)
            dParts = Buffer(count: rowsMax * 2 * d)
            common = Buffer(count: rowsMax * d)
            dCommon = Buffer(count: rowsMax * d)
            error = Buffer(count: rowsMax * width)
        }
    }

    /// Numbers a decoder is made of: `2d × width`, and a bias.
    package static func decoderCount(width: Int, dimension: Int) -> Int {
        (2 * dimension + 1) * width
    }

    let settings: DecAlignSettings
    let dimension: Int
    let senses: [Sense]
    private let contrastive: ContrastiveLoss<S>
    let norm: UnitNorm

    /// - Parameters:
    ///   - settings: weights.
    ///   - widths: numbers of each sense's x.
    ///   - dimension: d.
    ///   - rowsMax: rows of a batch at most.
    ///   - temperature: of the contrastive term.
    package init(
        _ settings: DecAlignSettings, widths: [Int], dimension: Int, rowsMax: Int,
        temperature: Double
    ) {
        self.settings = settings
        self.dimension = dimension
        senses = widths.map { Sense(width: $0, rowsMax: rowsMax, dimension: dimension) }
        contrastive = ContrastiveLoss(
            .decAlign, senseCount: widths.count, dimension: dimension, rowsMax: rowsMax,
            temperature: temperature)
        norm = UnitNorm(dimension: dimension)
    }

    /// - Parameters:
    ///   - h: `rows × 2d` per sense, by batch row; rows where the sense is absent are not read.
    ///   - inputs: x of each sense's present rows, end to end.
    ///   - decoders: D and b of each sense.
    ///   - rows: of the batch.
    ///   - isPresent: `rows × senses`.
    ///   - near: rows that are no negatives of each other.
    ///   - progress: t.
    ///   - dh: overwritten; 0 where the sense is absent.
    ///   - dDecoders: overwritten.
    ///   - workers: the threads that share it.
    /// - Returns: the loss, what it is made of, and what is watched.
    package func evaluate(
        _ h: [Buffer<S>], inputs: [Buffer<S>], decoders: [UnsafePointer<S>], rows: Int,
        isPresent: [Bool], near: [(Int, Int)] = [], progress: Double, into dh: [Buffer<S>],
        dDecoders: [UnsafeMutablePointer<S>], workers: Workers = Workers(threads: 1)
    ) -> Value {
        let count = senses.count
        for (m, sense) in senses.enumerated() {
            sense.present = (0..<rows).filter { isPresent[$0 * count + m] }
        }
        workers.perform(count) { part($0, h[$0]) }
        var value = Value()
        value.contrastive =
            settings.contrast
            * contrastive.evaluate(
                senses.map(\.z), rows: rows, isPresent: isPresent, near: near,
                into: senses.map(\.dz), workers: workers)
        if settings.contrast != 1 {
            for sense in senses {
                for k in 0..<rows * dimension { sense.dz.base[k] *= S(settings.contrast) }
            }
        }
        workers.perform(count) {
            reconstruct($0, inputs[$0], decoder: decoders[$0], into: dDecoders[$0])
            decouple($0)
        }
        let coarse = settings.transport * DecAlignSettings.coarse(at: progress)
        let fine = settings.matching * DecAlignSettings.fine(at: progress)
        // The one reads z and adds to its gradient, the other u.
        var carried = (loss: 0.0, residual: 0.0)
        var matched = 0.0
        workers.perform(2) {
            if $0 == 0, coarse > 0 { carried = carry(weight: coarse) }
            if $0 == 1, fine > 0 { matched = match(weight: fine) }
        }
        (value.transport, value.watch.residual) = carried
        value.matching = matched
        workers.perform(count) { gather($0, rows: rows, into: dh[$0]) }
        let here = senses.count { !$0.present.isEmpty }
        for sense in senses where !sense.present.isEmpty {
            value.decoupling += sense.value.decoupling
            value.reconstruction += sense.value.reconstruction
            value.watch.add(sense.value.watch, share: 1 / Double(here))
        }
        value.loss =
            value.contrastive + value.decoupling + value.reconstruction + value.transport
            + value.matching
        return value
    }
}
