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
    private let norm: UnitNorm

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

    /// z, and the parts side by side.
    private func part(_ m: Int, _ h: Buffer<S>) {
        let (sense, d) = (senses[m], dimension)
        let root = S(Double(d).squareRoot())
        sense.value = Value()
        var length = 0.0
        for (slot, row) in sense.present.enumerated() {
            let a = h.base + row * 2 * d
            let z = sense.z.base + row * d
            norm.forward(a, rows: 1, into: z, lengths: sense.lengths.base + row)
            length += Double(sense.lengths.base[row])
            let parts = sense.parts.base + slot * 2 * d
            let common = sense.common.base + slot * d
            for j in 0..<d {
                parts[j] = a[d + j]
                common[j] = root * z[j]
                parts[d + j] = common[j]
            }
        }
        sense.dCommon.base.update(repeating: 0, count: sense.present.count * d)
        sense.value.watch.common = length / Double(max(1, sense.present.count))
    }

    /// Overwrites the gradient by the parts, and the decoder's.
    private func reconstruct(
        _ m: Int, _ x: Buffer<S>, decoder: UnsafePointer<S>, into gradient: UnsafeMutablePointer<S>
    ) {
        let (sense, d) = (senses[m], dimension)
        let (n, width) = (sense.present.count, sense.width)
        gradient.update(repeating: 0, count: Self.decoderCount(width: width, dimension: d))
        sense.dParts.base.update(repeating: 0, count: n * 2 * d)
        guard n > 0 else { return }
        let layer = ProductSize(rows: n, columns: width, depth: 2 * d)
        S.multiply(
            .plain, layer, alpha: 1, sense.parts.base, decoder, beta: 0, into: sense.error.base)
        let bias = decoder + 2 * d * width
        var square = 0.0
        for i in 0..<n {
            var sum: S = 0
            for j in 0..<width {
                let e = sense.error.base[i * width + j] + bias[j] - x.base[i * width + j]
                sense.error.base[i * width + j] = e
                sum += e * e
            }
            square += Double(sum)
        }
        let cells = Double(n * width)
        sense.value.watch.error = square / cells
        let weight = settings.reconstruction / Double(senses.count)
        sense.value.reconstruction = weight * square / cells
        guard weight > 0 else { return }
        let share = S(2 * weight / cells)
        S.multiply(
            .leftTransposed, ProductSize(rows: 2 * d, columns: width, depth: n), alpha: share,
            sense.parts.base, sense.error.base, beta: 0, into: gradient)
        let dBias = gradient + 2 * d * width
        for i in 0..<n {
            for j in 0..<width { dBias[j] += share * sense.error.base[i * width + j] }
        }
        S.multiply(
            .rightTransposed, ProductSize(rows: n, columns: 2 * d, depth: width), alpha: share,
            sense.error.base, decoder, beta: 0, into: sense.dParts.base)
    }

    /// Adds the gradient of cos² to that by u, and to that by z.
    private func decouple(_ m: Int) {
        let (sense, d) = (senses[m], dimension)
        let n = sense.present.count
        guard n > 0 else { return }
        let share = settings.decoupling / Double(senses.count * n)
        for (slot, row) in sense.present.enumerated() {
            let u = sense.parts.base + slot * 2 * d
            let z = sense.z.base + row * d
            let length = dotProduct(u, u, count: d).squareRoot() + 1e-8
            let cosine = dotProduct(u, z, count: d) / length
            sense.value.decoupling += share * cosine * cosine
            sense.value.watch.own += length / Double(n)
            sense.value.watch.cosine += abs(cosine) / Double(n)
            let g = S(2 * share * cosine / length)
            let back = S(cosine / length)
            let du = sense.dParts.base + slot * 2 * d
            let dz = sense.dz.base + row * d
            for j in 0..<d {
                du[j] += g * (z[j] - back * u[j])
                dz[j] += g * u[j]
            }
        }
    }

    /// L_hete and the residual.
    private func carry(weight: Double) -> (loss: Double, residual: Double) {
        let d = dimension
        let chosen = senses.filter { $0.present.count >= 2 * settings.prototypes }
        guard chosen.count >= 2 else { return (0, 0) }
        var units: [Double] = []
        let prototypes = chosen.map { sense -> SensePrototypes in
            let n = sense.present.count
            var x = [Double](repeating: 0, count: n * d)
            var square = 0.0
            for i in 0..<n {
                for j in 0..<d {
                    x[i * d + j] = Double(sense.parts.base[i * 2 * d + j])
                    square += x[i * d + j] * x[i * d + j]
                }
            }
            let unit = max(1e-8, (square / Double(n * d)).squareRoot())
            for k in x.indices { x[k] /= unit }
            units.append(unit)
            return SensePrototypes(
                of: x, dimension: d, count: settings.prototypes, steps: DecAlignSettings.steps,
                floor: DecAlignSettings.varianceFloor)
        }
        let transport = PrototypeTransport(prototypes)
        for (m, sense) in chosen.enumerated() {
            let (x, g) = (prototypes[m].rows, transport.gradients[m])
            let along = zip(x, g).reduce(0) { $0 + $1.0 * $1.1 } / Double(x.count)
            for i in 0..<sense.present.count {
                for j in 0..<d {
                    let k = i * d + j
                    sense.dParts.base[i * 2 * d + j] += S(weight * (g[k] - x[k] * along) / units[m])
                }
            }
        }
        return (weight * transport.loss, transport.residual)
    }

    private func match(weight: Double) -> Double {
        let chosen = senses.filter { $0.present.count >= 2 }
        guard chosen.count >= 2 else { return 0 }
        let whole = chosen.map {
            DistributionMatching.Rows(
                x: $0.common, gradient: $0.dCommon, count: $0.present.count)
        }
        let some = chosen.map {
            DistributionMatching.Rows(
                x: $0.common, gradient: $0.dCommon,
                count: min($0.present.count, DecAlignSettings.matchedRowsMax))
        }
        return DistributionMatching.moments(whole, dimension: dimension, weight: weight)
            + DistributionMatching.discrepancy(
                some, dimension: dimension,
                bandwidth: DistributionMatching.bandwidth(some, dimension: dimension),
                weight: weight)
    }

    /// The gradient by h.
    private func gather(_ m: Int, rows: Int, into dh: Buffer<S>) {
        let (sense, d) = (senses[m], dimension)
        let root = S(Double(d).squareRoot())
        dh.base.update(repeating: 0, count: rows * 2 * d)
        for (slot, row) in sense.present.enumerated() {
            let dParts = sense.dParts.base + slot * 2 * d
            let dCommon = sense.dCommon.base + slot * d
            let dz = sense.dz.base + row * d
            for j in 0..<d { dz[j] += root * (dParts[d + j] + dCommon[j]) }
            let out = dh.base + row * 2 * d
            norm.backward(
                dz, z: sense.z.base + row * d, lengths: sense.lengths.base + row, rows: 1, into: out
            )
            for j in 0..<d { out[d + j] = dParts[j] }
        }
    }
}
