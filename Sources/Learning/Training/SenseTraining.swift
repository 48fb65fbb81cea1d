package import Fusion
import LinearAlgebra
package import Signals

/// One sense in training: its parameters, their moments, and the memory of a step.
///
/// A step's rows are cut into chunks that do not depend on the number of threads; each chunk has a
/// pass of its own, and their gradients are summed in order.
final class SenseTraining {
    static let chunkRows = 128
    /// Parameters that one job of an update takes.
    static let partCount = 16_384

    let name: StreamName
    let number: Int
    let architecture: SenseArchitecture
    var mean: [Float]
    var scale: [Float]
    let parameters: Buffer<Float>
    var adam: Adam<Float>
    /// A frozen sense is encoded and not moved.
    let isFrozen: Bool

    /// Batch rows in which the sense is present, in order.
    private(set) var present: [Int] = []
    /// Their numbers, `rowWidth` each.
    let numbers: Buffer<Float>
    /// x of the present rows, `inputWidth` each, when the training reconstructs them: standardised,
    /// of frames their mean, and held within what a decoder can be asked for.
    let targets: Buffer<Float>
    /// By batch row: z, or both parts before they are told apart, and the gradient by it.
    let z: Buffer<Float>
    let dz: Buffer<Float>
    private let passes: [EncoderPass<Float>]
    /// Squared length of each part of the gradient.
    private let squares: Buffer<Double>

    init(
        _ sense: TrainingSense, number: Int, settings: TrainingSettings, isFrozen: Bool
    ) {
        name = sense.name
        self.number = number
        self.isFrozen = isFrozen
        let architecture = settings.architecture(of: sense)
        self.architecture = architecture
        let isDecoupled = architecture.ownDimension != nil
        let decoder =
            isDecoupled
            ? DecAlignLoss<Float>.decoderCount(
                width: architecture.inputWidth, dimension: architecture.dimension) : 0
        mean = [Float](repeating: 0, count: architecture.inputWidth)
        scale = [Float](repeating: 1, count: architecture.inputWidth)
        // The decoder begins at 0: what it says is then the mean.
        parameters = Buffer(
            architecture.heParameters(seed: SeededGenerator(seed: settings.seed, place: 1, number))
                + [Float](repeating: 0, count: decoder))
        adam = Adam(count: parameters.count)
        numbers = Buffer(count: settings.batch * architecture.rowWidth)
        targets = Buffer(count: isDecoupled ? settings.batch * architecture.inputWidth : 0)
        z = Buffer(count: settings.batch * architecture.outputWidth)
        dz = Buffer(count: settings.batch * architecture.outputWidth)
        passes = (0..<Self.chunks(of: settings.batch)).map { _ in
            EncoderPass(
                architecture, rowsMax: Self.chunkRows, isNormalised: !isDecoupled, extra: decoder)
        }
        squares = Buffer(count: (parameters.count + Self.partCount - 1) / Self.partCount)
    }

    static func chunks(of rows: Int) -> Int { (rows + chunkRows - 1) / chunkRows }

    var chunks: Int { Self.chunks(of: present.count) }
    var parts: Int { isFrozen ? 0 : squares.count }

    var network: SenseNetwork {
        SenseNetwork(
            architecture: architecture, mean: mean, scale: scale,
            parameters: Array(parameters.values.prefix(architecture.parameterCount)))
    }

    /// The decoder among the parameters, and its place in the gradient.
    var decoder: UnsafePointer<Float> {
        UnsafePointer(parameters.base + architecture.parameterCount)
    }
    var decoderGradient: UnsafeMutablePointer<Float> {
        passes[0].gradient.base + architecture.parameterCount
    }

    /// Where the gradient of the attention block goes; the chunks leave it alone.
    var attentionGradient: UnsafeMutablePointer<Float> {
        passes[0].gradient.base + (architecture.attentionLayers?.frames.offset ?? 0)
    }

    /// Standardised frames of one of the present rows, as the chunk's `forward` read them.
    func frames(ofSlot slot: Int) -> (first: UnsafePointer<Float>, count: Int) {
        passes[slot / Self.chunkRows].frames(of: slot % Self.chunkRows)
    }

    /// u of a batch row, or the gradient by it.
    func own(_ parts: Buffer<Float>, _ row: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(
            start: parts.base + row * architecture.outputWidth + architecture.dimension,
            count: architecture.ownDimension ?? 0)
    }

    /// Takes the rows in which the sense is present, and their numbers.
    func load(_ rows: some TrainingRows, _ batch: [Int], present: [Int]) throws {
        self.present = present
        try rows.fill(
            present.map { batch[$0] }, sense: number,
            into: UnsafeMutableBufferPointer(
                start: numbers.base, count: present.count * architecture.rowWidth))
    }

