import Fusion
package import LinearAlgebra
package import Signals

/// The encoders of several senses over features, trained step by step by whoever brings the batches:
/// what the experiments share. `Trainer` is for windows of a plant.
///
/// Fill the `input` of every pass with rows, call `forward`, one of the two losses, and `step`. Here
/// and not beside the experiments, because the kernels are compiled for `Float` only within their
/// own room.
package final class EncoderGroup {
    package let passes: [EncoderPass<Float>]
    private let parameters: [Buffer<Float>]
    private let optimisers: [Adam<Float>]
    /// The loss's gradient by the embeddings, per sense.
    private let dz: [Buffer<Float>]
    private let isPresent: [Bool]

    /// First weights `W ~ N(0, 2 / inputs)` and `b = 0`, PAPERS 0. Rows are taken as they are.
    ///
    /// - Parameters:
    ///   - widths: numbers of each sense's rows.
    ///   - hidden: widths of the hidden layers, the same for every sense.
    ///   - dimension: of the space.
    ///   - rowsMax: rows of a batch at most.
    ///   - isNormalised: whether embeddings have unit length.
    ///   - random: the dice of the first weights.
    package init(
        widths: [Int], hidden: [Int], dimension: Int, rowsMax: Int, isNormalised: Bool,
        using random: inout SeededGenerator
    ) {
        let architectures = widths.map {
            SenseArchitecture(front: .features(width: $0), hidden: hidden, dimension: dimension)
        }
        passes = architectures.map {
            EncoderPass($0, rowsMax: rowsMax, isNormalised: isNormalised)
        }
        parameters = architectures.map { Buffer(count: $0.parameterCount) }
        optimisers = architectures.map { Adam(count: $0.parameterCount) }
        dz = widths.map { _ in Buffer(count: rowsMax * dimension) }
        isPresent = [Bool](repeating: true, count: rowsMax * widths.count)
        for (architecture, parameters) in zip(architectures, parameters) {
            for layer in architecture.layers {
                let deviation = (2 / Double(layer.inputs)).squareRoot()
                for k in 0..<layer.inputs * layer.outputs {
                    parameters.base[layer.offset + k] = Float(deviation * random.gaussian())
                }
            }
        }
    }

    package func forward(rows: Int) {
        for (pass, parameters) in zip(passes, parameters) {
            pass.forward(rows: rows, parameters: parameters.base)
        }
    }

    /// The loss of the batch that went through `forward`; every sense is present in every row.
    package func evaluate(_ loss: ContrastiveLoss<Float>, rows: Int) -> Double {
        loss.evaluate(passes.map(\.output), rows: rows, isPresent: isPresent, into: dz)
    }

    /// The loss of two senses' batch of `2 · pairs` rows that went through `forward`.
    package func evaluate(_ loss: MisalignmentLoss<Float>, pairs: Int) -> Double {
        precondition(passes.count == 2, "pairs are of two senses")
        return loss.evaluate(passes[0].output, passes[1].output, pairs: pairs, into: dz[0], dz[1])
    }

    /// One step of Adam down the last loss.
    ///
    /// - Parameters:
    ///   - rows: of the batch.
    ///   - rate: η.
    ///   - clip: longest gradient of one encoder; `nil` for no limit.
    ///   - frozen: a sense whose encoder stays as it is.
    package func step(rows: Int, rate: Double, clip: Double? = nil, frozen: Int? = nil) {
        for m in passes.indices where m != frozen {
            passes[m].backward(dz[m].base, rows: rows, parameters: parameters[m].base)
            let gradient = passes[m].gradient
            var scale: Float = 1
            if let clip {
                let square = dotProduct(gradient.base, gradient.base, count: gradient.count)
                if square > clip * clip { scale = Float(clip / square.squareRoot()) }
            }
            optimisers[m].advance()
            optimisers[m].apply(
                parameters[m].base, gradient: gradient.base, range: 0..<gradient.count,
                scale: scale, rate: rate)
        }
    }

    /// The embeddings of a sense's rows, `x.count / width × dimension`.
    package func embed(_ x: [Float], sense m: Int) -> Matrix {
        let pass = passes[m]
        let width = pass.architecture.inputWidth
        let d = pass.architecture.dimension
        let rows = x.count / width
        var z: [Float] = []
        z.reserveCapacity(rows * d)
        for first in stride(from: 0, to: rows, by: pass.rowsMax) {
            let count = min(pass.rowsMax, rows - first)
            for k in 0..<count * width { pass.input.base[k] = x[first * width + k] }
            pass.forward(rows: count, parameters: parameters[m].base)
            z += UnsafeBufferPointer(start: pass.output.base, count: count * d)
        }
        return Matrix(rows: rows, columns: d, floats: z)
    }
}
