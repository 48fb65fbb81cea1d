import Fusion
import Learning
import LinearAlgebra
import Signals
import Testing

/// Windows of three senses: two of frames, and one, like a log, of one frame.
@Suite("Attention between the senses of a window") struct AttentionTests {
    private static func architectures(heads: Int) -> [SenseArchitecture] {
        let attention = SenseArchitecture.Attention(heads: heads, width: 4)
        func sense(_ front: SenseArchitecture.Front) -> SenseArchitecture {
            SenseArchitecture(
                front: front, hidden: [5], dimension: 3, ownDimension: 3, attention: attention)
        }
        return [
            sense(.frames(countMax: 4, width: 3, kernel: 2, filters: 4)),
            sense(.frames(countMax: 3, width: 2, kernel: 2, filters: 4)),
            sense(.features(width: 5)),
        ]
    }

    /// Frames of a sense in a window, standardised; `nil` where it is absent. The last windows have one
    /// sense alone, and a sense without a frame.
    private static let counts: [[Int?]] = [
        [4, 3, 1], [1, 2, 1], [3, nil, 1], [nil, 2, 1], [2, 1, nil], [2, nil, nil], [0, 2, 1],
    ]

    private struct Batch<S: KernelScalar> {
        let architectures: [SenseArchitecture]
        let parameters: [Buffer<S>]
        let frames: [[[S]?]]
        let pass: AttentionPass<S>

        init(heads: Int, seed: UInt64) {
            let architectures = AttentionTests.architectures(heads: heads)
            self.architectures = architectures
            parameters = architectures.enumerated().map { m, architecture in
                Buffer(
                    gaussians(architecture.parameterCount, seed: seed + 10 * UInt64(m)).map {
                        (x: S) in x / 2
                    })
            }
            frames = AttentionTests.counts.enumerated().map { row, counts in
                counts.enumerated().map { m, count in
                    count.map {
                        gaussians(
                            $0 * architectures[m].inputWidth,
                            seed: seed + UInt64(100 * row + m + 1000))
                    }
                }
            }
            pass = AttentionPass(architectures, rowsMax: AttentionTests.counts.count)
        }

        var rows: Int { frames.count }

        func forward() {
            pass.removeAll()
            for row in frames {
                let buffers = row.map { $0.map { Buffer($0) } }
                pass.append(
                    zip(buffers, architectures).map { buffer, architecture in
                        buffer.map {
                            (UnsafePointer($0.base), $0.count / architecture.inputWidth)
                        }
                    })
                withExtendedLifetime(buffers) {}
            }
            pass.forward(parameters.map { UnsafePointer($0.base) })
        }

        /// By the parameters of every block, of a fixed random sum of what is added.
        func gradients(_ g: [Buffer<S>]) -> [[S]] {
            forward()
            pass.backward(
                g.map { UnsafePointer($0.base) }, parameters.map { UnsafePointer($0.base) })
            return architectures.indices.map { pass.gradient($0).values }
        }

        func sumWeights(seed: UInt64) -> [Buffer<S>] {
            architectures.indices.map { m in
                Buffer(gaussians(rows * 3, seed: seed + UInt64(m) + 50))
            }
        }
    }

    @Test("The gradient by every parameter is the difference quotient", arguments: [1, 2, 4])
    func gradient(heads: Int) {
        for seed in UInt64(0)..<3 {
            let batch = Batch<Double>(heads: heads, seed: seed)
            let g = batch.sumWeights(seed: seed)
            let told = batch.gradients(g)
            func loss() -> Double {
                batch.forward()
                return g.enumerated().reduce(0) {
                    $0 + dot($1.element.values, batch.pass.added($1.offset))
                }
            }
            for (m, parameters) in batch.parameters.enumerated() {
                // What lies before the block is the network's own, and not asked here.
                let before = parameters.count - told[m].count
                let gradient = [Double](repeating: 0, count: before) + told[m]
                let error = finiteDifferenceError(parameters, gradient: gradient, loss: loss)
                #expect(error < gradientErrorMax, "sense \(m), seed \(seed)")
            }
        }
    }

    @Test("Single precision gives the gradient of double precision to a thousandth")
    func singlePrecision() {
        for seed in UInt64(0)..<3 {
            let (a, b) = (Batch<Double>(heads: 2, seed: seed), Batch<Float>(heads: 2, seed: seed))
            let exact = a.gradients(a.sumWeights(seed: seed)).flatMap(\.self)
            let single = b.gradients(b.sumWeights(seed: seed)).flatMap(\.self)
            let scale = exact.reduce(0) { max($0, abs($1)) }
            for (exact, single) in zip(exact, single) {
                #expect(abs(exact - Double(single)) < 1e-3 * scale, "seed \(seed)")
            }
        }
    }

