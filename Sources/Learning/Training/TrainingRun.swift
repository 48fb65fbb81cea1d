import Fusion
import LinearAlgebra
import Signals

/// What stays the same throughout a training, and the memory that its steps share.
///
/// The senses are references: `Trainer`, which cannot be copied, is the only holder.
struct TrainingRun {
    let rows: any TrainingRows
    let settings: TrainingSettings
    let senses: [SenseTraining]
    let split: RowSplit
    let workers: Workers
    private let loss: ContrastiveLoss<Float>
    /// Of the objective `decalign`, in place of the other.
    private let parts: DecAlignLoss<Float>?
    /// Between the networks and that loss, where the senses have it.
    private let attention: BatchAttention?

    init(_ rows: any TrainingRows, settings: TrainingSettings, workers: Workers) throws {
        if let problem = settings.problems().first { throw Trainer.Unfit(description: problem) }
        var anchor = 0
        var isAnchorFrozen = false
        if case .fixed(let name, let isFrozen) = settings.objective {
            guard let number = rows.senses.firstIndex(where: { $0.name == name }) else {
                throw Trainer.Unfit(description: "the fixed anchor \(name) is not among the senses")
            }
            (anchor, isAnchorFrozen) = (number, isFrozen)
        }
        guard rows.senses.count >= 2 else {
            throw Trainer.Unfit(description: "a unified space needs at least two senses")
        }
        let split = RowSplit(of: rows, share: settings.validationShare)
        guard split.training.count >= 2 else {
            throw Trainer.Unfit(description: "fewer than two windows have two senses or more")
        }
        guard rows.senses.allSatisfy({ settings.architecture(of: $0).isSound }) else {
            throw Trainer.Unfit(description: "a width of an encoder is out of bounds")
        }
        self.rows = rows
        self.settings = settings
        self.split = split
        self.workers = workers
        senses = rows.senses.enumerated().map { number, sense in
            SenseTraining(
                sense, number: number, settings: settings,
                isFrozen: isAnchorFrozen && number == anchor)
        }
        loss = ContrastiveLoss(
            settings.objective, anchor: anchor, senseCount: senses.count,
            dimension: settings.dimension, rowsMax: settings.batch,
            temperature: settings.temperature)
        parts =
            settings.objective == .decAlign
            ? DecAlignLoss(
                settings.decAlign, widths: senses.map(\.architecture.inputWidth),
                dimension: settings.dimension, rowsMax: settings.batch,
                temperature: settings.temperature) : nil
        attention = BatchAttention(senses, rowsMax: settings.batch)
    }

    /// One step on the windows of `batch`: the loss, how many senses' gradients were not finite, and
    /// what is watched of the parts.
    func step(
        _ batch: [Int], place: (epoch: Int, batch: Int), rate: Double
    ) throws -> (loss: Double, skipped: Int, watch: PartsWatch?) {
        var dice = SeededGenerator(seed: settings.seed, place: 3, place.epoch, place.batch)
        let isPresent = presence(batch, dice: &dice)
        try load(batch, isPresent: isPresent)
        let jobs = chunkJobs
        let augmentation = Augmentation(
            noise: Float(settings.noise), featureDropout: settings.featureDropout,
            frameDropout: settings.frameDropout)
        workers.perform(jobs.count) {
            let (sense, chunk) = jobs[$0]
            senses[sense].forward(
                chunk: chunk, augmentation: augmentation,
                dice: SeededGenerator(
                    seed: settings.seed, place: 4, place.epoch, place.batch, sense, chunk))
        }
        attention?.forward(rows: batch.count, workers: workers)
        let value: Double
        var watch: PartsWatch?
        if let parts {
            let told = parts.evaluate(
                senses.map(\.z), inputs: senses.map(\.targets), decoders: senses.map(\.decoder),
                rows: batch.count, isPresent: isPresent, near: near(batch),
                progress: Double(place.epoch) / Double(max(1, settings.epochs)),
                into: senses.map(\.dz), dDecoders: senses.map(\.decoderGradient),
                workers: workers)
            (value, watch) = (told.loss, told.watch)
        } else {
            value = loss.evaluate(
                senses.map(\.z), rows: batch.count, isPresent: isPresent,
                near: near(batch), into: senses.map(\.dz), workers: workers)
        }
        attention?.backward(rows: batch.count, workers: workers)
        workers.perform(jobs.count) {
            let (sense, chunk) = jobs[$0]
            if !senses[sense].isFrozen { senses[sense].backward(chunk: chunk) }
        }
        let skipped = update(rate: rate)
        if parts != nil { shareHead() }
        return (value, skipped, watch)
    }

