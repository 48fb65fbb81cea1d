import LinearAlgebra

/// What a sense does, given what the others do in the same window: cross-sense attention over frames.
///
/// ```
/// S  = x E + e                          a sense's standardised frames, F × w; a log is one frame
/// Q  = S W_q,   K = S′ W_k,   V = S′ W_v        S′: the frames of the other senses present
/// A  = softmax(Q Kᵀ / √(w / heads))             head by head
/// Δ  = mean over frames of norm(S + [A V] W_o) − norm(S)
/// u ← u + Δ W_u
/// norm(s) = (s − mean s) / √(var s + 1e-5)
/// ```
/// Tsai et al. 2019, "MulT", as DecAlign has it (PAPERS 4(a)5): queries from the own sequence, keys and
/// values from all others end to end, the norm behind the sum, no code of positions. One layer, without
/// the feed-forward part. Three things differ. It goes into the own part: a common part that saw the
/// other senses would agree with them by construction. Only what attention changed is added, so that
/// a sense left alone says what it says without the block, to the bit. And the norm has no gain of its own:
/// W_u stands right behind it.
extension SenseArchitecture {
    package struct Attention: Hashable, Sendable, Codable {
        package var heads: Int
        /// w: numbers of a frame as it is shown to the others; a multiple of `heads`.
        package var width: Int

        package init(heads: Int, width: Int) {
            self.heads = heads
            self.width = width
        }

        /// Whether heads share the numbers evenly.
        var isSound: Bool {
            (1...1024).contains(width) && (1...width).contains(heads)
                && width.isMultiple(of: heads)
        }

        /// Numbers of one head.
        package var headWidth: Int { width / heads }

        /// What keeps the norm of equal numbers finite.
        package static let varianceFloor = 1e-5
    }

    /// The block's layers; their parameters lie behind those of `layers`.
    package struct AttentionLayers: Equatable, Sendable {
        package let shape: Attention
        /// E and e.
        package let frames: DenseLayer
        package let query: DenseLayer
        package let key: DenseLayer
        package let value: DenseLayer
        /// W_o.
        package let output: DenseLayer
        /// W_u.
        package let own: DenseLayer

        package var all: [DenseLayer] { [frames, query, key, value, output, own] }
    }

    /// `nil` without attention.
    package var attentionLayers: AttentionLayers? {
        guard let attention, let ownDimension else { return nil }
        let w = attention.width
        var end = layers.last?.end ?? 0
        func layer(
            _ name: String, inputs: Int? = nil, outputs: Int? = nil, hasBias: Bool = false
        ) -> DenseLayer {
            let layer = DenseLayer(
                name: "attention.\(name)", inputs: inputs ?? w, outputs: outputs ?? w,
                hasBias: hasBias, isActivated: false, offset: end)
            end = layer.end
            return layer
        }
        return AttentionLayers(
            shape: attention, frames: layer("frames", inputs: inputWidth, hasBias: true),
            query: layer("query"),
            key: layer("key"), value: layer("value"), output: layer("output"),
            own: layer("own", outputs: ownDimension))
    }
}

extension SenseNetwork {
    /// S of one row, `frames × width`: what it shows the other senses. Only of a network with
    /// attention.
    package func sequence(_ row: [Float]) -> [Float] {
        guard let layer = attention?.frames else {
            preconditionFailure("this network has no attention")
        }
        precondition(
            row.count == architecture.rowWidth, "a row of \(architecture.rowWidth) numbers")
        let width = architecture.inputWidth
        return row.withUnsafeBufferPointer { row in
            var (first, count) = (row.baseAddress!, 1)
            if case .frames(let countMax, _, _, _) = architecture.front {
                count = SenseArchitecture.frameCount(row[0], countMax: countMax)
                first += 1
            }
            return withUnsafeTemporaryAllocation(of: Float.self, capacity: count * width) { x in
                for frame in 0..<count {
                    standardise(first + frame * width, into: x.baseAddress! + frame * width)
                }
                return apply(layer, x.baseAddress!, rows: count)
            }
        }
    }

