import Foundation
import Fusion
import Learning
import Signals

// The objective `relevance`: tagged windows, filters and a predictor of states.
extension ModelTraining {
    /// - Throws: `Trainer.Unfit` when the corpus has no two tagged states.
    static func runRelevance(
        _ rows: any TrainingRows, of corpus: TrainingCorpus, plan: TrainingPlan,
        senses: [(name: StreamName, form: RowForm)], findings: MisalignmentFindings?,
        removal: FactorRemoval?, shouldStop: () -> Bool,
        progress: (Progress) -> Void
    ) throws -> Outcome {
        let spool = corpus.spool
        let tags = (0..<spool.count).map { index in
            corpus.states[spool.assets[spool.asset(of: index)]]?[spool.start(of: index)]
        }
        let names = Set(tags.compactMap(\.self)).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let outcome = try RelevanceTraining.run(
            rows, states: tags.map { $0.flatMap { numbers[$0] } }, names: names,
            settings: plan.training,
            begun: { training, validation in
                progress(
                    .begun(
                        training: training, validation: validation, senses: senses.map(\.name)))
            },
            progress: { progress(.epoch($0)) }, shouldStop: shouldStop)
        var metadata = metadata(
            plan, corpus, counts: outcome.windows, reports: outcome.reports, base: nil,
            parts: nil, findings: findings)
        if let residuals = outcome.residuals {
            metadata["primal_residual"] = "\(residuals.primal)"
            metadata["dual_residual"] = "\(residuals.dual)"
        }
        let known = Dictionary(
            uniqueKeysWithValues: senses.compactMap { sense in
                outcome.networks[sense.name].map {
                    (sense.name, NetworkModel.Sense(form: sense.form, network: $0))
                }
            })
        return Outcome(
            model: NetworkModel(
                senses: known, metadata: metadata, states: outcome.states, removal: removal),
            reports: outcome.reports, state: nil)
    }
}