    /// Clips and applies the gradients; returns how many senses had one that is not finite.
    private func update(rate: Double) -> Int {
        let parts = senses.indices.flatMap { sense in
            senses[sense].present.isEmpty ? [] : (0..<senses[sense].parts).map { (sense, $0) }
        }
        workers.perform(parts.count) { senses[parts[$0].0].combine(part: parts[$0].1) }
        var skipped = 0
        let scales = senses.map { sense -> Double in
            guard !sense.isFrozen, !sense.present.isEmpty else { return 0 }
            let length = sense.gradientLength
            guard length.isFinite else {
                skipped += 1
                return 0
            }
            sense.adam.advance()
            return length > settings.clip ? settings.clip / length : 1
        }
        workers.perform(parts.count) {
            let (sense, part) = parts[$0]
            guard scales[sense] > 0 else { return }
            senses[sense].update(
                part: part, scale: scales[sense], rate: rate, decay: settings.decay)
        }
        return skipped
    }

    /// The common part's head is one for all senses: after every step, and at the beginning, it is the
    /// mean of what they make of it.
    func shareHead() {
        guard parts != nil else { return }
        let d = settings.dimension
        let heads = senses.map { $0.architecture.layers.last! }
        // Row by row of the weight, then the bias.
        for row in 0...heads[0].inputs {
            let places = zip(senses, heads).map { sense, head in
                sense.parameters.base + head.offset + row * head.outputs
            }
            for j in 0..<d {
                let mean = places.reduce(Float(0)) { $0 + $1[j] } / Float(senses.count)
                for place in places { place[j] = mean }
            }
        }
    }

    private var chunkJobs: [(sense: Int, chunk: Int)] {
        senses.indices.flatMap { sense in (0..<senses[sense].chunks).map { (sense, $0) } }
    }

    /// What the senses make of windows held back, without noise.
    func forward(held: [Int]) throws {
        try load(
            held,
            isPresent: held.flatMap { row in senses.indices.map { rows.isPresent($0, in: row) } })
        let jobs = chunkJobs
        workers.perform(jobs.count) {
            let (sense, chunk) = jobs[$0]
            senses[sense].forward(
                chunk: chunk, augmentation: nil, dice: SeededGenerator(seed: 0))
        }
        attention?.forward(rows: held.count, workers: workers)
    }

    private func near(_ batch: [Int]) -> [(Int, Int)] {
        nearPairs(batch, of: rows, gap: settings.negativeGap)
    }

    private func load(_ batch: [Int], isPresent: [Bool]) throws {
        for (m, sense) in senses.enumerated() {
            let present = batch.indices.filter { isPresent[$0 * senses.count + m] }
            try sense.load(rows, batch, present: present)
        }
    }

    /// Who takes part, `rows × senses`: the senses present, less those left out by chance.
    private func presence(_ batch: [Int], dice: inout SeededGenerator) -> [Bool] {
        let count = senses.count
        var isPresent = batch.flatMap { row in
            (0..<count).map { rows.isPresent($0, in: row) }
        }
        guard settings.senseDropout > 0 else { return isPresent }
        for slot in batch.indices {
            var left = (0..<count).count { isPresent[slot * count + $0] }
            let first = Int.random(in: 0..<count, using: &dice)
            for k in 0..<count where left > 2 {
                let place = slot * count + (first + k) % count
                if isPresent[place], dice.falls(with: settings.senseDropout) {
                    isPresent[place] = false
                    left -= 1
                }
            }
        }
        return isPresent
    }
}