    private func range(of chunk: Int) -> Range<Int> {
        chunk * Self.chunkRows..<min(present.count, (chunk + 1) * Self.chunkRows)
    }

    private func part(_ index: Int) -> Range<Int> {
        index * Self.partCount..<min(parameters.count, (index + 1) * Self.partCount)
    }

    /// The chunk's z, into their places in the batch. `augmentation` is `nil` in validation.
    func forward(chunk: Int, augmentation: Augmentation?, dice: SeededGenerator) {
        let range = range(of: chunk)
        let pass = passes[chunk]
        var dice = dice
        let input = InputReader(architecture: architecture, mean: mean, scale: scale)
        input.read(
            numbers.base + range.lowerBound * architecture.rowWidth, rows: range.count, into: pass,
            augmentation: augmentation, dice: &dice)
        pass.forward(rows: range.count, parameters: parameters.base)
        if targets.count > 0 {
            input.target(
                numbers.base + range.lowerBound * architecture.rowWidth, rows: range.count,
                into: targets.base + range.lowerBound * architecture.inputWidth)
        }
        let d = architecture.outputWidth
        for (slot, k) in range.enumerated() {
            (z.base + present[k] * d).update(from: pass.output.base + slot * d, count: d)
        }
    }

    /// The chunk's gradient by the parameters; `forward` was the pass's last use.
    func backward(chunk: Int) {
        let range = range(of: chunk)
        let pass = passes[chunk]
        let d = architecture.outputWidth
        // z is not needed in batch order any more once the loss has its gradient: rows in a run.
        let g = z.base + range.lowerBound * d
        for (slot, k) in range.enumerated() {
            (g + slot * d).update(from: dz.base + present[k] * d, count: d)
        }
        pass.backward(g, rows: range.count, parameters: parameters.base)
    }

    /// Sums one part of the gradient over the chunks, into the first.
    func combine(part index: Int) {
        let range = part(index)
        let gradient = passes[0].gradient.base
        // The decoder's gradient is of the whole batch already.
        let network = range.clamped(to: 0..<architecture.parameterCount)
        for chunk in 1..<max(1, chunks) {
            let other = passes[chunk].gradient.base
            for i in network { gradient[i] += other[i] }
        }
        squares.base[index] = squaredLength(gradient + range.lowerBound, count: range.count)
    }

    /// Length of the whole gradient, after every part's `combine`.
    var gradientLength: Double { squares.values.reduce(0, +).squareRoot() }

    func update(part index: Int, scale: Double, rate: Double, decay: Double) {
        adam.apply(
            parameters.base, gradient: passes[0].gradient.base, range: part(index),
            scale: Float(scale), rate: rate, decay: decay)
    }
}

/// `Σ xⱼ²`: in single precision over short runs, in double over these.
private func squaredLength(_ x: UnsafePointer<Float>, count: Int) -> Double {
    var total = 0.0
    for first in stride(from: 0, to: count, by: 512) {
        var lanes = SIMD8<Float>()
        var j = first
        let end = min(count, first + 512)
        while j + 8 <= end {
            let eight = UnsafeRawPointer(x + j).loadUnaligned(as: SIMD8<Float>.self)
            lanes += eight * eight
            j += 8
        }
        total += Double(lanes.sum())
        while j < end {
            total += Double(x[j]) * Double(x[j])
            j += 1
        }
    }
    return total
}

extension SenseArchitecture {
    /// W ~ N(0, 2 / inputs), b = 0: each layer keeps the size of what passes. He et al. 2015.
    package func heParameters(seed generator: SeededGenerator) -> [Float] {
        var generator = generator
        var parameters = [Float](repeating: 0, count: parameterCount)
        for layer in layers {
            let deviation = (2 / Double(layer.inputs)).squareRoot()
            for k in layer.offset..<layer.offset + layer.inputs * layer.outputs {
                parameters[k] = Float(deviation * generator.gaussian())
            }
        }
        // Without a ReLU behind them, N(0, 1 / inputs); the last is a head like the output, beside which
        // it stands. Begun at 0 it stays two orders of magnitude below what u is without it.
        for layer in attentionLayers?.all ?? [] {
            let isHead = layer.name == attentionLayers?.own.name
            let deviation = ((isHead ? 2 : 1) / Double(layer.inputs)).squareRoot()
            for k in layer.offset..<layer.offset + layer.inputs * layer.outputs {
                parameters[k] = Float(deviation * generator.gaussian())
            }
        }
        return parameters
    }
}
