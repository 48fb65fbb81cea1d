import LinearAlgebra

/// A learnt encoder in service: one sense's row to its place in the unified space.
///
/// ```
/// x = clip((row − mean) / scale, ±30)
/// z = h / (‖h‖ + 1e-8),   h = layers(x)
/// ```
/// Immutable and small; `Learning` makes it. A row's z does not depend on the rows it is computed
/// with, to the bit (`DenseKernel`).
package struct SenseNetwork: Equatable, Sendable {
    package let architecture: SenseArchitecture
    /// Of each input number; shared by all frames of a row.
    package let mean: [Float]
    package let scale: [Float]
    /// All layers' W and b, end to end (`SenseArchitecture.layers`).
    package let parameters: [Float]
    private let layers: [DenseLayer]
    /// Of a network with attention.
    package let attention: SenseArchitecture.AttentionLayers?

    /// Standard deviations beyond which a single number would turn the whole sense.
    package static let inputMax: Float = 30

    package init(
        architecture: SenseArchitecture, mean: [Float], scale: [Float], parameters: [Float]
    ) {
        precondition(mean.count == architecture.inputWidth && scale.count == mean.count)
        precondition(parameters.count == architecture.parameterCount)
        self.architecture = architecture
        self.mean = mean
        self.scale = scale
        self.parameters = parameters
        layers = architecture.layers
        attention = architecture.attentionLayers
    }

    /// z of one row: `dimension` numbers of unit length.
    package func project(_ row: [Float]) -> [Float] { project(rows: row) }

    /// z of several rows that lie end to end, likewise end to end.
    package func project(rows: [Float]) -> [Float] {
        guard architecture.ownDimension != nil else { return outputs(rows: rows) }
        let (d, width) = (architecture.dimension, architecture.outputWidth)
        let both = outputs(rows: rows)
        return stride(from: 0, to: both.count, by: width).flatMap { both[$0..<$0 + d] }
    }

    /// Both parts of one row: z, and the own part u; `nil` for a network that has none.
    package func parts(_ row: [Float]) -> (common: [Float], own: [Float]?) {
        let both = outputs(rows: row)
        guard architecture.ownDimension != nil else { return (both, nil) }
        let d = architecture.dimension
        return (Array(both[..<d]), Array(both[d...]))
    }

    /// `[z, u]` of rows that lie end to end.
    private func outputs(rows: [Float]) -> [Float] {
        let width = architecture.rowWidth
        precondition(rows.count.isMultiple(of: width), "rows of \(width) numbers")
        let count = rows.count / width
        let d = architecture.outputWidth
        var z = [Float](repeating: 0, count: count * d)
        rows.withUnsafeBufferPointer { rows in
            z.withUnsafeMutableBufferPointer { z in
                for first in stride(from: 0, to: count, by: Self.groupMax) {
                    project(
                        rows.baseAddress! + first * width, min(Self.groupMax, count - first),
                        into: z.baseAddress! + first * d)
                }
            }
        }
        return z
    }

    /// Rows computed together at most: bounds the scratch memory.
    private static let groupMax = 32

    private func project(
        _ rows: UnsafePointer<Float>, _ count: Int, into z: UnsafeMutablePointer<Float>
    ) {
        let dense = layers.drop { $0.name == "convolution" || $0.name == "filters" }
        let widest = dense.reduce(0) { max($0, $1.inputs, $1.outputs) }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * count * widest) { scratch in
            var x = scratch.baseAddress!
            var y = x + count * widest
            switch architecture.front {
            case _ where architecture.peaks != nil:
                for row in 0..<count {
                    let f = peaks(of: rows + row * architecture.rowWidth)
                    (x + row * f.count).update(from: f, count: f.count)
                }
            case .features(let width):
                for row in 0..<count {
                    standardise(rows + row * width, into: x + row * width)
                }
            case .frames(let countMax, let width, let kernel, let filters):
                for row in 0..<count {
                    pool(
                        rows + row * (1 + countMax * width), countMax: countMax, width: width,
                        kernel: kernel, filters: filters, into: x + row * 2 * filters)
                }
            }
            finish(&x, &y, count, dense, into: z)
        }
    }

    /// From what the front made of `count` rows, in `x`, through `dense` to z.
    private func finish(
        _ x: inout UnsafeMutablePointer<Float>, _ y: inout UnsafeMutablePointer<Float>,
        _ count: Int, _ dense: ArraySlice<DenseLayer>, into z: UnsafeMutablePointer<Float>
    ) {
        parameters.withUnsafeBufferPointer { parameters in
            for layer in dense {
                layer.apply(x, rows: count, parameters.baseAddress!, into: y)
                swap(&x, &y)
            }
        }
        let (d, width) = (architecture.dimension, architecture.outputWidth)
        for row in 0..<count {
            Self.normalise(x + row * width, count: d, into: z + row * width)
            for j in d..<width { z[row * width + j] = x[row * width + j] }
        }
    }

    /// z of a row whose filters have answered `peaks`: what `project` makes of the row.
    package func place(ofPeaks peaks: [Float]) -> [Float] {
        let dense = layers.drop { $0.name == "filters" }
        let widest = dense.reduce(peaks.count) { max($0, $1.outputs) }
        return [Float](unsafeUninitializedCapacity: architecture.outputWidth) { z, count in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * widest) { scratch in
                var x = scratch.baseAddress!
                var y = x + widest
                x.update(from: peaks, count: peaks.count)
                finish(&x, &y, 1, dense, into: z.baseAddress!)
            }
            count = architecture.outputWidth
        }
    }

    /// One frame or row of features.
    func standardise(_ row: UnsafePointer<Float>, into x: UnsafeMutablePointer<Float>) {
        for j in mean.indices {
            let z = (row[j] - mean[j]) / scale[j]
            x[j] = max(-Self.inputMax, min(Self.inputMax, z))
        }
    }

    /// The convolution's maxima and means over the places of one row: `2 × filters` numbers.
    private func pool(
        _ row: UnsafePointer<Float>, countMax: Int, width: Int, kernel: Int, filters: Int,
        into pooled: UnsafeMutablePointer<Float>
    ) {
        let frames = SenseArchitecture.frameCount(row[0], countMax: countMax)
        let padded = max(frames, kernel)
        let places = padded - kernel + 1
        withUnsafeTemporaryAllocation(
            of: Float.self, capacity: padded * width + places * filters
        ) { scratch in
            scratch.initialize(repeating: 0)
            let x = scratch.baseAddress!
            let y = x + padded * width
            for frame in 0..<frames {
                standardise(row + 1 + frame * width, into: x + frame * width)
            }
            parameters.withUnsafeBufferPointer {
                layers[0].apply(x, stride: width, rows: places, $0.baseAddress!, into: y)
            }
            let mean = pooled + filters
            for f in 0..<filters { (pooled[f], mean[f]) = (y[f], y[f]) }
            for place in 1..<max(1, places) {
                for f in 0..<filters {
                    let value = y[place * filters + f]
                    pooled[f] = max(pooled[f], value)
                    mean[f] += value
                }
            }
            for f in 0..<filters { mean[f] /= Float(places) }
        }
    }

    private static func normalise(
        _ h: UnsafePointer<Float>, count: Int, into z: UnsafeMutablePointer<Float>
    ) {
        var square = 0.0
        for j in 0..<count { square += Double(h[j]) * Double(h[j]) }
        let length = square.squareRoot() + 1e-8
        for j in 0..<count { z[j] = Float(Double(h[j]) / length) }
    }
}

extension SenseArchitecture {
    /// The number of frames that a row says it has, held within what there is room for.
    package static func frameCount(_ stated: Float, countMax: Int) -> Int {
        stated >= 1 ? Int(min(stated, Float(countMax))) : 0
    }
}

extension DenseLayer {
    /// The layer with its activation, over rows whose beginnings are `stride` (else `inputs`) apart.
    fileprivate func apply(
        _ x: UnsafePointer<Float>, stride: Int? = nil, rows: Int,
        _ parameters: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>
    ) {
        DenseKernel(inputs: inputs, outputs: outputs).apply(
            x, stride: stride ?? inputs, rows: rows, weights: parameters + offset,
            bias: biasOffset.map { parameters + $0 }, into: y)
        guard isActivated else { return }
        for k in 0..<rows * outputs where y[k] < 0 { y[k] *= Self.slope }
    }
}
