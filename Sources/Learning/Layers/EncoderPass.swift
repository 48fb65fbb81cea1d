package import Fusion
package import LinearAlgebra

/// One batch of rows through a sense's network, forwards and backwards, in memory made once.
///
/// Fill `input` (features) or append rows with `appendFrames` (frames) with standardised numbers,
/// call `forward`, read `output`, call `backward` with the gradient by it, read `gradient`. The same
/// code serves `Float` at work and `Double` under test.
package final class EncoderPass<S: KernelScalar> {
    package let architecture: SenseArchitecture
    package let rowsMax: Int
    /// `rows × width` of a network over features.
    package let input: Buffer<S>
    /// z, or h when the network ends without a norm: `rows × outputWidth`.
    package let output: Buffer<S>
    /// By all parameters, in their order; the sum over the rows. Behind them, room for `extra`.
    package let gradient: Buffer<S>

    private let convolution: FrameConvolution<S>?
    private let dense: [DenseLayer]
    /// `outputs` numbers per row and dense layer.
    private let activations: [Buffer<S>]
    /// Gradients on their way down, in turns.
    private let downwards: (Buffer<S>, Buffer<S>)
    private let lengths: Buffer<S>
    private let unitNorm: UnitNorm?

    /// With `isNormalised` the output is z, of unit length; without, it is h. `extra` parameters are
    /// trained along that are none of the network's.
    package init(
        _ architecture: SenseArchitecture, rowsMax: Int, isNormalised: Bool = true, extra: Int = 0
    ) {
        precondition(
            architecture.ownDimension == nil || !isNormalised, "two parts are not one unit vector")
        let layers = architecture.layers
        self.architecture = architecture
        self.rowsMax = rowsMax
        if case .frames(let countMax, let width, let kernel, let filters) = architecture.front {
            convolution = FrameConvolution(
                layer: layers[0], countMax: countMax, width: width, kernel: kernel,
                rowsMax: rowsMax)
            dense = Array(layers.dropFirst())
            input = Buffer(count: rowsMax * 2 * filters)
        } else {
            convolution = nil
            dense = layers
            input = Buffer(count: rowsMax * architecture.inputWidth)
        }
        output = Buffer(count: rowsMax * architecture.outputWidth)
        gradient = Buffer(count: architecture.parameterCount + extra)
        activations = dense.map { Buffer(count: rowsMax * $0.outputs) }
        let widest = dense.reduce(0) { max($0, $1.inputs, $1.outputs) }
        downwards = (Buffer(count: rowsMax * widest), Buffer(count: rowsMax * widest))
        lengths = Buffer(count: rowsMax)
        unitNorm = isNormalised ? UnitNorm(dimension: architecture.dimension) : nil
    }

    /// Forgets the frames of the last batch.
    package func removeFrames() { convolution?.removeAll() }

    /// Room for the next row's standardised frames, `frames × width` numbers.
    package func appendFrames(_ frames: Int) -> UnsafeMutablePointer<S> {
        guard let convolution else { preconditionFailure("the network's rows are features") }
        return convolution.appendRow(frames: frames)
    }

    /// The standardised frames of a row that was filled in; one of a network over features.
    package func frames(of row: Int) -> (first: UnsafePointer<S>, count: Int) {
        guard let convolution else {
            return (UnsafePointer(input.base + row * architecture.inputWidth), 1)
        }
        let first = convolution.x.base + convolution.starts[row] * convolution.width
        return (UnsafePointer(first), convolution.counts[row])
    }

    package func forward(rows: Int, parameters: UnsafePointer<S>) {
        precondition(rows <= rowsMax, "\(rows) rows in memory for \(rowsMax)")
        guard rows > 0 else { return }
        convolution?.forward(rows: rows, parameters, into: input.base)
        var x = input.base
        for (layer, y) in zip(dense, activations) {
            layer.forward(x, rows: rows, parameters, into: y.base)
            x = y.base
        }
        if let unitNorm {
            unitNorm.forward(x, rows: rows, into: output.base, lengths: lengths.base)
        } else {
            output.base.update(from: x, count: rows * architecture.outputWidth)
        }
    }

    /// After `forward` with the same rows and parameters; g is the gradient by `output`.
    package func backward(_ g: UnsafePointer<S>, rows: Int, parameters: UnsafePointer<S>) {
        guard rows > 0 else {
            gradient.base.update(repeating: 0, count: gradient.count)
            return
        }
        var dy = downwards.0.base
        var dx = downwards.1.base
        if let unitNorm {
            unitNorm.backward(g, z: output.base, lengths: lengths.base, rows: rows, into: dy)
        } else {
            dy.update(from: g, count: rows * architecture.outputWidth)
        }
        for k in dense.indices.reversed() {
            let isLast = k == 0 && convolution == nil
            dense[k].descend(dy, through: activations[k].base, rows: rows)
            dense[k].backward(
                dy, x: k == 0 ? input.base : activations[k - 1].base, rows: rows, parameters,
                gradient: gradient.base, dx: isLast ? nil : dx)
            swap(&dy, &dx)
        }
        convolution?.backward(dy, rows: rows, gradient: gradient.base)
    }
}
