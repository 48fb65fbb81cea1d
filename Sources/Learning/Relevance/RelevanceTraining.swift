import Foundation  // `exp`, `log` and `cos`.
package import Fusion
import LinearAlgebra
package import Signals

/// Trains the cross-model CNN on tagged windows: filters of every sense, and the predictor on top.
///
/// In: rows, the state each was tagged with, settings. Out: a network per sense, whose place in the
/// unified space is that of its filters' answers about their mean, and the predictor of states. All
/// chance comes from the seed and the place; no clock, no files.
package enum RelevanceTraining {
    package struct Outcome: Sendable {
        package let networks: [StreamName: SenseNetwork]
        package let states: StatePredictor
        package let reports: [EpochReport]
        package let windows: (training: Int, validation: Int)
        /// Of ADMM, at its end: primal and dual.
        package let residuals: (primal: Double, dual: Double)?
    }

    /// - Parameters:
    ///   - rows: windows.
    ///   - states: the tag of each row, as its place in `names`; `nil` for none: such a row is left out.
    ///   - names: of the states.
    ///   - settings: of the training; `relevance`, `epochs`, `patience`, `batch`, `rate`, `noise`, `seed`
    ///     and `validationShare` are read.
    ///   - begun: hears how many windows train and are held back.
    ///   - progress: hears of each epoch.
    ///   - shouldStop: asked after every epoch.
    /// - Returns: the best networks by the windows held back, and what became of the training.
    /// - Throws: `Trainer.Unfit` when these tags teach nothing, and what `rows` throws.
    package static func run(
        _ rows: any TrainingRows, states: [Int?], names: [String], settings: TrainingSettings,
        begun: (Int, Int) -> Void = { _, _ in }, progress: (EpochReport) -> Void = { _ in },
        shouldStop: () -> Bool = { false }
    ) throws -> Outcome {
        let split = RowSplit(of: rows, share: settings.validationShare)
        let training = split.training.filter { states[$0] != nil }
        let validation = split.validation.filter { states[$0] != nil }
        guard Set(training.compactMap { states[$0] }).count >= 2 else {
            throw Trainer.Unfit(
                description:
                    "the objective relevance learns from tagged states, and needs windows of at least two; found \(names.isEmpty ? "none" : names.joined(separator: ", ")). Give --labels a file with a column state, or tag stretches with `anchord label add --kind state`."
            )
        }
        begun(training.count, validation.count)
        let source = try RelevanceRows(
            rows, states: states, classes: names.count, training: training,
            settings: settings.relevance)
        var start = filters(source.architectures, seed: settings.seed)
        var dice = SeededGenerator(seed: settings.seed, place: 11)
        let held = try source.problem(
            thinned(validation.isEmpty ? training : validation, to: heldMax), dice: &dice)
        var reports: [EpochReport] = []
        var best: (error: Double, solution: RelevanceObjective.Solution)?
        func note(_ solution: RelevanceObjective.Solution, loss: Double) {
            let (error, accuracy) = judge(solution, on: held, classes: names.count)
            let isBest = error.isFinite && error < best?.error ?? .infinity
            if isBest { best = (error, solution) }
            reports.append(
                EpochReport(
                    epoch: reports.count + 1, loss: loss, recallAt1: nil, reciprocalRank: nil,
                    isBest: isBest, skippedUpdates: 0, stateAccuracy: accuracy))
            progress(reports[reports.count - 1])
        }
        var residuals: (primal: Double, dual: Double)?
        switch settings.relevance.solver {
        case .admm:
            let whole = try source.problem(training, dice: &dice)
            guard whole.points.count <= RelevanceSettings.admmPointsMax else {
                throw Trainer.Unfit(
                    description:
                        "the solver admm takes up to \(RelevanceSettings.admmPointsMax) points, and these windows have \(whole.points.count); take --solver descent."
                )
            }
            var admm = RelevanceADMM.Settings()
            admm.iterationsMax = settings.epochs
            guard let outcome = RelevanceADMM.solve(whole.objective, from: start, settings: admm)
            else { throw Trainer.Unfit(description: "the numbers of these windows are not finite") }
            residuals = (outcome.primalResidual, outcome.dualResidual)
            note(outcome.solution, loss: outcome.value)
        case .descent:
            // With the noise of the steps to come: a predictor fitted without would be far too large.
            let first = try source.problem(
                thinned(training, to: heldMax), noise: settings.noise, dice: &dice
            ).objective
            var descent = RelevanceDescent(
                from: .init(
                    filters: start,
                    predictor: first.predictor(of: first.stacked(first.answers(start)))))
            start = []
            while reports.count < settings.epochs {
                let epoch = reports.count
                var dice = SeededGenerator(seed: settings.seed, place: 12, epoch)
                let order = training.shuffled(using: &dice)
                let batches = max(1, order.count / settings.batch)
                var sum = 0.0
                for batch in 0..<batches {
                    let end = batch == batches - 1 ? order.count : (batch + 1) * settings.batch
                    let problem = try source.problem(
                        Array(order[batch * settings.batch..<end]), noise: settings.noise,
                        dice: &dice)
                    let done =
                        (Double(epoch) + Double(batch) / Double(batches))
                        / Double(settings.epochs)
                    sum += descent.step(
                        problem.objective, rate: settings.rate * (1 + cos(.pi * done)) / 2)
                }
                note(descent.solution, loss: sum / Double(batches))
                let last = reports.lastIndex(where: \.isBest) ?? -1
                if shouldStop() || epoch - last >= settings.patience { break }
            }
        }
        guard let solution = best?.solution else {
            throw Trainer.Unfit(description: "the numbers of these windows are not finite")
        }
        return Outcome(
            networks: networks(rows.senses.map(\.name), source, solution, mean: held),
            states: StatePredictor(
                names: names, weights: solution.predictor.elements.map { Float($0) },
                temperature: temperature(solution, on: held, classes: names.count),
                floors: floors(rows.senses.map(\.name), solution, on: held)),
            reports: reports, windows: (training.count, validation.count), residuals: residuals)
    }

    /// Windows held back that a solution is judged on at most; bounds the memory of their problem.
    private static let heldMax = 600

    private static func thinned(_ rows: [Int], to max: Int) -> [Int] {
        rows.count <= max ? rows : (0..<max).map { rows[$0 * rows.count / max] }
    }

    /// W ~ N(0, 1/4 inputs): answers stand where tanh is nearly straight.
    private static func filters(_ architectures: [SenseArchitecture], seed: UInt64) -> [Matrix] {
        architectures.enumerated().map { m, architecture in
            var dice = SeededGenerator(seed: seed, place: 10, m)
            let inputs = architecture.window * architecture.inputWidth
            let deviation = 0.5 / Double(inputs).squareRoot()
            return Matrix(
                rows: inputs, columns: architecture.peaks ?? 0,
                elements: (0..<inputs * (architecture.peaks ?? 0)).map { _ in
                    deviation * dice.gaussian()
                })
        }
    }
}