    @Test("Service adds what training adds, and nothing to a sense alone", arguments: [1, 2, 4])
    func service(heads: Int) {
        let batch = Batch<Float>(heads: heads, seed: 7)
        batch.forward()
        let networks = zip(batch.architectures, batch.parameters).map { architecture, parameters in
            SenseNetwork(
                architecture: architecture,
                mean: [Float](repeating: 0, count: architecture.inputWidth),
                scale: [Float](repeating: 1, count: architecture.inputWidth),
                parameters: parameters.values)
        }
        for (row, senses) in batch.frames.enumerated() {
            let shown = zip(networks, senses).map { network, frames -> [Float]? in
                guard var row = frames else { return nil }
                if case .frames(let countMax, let width, _, _) = network.architecture.front {
                    row = [Float(row.count / width)] + row
                    row += [Float](repeating: 0, count: 1 + countMax * width - row.count)
                }
                return network.sequence(row)
            }
            for (m, network) in networks.enumerated() {
                let trained = (0..<3).map { batch.pass.added(m).base[row * 3 + $0] }
                let others = shown.indices.compactMap { $0 == m ? nil : shown[$0] }
                guard let own = shown[m] else {
                    #expect(trained == [0, 0, 0])
                    continue
                }
                let served = network.addition(own, beside: others)
                for (a, b) in zip(trained, served) { #expect(abs(a - b) < 1e-5) }
                if others.allSatisfy(\.isEmpty) || own.isEmpty { #expect(served == [0, 0, 0]) }
            }
        }
    }

    private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings
    {
        var settings = TrainingSettings()
        settings.objective = .decAlign
        settings.attention = 2
        settings.dimension = 8
        settings.hidden = [32]
        settings.batch = 270
        settings.epochs = 4
        settings.noise = 0.2
        settings.seed = 11
        change(&settings)
        return settings
    }

    private var rows: SyntheticRows {
        var rows = SyntheticRows(count: 330, senses: 3, frames: true, seed: 2)
        rows.isMissing = { sense, row in (row + sense) % 5 == 0 }
        return rows
    }

    @Test("One thread, two, and a training that was stored give the same networks, to the bit")
    func determinism() throws {
        var one = try Trainer(rows, settings: settings())
        var two = try Trainer(rows, settings: settings(), workers: Workers(threads: 2))
        for _ in 0..<2 {
            try one.epoch()
            try two.epoch()
        }
        #expect(one.encoded == two.encoded)
        var resumed = try Trainer(resuming: one.encoded, rows, settings: settings())
        while !resumed.isFinished { try resumed.epoch() }
        while !two.isFinished { try two.epoch() }
        #expect(resumed.encoded == two.encoded)
        #expect(two.networks.values.allSatisfy { $0.architecture.attention?.heads == 2 })
        #expect(throws: TrainingState.Malformed.self) {
            _ = try Trainer(resuming: one.encoded, rows, settings: settings { $0.attention = 4 })
        }
    }

    /// The largest number that is added to u in one window, and what the block's numbers are.
    private func block(epochs: Int) throws -> (added: Float, parameters: ArraySlice<Float>) {
        var trainer = try Trainer(rows, settings: settings())
        for _ in 0..<epochs { try trainer.epoch() }
        let networks = trainer.networks
        let shown = rows.senses.enumerated().map { m, sense in
            networks[sense.name]!.sequence(rows.row(7, sense: m))
        }
        let network = networks[rows.senses[0].name]!
        let added = network.addition(shown[0], beside: Array(shown.dropFirst()))
        return (
            added.reduce(0) { max($0, abs($1)) },
            network.parameters[network.architecture.attentionLayers!.frames.offset...]
        )
    }

    @Test("The block is heard from the beginning, and every number of it learns")
    func learns() throws {
        let (before, after) = (try block(epochs: 0), try block(epochs: 2))
        #expect(before.added > 0.1 && after.added > 0.1)
        #expect(zip(before.parameters, after.parameters).allSatisfy { $0 != $1 })
    }

    @Test("Heads that do not share the numbers, or another objective, are refused with the reason")
    func refused() {
        for settings in [settings { $0.attention = 3 }, settings { $0.objective = .allPairs }] {
            #expect(
                settings.problems() == [
                    "attention is \(settings.attention), but it takes 1, 2, 4, 8 or 16 heads, or 0 for none, and the objective decalign."
                ])
        }
    }
}
