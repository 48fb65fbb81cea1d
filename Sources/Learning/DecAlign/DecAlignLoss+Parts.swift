import Fusion
import LinearAlgebra

/// The terms of one sense alone: its two parts, what they say of its numbers, how they lie.
extension DecAlignLoss {
    /// z, and the parts side by side.
    func part(_ m: Int, _ h: Buffer<S>) {
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
    func reconstruct(
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
    func decouple(_ m: Int) {
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

    /// The gradient by h.
    func gather(_ m: Int, rows: Int, into dh: Buffer<S>) {
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
