import Learning
import LinearAlgebra
import Signals
import SyntheticSenses

/// Trains encoders 32-128-16 on latent senses, as PAPERS 1(d) does: 1500 steps of Adam with η = 1e-3,
/// each on 256 windows drawn with replacement, inputs with 0.1 N(0, 1) added, τ = 0.1.
struct ContrastiveTraining {
    let objective: Objective
    /// The sense that others are drawn to, under a fixed anchor.
    let anchor: Int

    private let batch = 256
    private let steps = 1500
    private let dimension = 16

    init(_ objective: Objective) {
        self.objective = objective
        anchor = 0
    }

    /// All senses to sense `anchor`, whose encoder stays as it began if it is frozen.
    init(toSense anchor: Int, isFrozen: Bool) {
        objective = .fixed(StreamName("\(anchor)"), isFrozen: isFrozen)
        self.anchor = anchor
    }

    func run(_ part: LatentSenses.Part, using random: inout SeededGenerator) -> EncoderGroup {
        let width = LatentSenses.width
        let encoders = EncoderGroup(
            widths: part.senses.map { _ in width }, hidden: [128], dimension: dimension,
            rowsMax: batch, isNormalised: true, using: &random)
        let loss = ContrastiveLoss<Float>(
            objective, anchor: anchor, senseCount: part.senses.count, dimension: dimension,
            rowsMax: batch, temperature: 0.1)
        var frozen: Int?
        if case .fixed(_, true) = objective { frozen = anchor }
        var noise = Noise(SeededGenerator(seed: random.next()))
        for _ in 0..<steps {
            let rows = (0..<batch).map { _ in Int.random(in: 0..<part.count, using: &random) }
            for (m, pass) in encoders.passes.enumerated() {
                part.senses[m].withUnsafeBufferPointer { x in
                    for (slot, row) in rows.enumerated() {
                        for k in 0..<width {
                            pass.input.base[slot * width + k] =
                                x[row * width + k] + 0.1 * noise.next()
                        }
                    }
                }
            }
            encoders.forward(rows: batch)
            _ = encoders.evaluate(loss, rows: batch)
            encoders.step(rows: batch, rate: 1e-3, frozen: frozen)
        }
        return encoders
    }
}

/// The recall of a window among the first 500 of the test, from one sense to another.
func recall(_ z: [Matrix], from i: Int, to j: Int) -> Double {
    let first = Array(0..<500)
    return Retrieval(from: z[i].selecting(rows: first), to: z[j].selecting(rows: first))
        .recallAt1
}

/// All ordered pairs of `count` senses.
func orderedPairs(_ count: Int) -> [(from: Int, to: Int)] {
    (0..<count).flatMap { i in (0..<count).filter { $0 != i }.map { (from: i, to: $0) } }
}
