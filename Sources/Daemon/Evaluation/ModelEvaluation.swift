package import Fusion
import Learning
import LinearAlgebra
import Signals

/// Holds models against each other on the same windows: given ones, the linear alignment, one trained
/// on the spot with the all-pairs objective, and each sense alone.
///
/// Every row is fitted on the same windows of each asset and judges the same later ones, in the same
/// way as the daemon. The same windows and models give the same figures, to the bit.
package struct ModelEvaluation {
    /// One trained model by its name in the tables.
    package struct Candidate: Sendable {
        package let name: String
        package let model: NetworkModel

        package init(name: String, model: NetworkModel) {
            self.name = name
            self.model = model
        }
    }

    package enum Progress: Sendable {
        case training(ModelTraining.Progress)
        case judging(row: String, asset: Int, of: Int)
    }

    private let windows: EvaluationWindows
    private let settings: PipelineSettings
    private let shares: [AssetName: EvaluationWindows.Share]

    package init(_ windows: EvaluationWindows, settings: PipelineSettings) {
        // Sums in another order are other sums.
        limitThreads(to: 1)
        self.windows = windows
        self.settings = settings
        shares = windows.shares(archiveMax: settings.fusion.archiveWindowsMax)
    }

    /// Trains by the recipe of the first model, the default one without models, but with the
    /// objective `all-pairs`, on the windows that models are fitted on.
    ///
    /// - Parameters:
    ///   - model: whose recipe to take.
    ///   - progress: hears how it goes.
    /// - Returns: the model, named `all-pairs`.
    /// - Throws: `Trainer.Unfit` when these windows teach nothing.
    package func trainAllPairs(
        likeThat model: NetworkModel?, progress: (Progress) -> Void = { _ in }
    ) throws -> Candidate {
        var plan = model.map { TrainingPlan(recipeOf: $0) } ?? TrainingPlan()
        plan.training.objective = .allPairs
        return Candidate(
            name: Objective.allPairs.name, model: try train(plan, progress: progress))
    }

    func train(
        _ plan: TrainingPlan, progress: (Progress) -> Void = { _ in }
    ) throws -> NetworkModel {
        let corpus = try TrainingCorpus(folder: windows.folder, windowsMax: .max)
        let wanted = shares.values.flatMap(\.training).sorted()
        let spool = windows.spool
        for index in wanted {
            try corpus.add(spool.window(index), of: spool.assets[spool.asset(of: index)])
        }
        corpus.add(templates: windows.templates)
        return try ModelTraining.run(
            corpus, plan: plan, progress: { progress(.training($0)) }
        ).model
    }

    /// - Parameters:
    ///   - candidates: trained models, rows in this order.
    ///   - progress: hears how it goes.
    /// - Returns: the figures of each row, and what there is to draw.
    /// - Throws: what reading the windows throws.
    package func run(
        _ candidates: [Candidate], progress: (Progress) -> Void = { _ in }
    ) throws -> EvaluationOutcome {
        let assets = windows.assets
        var report = EvaluationReport()
        report.recordings = windows.recordings
        report.assets = assets.map(\.text)
        report.windowsFitted = shares.values.reduce(0) { $0 + $1.fit.count }
        report.windowsJudged = shares.values.reduce(0) { $0 + $1.judged.count }
        let trained = candidates.map { EvaluationSubject.network(name: $0.name, $0.model) }
        var drawings = EvaluationDrawings(windows, curves: candidates)
        var senses: Set<StreamName> = []
        func judge(_ subject: EvaluationSubject) throws {
            var row = EvaluationRow(subject)
            for (place, asset) in assets.enumerated() {
                progress(.judging(row: subject.name, asset: place, of: assets.count))
                let share = shares[asset] ?? EvaluationWindows.Share()
                do {
                    let found = try AssetEvaluation(
                        subject, on: asset, windows: windows, share: share, settings: settings)
                    row.add(found)
                    try drawings.add(found, of: subject, judged: share.judged)
                    senses.formUnion(found.model.encoders.keys)
                } catch let unserved as AssetEvaluation.Unserved {
                    row.add(asset, unserved)
                }
            }
            report.rows.append(row.report)
        }
        for subject in trained + [.linear] { try judge(subject) }
        for sense in senses.sorted() { try judge(.sense(sense)) }
        report.faults = Set(report.rows.flatMap(\.detection.keys))
            .subtracting([DetectionFigures.all]).sorted()
        return EvaluationOutcome(report: report, drawings: drawings)
    }
}

/// What an evaluation found, and what there is to draw of it.
package struct EvaluationOutcome {
    package var report: EvaluationReport
    let drawings: EvaluationDrawings
}
