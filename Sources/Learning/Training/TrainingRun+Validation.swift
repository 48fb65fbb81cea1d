import Fusion
import LinearAlgebra
import Signals

/// Beginning, and looking at windows that were held back.
extension TrainingRun {
    /// Validation windows that are looked at: more cost more and say little more.
    private static var validationMax: Int { 1024 }

    /// Standardisation and first parameters: from a given network, or from the rows and by chance.
    func begin(from networks: [StreamName: SenseNetwork]) throws {
        let training = spread(split.training, max: Standardiser.rowsMax)
        for (m, sense) in senses.enumerated() {
            if let network = networks[sense.name] {
                guard network.architecture == sense.architecture else {
                    throw Trainer.Unfit(
                        description:
                            "the network to start \(sense.name) from has another architecture")
                }
                (sense.mean, sense.scale) = (network.mean, network.scale)
                network.parameters.withUnsafeBufferPointer {
                    sense.parameters.base.update(from: $0.baseAddress!, count: $0.count)
                }
                continue
            }
            var standardiser = Standardiser(sense.architecture)
            let width = sense.architecture.rowWidth
            let present = training.filter { rows.isPresent(m, in: $0) }
            for first in stride(from: 0, to: present.count, by: settings.batch) {
                let some = Array(present[first..<min(present.count, first + settings.batch)])
                try sense.load(rows, some, present: Array(some.indices))
                for k in some.indices { standardiser.add(row: sense.numbers.base + k * width) }
            }
            (sense.mean, sense.scale) = standardiser.result
        }
        shareHead()
    }

    /// How well each sense finds the centroid of the others; `nil` without windows held back.
    func validate() throws -> ValidationRetrieval? {
        let held = spread(split.validation, max: Self.validationMax)
        guard held.count >= 2 else { return nil }
        let (d, count) = (settings.dimension, senses.count)
        let isPresent = held.map { row in (0..<count).map { rows.isPresent($0, in: row) } }
        let z = try senses.indices.map { m in
            try embed(m, held: held, isPresent: isPresent.map { $0[m] })
        }
        var ranks: [Int] = []
        for m in senses.indices {
            let chosen = held.indices.filter { i in
                isPresent[i][m] && isPresent[i].indices.contains { $0 != m && isPresent[i][$0] }
            }
            var queries: [Float] = []
            var centroids: [Float] = []
            for i in chosen {
                queries.append(contentsOf: z[m][i * d..<(i + 1) * d])
                let others = (0..<count).filter { $0 != m && isPresent[i][$0] }
                let sums = (0..<d).map { j in
                    others.reduce(0.0) { $0 + Double(z[$1][i * d + j]) }
                }
                // A ranking by cosine: long centroids must not come first for their length.
                let length = sums.reduce(0) { $0 + $1 * $1 }.squareRoot() + 1e-8
                centroids.append(contentsOf: sums.map { Float($0 / length) })
            }
            ranks += ValidationRetrieval.ranks(
                of: queries, in: centroids, dimension: d,
                near: nearPairs(chosen.map { held[$0] }, of: rows, gap: settings.negativeGap))
        }
        return ValidationRetrieval(ranks: ranks)
    }

    /// Mean squared error of what both parts say of the senses' standardised numbers, on windows held
    /// back, mean over senses: 1 is all. `nil` without two parts or such windows.
    func unsaid() throws -> Double? {
        let held = spread(split.validation, max: Self.validationMax)
        guard settings.objective == .decAlign, held.count >= 2 else { return nil }
        let d = settings.dimension
        let root = Float(d).squareRoot()
        var squares = [Double](repeating: 0, count: senses.count)
        var counts = [Int](repeating: 0, count: senses.count)
        for first in stride(from: 0, to: held.count, by: settings.batch) {
            let some = Array(held[first..<min(held.count, first + settings.batch)])
            try forward(held: some)
            for (m, sense) in senses.enumerated() where !sense.present.isEmpty {
                let width = sense.architecture.inputWidth
                let bias = sense.decoder + 2 * d * width
                var parts: [Float] = []
                for row in sense.present {
                    let h = sense.z.base + row * 2 * d
                    let length = Float(dotProduct(h, h, count: d).squareRoot() + 1e-8)
                    for j in 0..<d { parts.append(h[d + j]) }
                    for j in 0..<d { parts.append(root * h[j] / length) }
                }
                var told = [Float](repeating: 0, count: sense.present.count * width)
                Float.multiply(
                    .plain,
                    ProductSize(rows: sense.present.count, columns: width, depth: 2 * d), alpha: 1,
                    parts, sense.decoder, beta: 0, into: &told)
                for k in told.indices {
                    let e = Double(told[k] + bias[k % width] - sense.targets.base[k])
                    squares[m] += e * e
                }
                counts[m] += told.count
            }
        }
        let errors = zip(squares, counts).compactMap { $1 > 0 ? $0 / Double($1) : nil }
        return errors.isEmpty ? nil : errors.reduce(0, +) / Double(errors.count)
    }

    /// z by place in `held`; 0 where the sense is absent.
    private func embed(_ m: Int, held: [Int], isPresent: [Bool]) throws -> [Float] {
        let d = settings.dimension
        var z = [Float](repeating: 0, count: held.count * d)
        let places = held.indices.filter { isPresent[$0] }
        for first in stride(from: 0, to: places.count, by: settings.batch) {
            let some = Array(places[first..<min(places.count, first + settings.batch)])
            try senses[m].load(rows, some.map { held[$0] }, present: Array(some.indices))
            workers.perform(senses[m].chunks) {
                senses[m].forward(
                    chunk: $0, augmentation: nil, dice: SeededGenerator(seed: 0))
            }
            for (k, place) in some.enumerated() {
                let output = senses[m].z.base + k * senses[m].architecture.outputWidth
                // Two parts come as they are: the common one is scaled here.
                let isWhole = senses[m].architecture.ownDimension == nil
                let length: Float =
                    isWhole
                    ? 1 : Float(dotProduct(output, output, count: d).squareRoot() + 1e-8)
                for j in 0..<d { z[place * d + j] = output[j] / length }
            }
        }
        return z
    }

    /// At most `max` of them, evenly spread.
    private func spread(_ all: [Int], max: Int) -> [Int] {
        all.count <= max ? all : (0..<max).map { all[$0 * all.count / max] }
    }
}
