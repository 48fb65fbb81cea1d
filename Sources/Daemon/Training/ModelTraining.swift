import Foundation
package import Fusion
package import Learning
package import Signals

/// What a training is to make, beside the trainer's own settings.
package struct TrainingPlan: Sendable {
    package var training = TrainingSettings()
    package var encoder = VectorEncoder.mlp
    /// Senses wanted; empty for all that the windows have.
    package var streams: Set<StreamName> = []
    /// Rows that may lie in memory; more are read from disk, batch by batch.
    package var memoryMax = 256 << 20
    package var threads = 2
    /// What to do about misaligned windows; `nil` does not look for them.
    package var misalignment: MisalignmentPolicy?
    /// Content hash of the settings that cut the windows.
    package var settingsHash = ""
    /// Called before every batch of a sense: a place to rest.
    package var pace: @Sendable () -> Void = {}

    package init() {}
}

/// One training from a corpus to a model.
package enum ModelTraining {
    package struct Outcome: Sendable {
        package let model: NetworkModel
        package let reports: [EpochReport]
        /// What `resuming` takes; `nil` once the training is finished.
        package let state: [UInt8]?
    }

    package enum Progress: Sendable {
        /// Windows turned into rows.
        case reading(done: Int, of: Int)
        /// What looked misaligned, and what was done about it, as sentences.
        case misalignment([String])
        case begun(training: Int, validation: Int, senses: [StreamName])
        case epoch(EpochReport)
    }

    /// - Parameters:
    ///   - corpus: windows.
    ///   - plan: what to make of them.
    ///   - base: a model whose networks it begins with; its senses are read as they were for it.
    ///   - state: of an earlier call with the same corpus and plan, to go on from.
    ///   - shouldStop: asked after every epoch.
    ///   - progress: hears how it goes.
    /// - Returns: the best model so far, and the state to go on from.
    /// - Throws: `Trainer.Unfit` when these windows teach nothing, `TrainingState.Malformed` for a
    ///   state of another training.
    package static func run(
        _ corpus: TrainingCorpus, plan: TrainingPlan, startingFrom base: NetworkModel? = nil,
        resuming state: [UInt8]? = nil, shouldStop: () -> Bool = { false },
        progress: (Progress) -> Void = { _ in }
    ) throws -> Outcome {
        let translations = corpus.translations
        var senses = try SenseForms(
            of: corpus.spool, translations: translations, encoder: plan.encoder,
            only: plan.streams
        ).senses
        if let base {
            senses = senses.map { sense in
                guard let known = base.senses[sense.name], known.form.canRead(whatSuits: sense.form)
                else {
                    return sense
                }
                let architecture = known.network.architecture
                return (
                    sense.name, known.form,
                    TrainingSense(
                        name: sense.name, front: architecture.front,
                        tableWidth: architecture.tableWidth)
                )
            }
        }
        let recorded = try CorpusRows(
            corpus.spool, forms: senses, translations: translations, folder: corpus.folder,
            memoryMax: plan.memoryMax, pace: plan.pace
        ) { progress(.reading(done: $0, of: $1)) }
        var rows: any TrainingRows = recorded
        var findings: MisalignmentFindings?
        var removal: FactorRemoval?
        if let policy = plan.misalignment {
            var directions: FactorDirections?
            var disturbed: PerturbedRows?
            if !policy.factors.isEmpty {
                let followed = try FactorDirections(recorded, policy: policy)
                (directions, removal) = (followed, followed.removal)
                let made = try PerturbedRows(
                    FactorFreeRows(recorded, without: followed.removal), policy: policy,
                    seed: plan.training.seed)
                (rows, disturbed) = (made, made)
                let kept = Set(made.senses.map(\.name))
                senses.removeAll { !kept.contains($0.name) }
            }
            let treatment = try MisalignmentTreatment(rows, policy: policy)
            rows = treatment.rows
            findings = treatment.findings
            findings?.removed = directions?.found ?? [:]
            findings?.factors = removal?.factors.sorted() ?? []
            findings?.disturbed = disturbed?.explained ?? [:]
            progress(.misalignment(findings?.sentences(assets: corpus.spool.assets) ?? []))
        }
        if plan.training.objective == .relevance {
            return try runRelevance(
                rows, of: corpus, plan: plan, senses: senses.map { ($0.name, $0.form) },
                findings: findings, removal: removal,
                shouldStop: shouldStop, progress: progress)
        }
        let workers = Workers(threads: plan.threads)
        var trainer =
            try state.map {
                try Trainer(resuming: $0, rows, settings: plan.training, workers: workers)
            }
            ?? Trainer(
                rows, settings: plan.training,
                startingFrom: base?.senses.mapValues(\.network) ?? [:], workers: workers)
        let counts = trainer.windowCounts
        progress(
            .begun(
                training: counts.training, validation: counts.validation,
                senses: senses.map(\.name)))
        while !trainer.isFinished {
            progress(.epoch(try trainer.epoch()))
            if shouldStop() { break }
        }
        let trained = trainer.networks
        let parts =
            plan.training.objective == .decAlign
            ? try TrainedParts(
                of: rows, networks: trained, prototypes: plan.training.decAlign.prototypes) : nil
        let networks = parts?.networks ?? trained
        let model = NetworkModel(
            senses: Dictionary(
                uniqueKeysWithValues: senses.compactMap { sense in
                    networks[sense.name].map {
                        (
                            sense.name,
                            NetworkModel.Sense(
                                form: sense.form, network: $0, own: parts?.mixtures[sense.name])
                        )
                    }
                }),
            regimes: parts?.regimes ?? Prototypes(centres: []),
            metadata: metadata(
                plan, corpus, counts: counts, reports: trainer.reports, base: base, parts: parts,
                findings: findings),
            removal: removal)
        return Outcome(
            model: model, reports: trainer.reports,
            state: trainer.isFinished ? nil : trainer.encoded)
    }

    static func metadata(
        _ plan: TrainingPlan, _ corpus: TrainingCorpus, counts: (training: Int, validation: Int),
        reports: [EpochReport], base: NetworkModel?, parts: TrainedParts?,
        findings: MisalignmentFindings?
    ) -> [String: String] {
        var metadata = plan.recipe.merging([
            "made_by": "anchord \(version)",
            "assets": corpus.assets.map(\.text).sorted().joined(separator: ","),
            "windows_training": "\(counts.training)",
            "windows_validation": "\(counts.validation)",
        ]) { $1 }
        if let base { metadata["warm_start"] = base.id }
        if let range = corpus.spool.range {
            metadata["data_from_ms"] = "\(range.from.milliseconds)"
            metadata["data_to_ms"] = "\(range.to.milliseconds)"
        }
        if let parts {
            metadata["regimes"] = RegimeHistory.all(of: parts, in: corpus).map(\.description)
                .joined(separator: "; ")
            metadata["shared_directions"] =
                parts.directions.map { "\($0.count) of \($0.shares.count)" } ?? "all"
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        if let findings {
            metadata["misalignment_found"] =
                findings.sentences(assets: corpus.spool.assets).joined(separator: " ")
        }
        metadata["training"] =
            (try? encoder.encode(reports)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
        return metadata
    }
}