    /// Δ W_u: what is added to u of the row that shows `sequence`.
    ///
    /// - Parameters:
    ///   - sequence: the row's own.
    ///   - others: of the other senses present, in order of their names.
    /// - Returns: as many numbers as u has; 0 without others.
    package func addition(_ sequence: [Float], beside others: [[Float]]) -> [Float] {
        guard let attention else { preconditionFailure("this network has no attention") }
        let w = attention.shape.width
        let frames = sequence.count / w
        let beside = others.count == 1 ? others[0] : others.flatMap(\.self)
        guard frames > 0, !beside.isEmpty else {
            return [Float](repeating: 0, count: attention.own.outputs)
        }
        let context = context(sequence, beside, attention)
        var (plain, moved) = (sequence, apply(attention.output, context, rows: frames))
        for k in moved.indices { moved[k] += sequence[k] }
        Self.normaliseFrames(&plain, width: w)
        Self.normaliseFrames(&moved, width: w)
        var change = [Float](repeating: 0, count: w)
        for frame in 0..<frames {
            for j in 0..<w { change[j] += moved[frame * w + j] - plain[frame * w + j] }
        }
        for j in 0..<w { change[j] /= Float(frames) }
        return apply(attention.own, change, rows: 1)
    }

    /// Both parts of a row, the own one beside what the other senses show.
    package func parts(
        _ row: [Float], showing sequence: [Float], beside others: [[Float]]
    ) -> (common: [Float], own: [Float]?) {
        var (common, own) = parts(row)
        guard !others.isEmpty else { return (common, own) }
        for (j, x) in addition(sequence, beside: others).enumerated() { own?[j] += x }
        return (common, own)
    }

    /// `[A V]`, the heads side by side.
    private func context(
        _ sequence: [Float], _ beside: [Float], _ layers: SenseArchitecture.AttentionLayers
    ) -> [Float] {
        let (w, h) = (layers.shape.width, layers.shape.headWidth)
        let (frames, keys) = (sequence.count / w, beside.count / w)
        var query = apply(layers.query, sequence, rows: frames)
        let scale = 1 / Float(h).squareRoot()
        for k in query.indices { query[k] *= scale }
        let key = apply(layers.key, beside, rows: keys)
        let value = apply(layers.value, beside, rows: keys)
        var context = [Float](repeating: 0, count: frames * w)
        withUnsafeTemporaryAllocation(
            of: Float.self, capacity: 2 * keys * h + frames * (keys + h)
        ) { scratch in
            // Of one head: Kᵀ, V, A and A V.
            let K = scratch.baseAddress!
            let V = K + keys * h
            let A = V + keys * h
            let y = A + frames * keys
            for first in stride(from: 0, to: w, by: h) {
                for i in 0..<keys {
                    for j in 0..<h {
                        K[j * keys + i] = key[i * w + first + j]
                        V[i * h + j] = value[i * w + first + j]
                    }
                }
                query.withUnsafeBufferPointer {
                    DenseKernel(inputs: h, outputs: keys).apply(
                        $0.baseAddress! + first, stride: w, rows: frames, weights: K, bias: nil,
                        into: A)
                }
                for frame in 0..<frames { softmax(A + frame * keys, count: keys) }
                DenseKernel(inputs: keys, outputs: h).apply(
                    A, stride: keys, rows: frames, weights: V, bias: nil, into: y)
                for frame in 0..<frames {
                    for j in 0..<h { context[frame * w + first + j] = y[frame * h + j] }
                }
            }
        }
        return context
    }

    private func softmax(_ x: UnsafeMutablePointer<Float>, count: Int) {
        var peak = x[0]
        for j in 1..<max(1, count) { peak = max(peak, x[j]) }
        Float.exponentiate(x, count: count, minus: peak)
        var sum: Float = 0
        for j in 0..<count { sum += x[j] }
        for j in 0..<count { x[j] /= sum }
    }

    private static func normaliseFrames(_ x: inout [Float], width: Int) {
        for first in stride(from: 0, to: x.count, by: width) {
            var sum: Float = 0
            for j in first..<first + width { sum += x[j] }
            let mean = sum / Float(width)
            var square: Float = 0
            for j in first..<first + width {
                x[j] -= mean
                square += x[j] * x[j]
            }
            let floor = Float(SenseArchitecture.Attention.varianceFloor)
            let deviation = (square / Float(width) + floor).squareRoot()
            for j in first..<first + width { x[j] /= deviation }
        }
    }

    private func apply(
        _ layer: DenseLayer, _ x: UnsafePointer<Float>, rows: Int
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: rows * layer.outputs) { y, count in
            parameters.withUnsafeBufferPointer { parameters in
                DenseKernel(inputs: layer.inputs, outputs: layer.outputs).apply(
                    x, stride: layer.inputs, rows: rows,
                    weights: parameters.baseAddress! + layer.offset,
                    bias: layer.biasOffset.map { parameters.baseAddress! + $0 },
                    into: y.baseAddress!)
            }
            count = rows * layer.outputs
        }
    }
}
