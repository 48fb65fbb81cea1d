import Foundation  // `cos`.
package import Fusion
package import Signals

/// Trains the encoders of one model, an epoch at a time.
///
/// In: rows and settings. Out: a report per epoch, networks at any time, and a complete state that
/// `init(resuming:)` goes on from as if nothing had been between. It has no clock, opens no file and
/// throws only what its rows throw. All chance comes from the seed, the epoch and the place in it.
///
/// Noncopyable: whoever holds it owns the memory that its threads write to, and may take it along to
/// another thread; hence `@unchecked Sendable`.
package struct Trainer: ~Copyable, @unchecked Sendable {
    package let settings: TrainingSettings
    package private(set) var reports: [EpochReport]
    private let run: TrainingRun
    /// Parameters of the best epoch, per sense.
    private var best: [[Float]]

    /// Why a training cannot begin.
    package struct Unfit: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// Begins. Senses with a network among `networks` start from it, the others by chance.
    ///
    /// - Throws: `Unfit` for settings, rows or networks that do not fit together, and what `rows`
    ///   throws.
    package init(
        _ rows: any TrainingRows, settings: TrainingSettings,
        startingFrom networks: [StreamName: SenseNetwork] = [:],
        workers: Workers = Workers(threads: 1)
    ) throws {
        let run = try TrainingRun(rows, settings: settings, workers: workers)
        try run.begin(from: networks)
        self.run = run
        self.settings = settings
        reports = []
        best = run.senses.map(\.parameters.values)
    }

    /// Goes on where `encoded` was taken, with the same rows and settings; only `epochs` and
    /// `patience` may differ.
    ///
    /// - Throws: `TrainingState.Malformed` for another training's state or a torn one, and `Unfit`.
    package init(
        resuming encoded: [UInt8], _ rows: any TrainingRows, settings: TrainingSettings,
        workers: Workers = Workers(threads: 1)
    ) throws {
        let run = try TrainingRun(rows, settings: settings, workers: workers)
        let state = try TrainingState(encoded: encoded, of: run)
        state.restore(run)
        self.run = run
        self.settings = settings
        reports = state.reports
        best = state.senses.map(\.best)
    }

    /// Everything that the epochs to come depend on: what follows is the same to the bit as if the
    /// training had not been stored.
    package var encoded: [UInt8] {
        TrainingState(of: run, reports: reports, best: best).encoded
    }

    /// Epochs done.
    package var epochs: Int { reports.count }

    /// Whether all epochs are done, or the score has not risen for `patience` of them.
    package var isFinished: Bool {
        if epochs >= settings.epochs { return true }
        guard !run.split.validation.isEmpty else { return false }
        let best = reports.lastIndex(where: \.isBest) ?? -1
        return epochs - (best + 1) >= settings.patience
    }

    /// The networks of the best epoch; of the newest when no windows are held back.
    package var networks: [StreamName: SenseNetwork] {
        var networks: [StreamName: SenseNetwork] = [:]
        for (sense, parameters) in zip(run.senses, best) {
            networks[sense.name] = SenseNetwork(
                architecture: sense.architecture, mean: sense.mean, scale: sense.scale,
                parameters: Array(parameters.prefix(sense.architecture.parameterCount)))
        }
        return networks
    }

    /// Windows that train, and windows held back.
    package var windowCounts: (training: Int, validation: Int) {
        (run.split.training.count, run.split.validation.count)
    }

    /// Trains once on all windows, validates, and keeps the networks if they are the best. When the
    /// rows throw, the epoch is half done: go on from the newest `encoded`.
    @discardableResult
    package mutating func epoch() throws -> EpochReport {
        let epoch = reports.count
        var dice = SeededGenerator(seed: settings.seed, place: 2, epoch)
        let order = run.split.training.shuffled(using: &dice)
        let batches = max(1, order.count / settings.batch)
        var sum = 0.0
        var skipped = 0
        var watch: PartsWatch?
        for batch in 0..<batches {
            let end = min(order.count, (batch + 1) * settings.batch)
            let (loss, left, parts) = try run.step(
                Array(order[batch * settings.batch..<end]), place: (epoch, batch),
                rate: rate(at: Double(epoch) + Double(batch) / Double(batches)))
            sum += loss
            skipped += left
            if let parts {
                watch = watch ?? PartsWatch()
                watch?.add(parts, share: 1 / Double(batches))
            }
        }
        let retrieval = try run.validate()
        watch?.heldBackError = try run.unsaid()
        var report = EpochReport(
            epoch: epoch + 1, loss: sum / Double(batches), recallAt1: retrieval?.recallAt1,
            reciprocalRank: retrieval?.reciprocalRank, isBest: false, skippedUpdates: skipped,
            parts: watch)
        // Without windows held back the newest is the best, unless its numbers are none any more.
        let bestYet = reports.lazy.filter(\.isBest).compactMap(\.reciprocalRank).max()
        report.isBest =
            sum.isFinite && (bestYet.map { (report.reciprocalRank ?? 0) > $0 } ?? true)
        if report.isBest { best = run.senses.map(\.parameters.values) }
        reports.append(report)
        return report
    }

    private func rate(at epoch: Double) -> Double {
        switch settings.schedule {
        case .constant: settings.rate
        case .cosine:
            settings.rate * (1 + cos(.pi * min(1, epoch / Double(settings.epochs)))) / 2
        }
    }
}
