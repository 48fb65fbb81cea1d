import ArgumentParser
import Daemon
import Foundation
import Fusion
import Intake
import Learning
import Signals

/// `anchord evaluate`: models held against each other on recordings.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Compare models on recordings: how senses find each other, what faults they see.",
        discussion: """
            The recordings become windows once, as in the daemon. Each model is fitted on the first \
            half of every asset's windows and judges the second half; with --labels it is fitted on \
            the windows of split train and judges the later ones. The linear model, which needs no \
            training, each sense alone, and a model trained here and now by the first one's recipe \
            with the objective all-pairs stand beside the models given.

              anchord evaluate plant.safetensors --on shift.ndjson.gz
              anchord evaluate a.safetensors b.safetensors --on day-1.ndjson day-2.ndjson \\
                --labels faults.csv --html report.html

            R@1, R@5 and MRR say how well one sense finds the other's embedding of the same window; \
            matched and unmatched are median cosines on the same window and on windows far apart: \
            the wider the gap, the plainer a contradiction. Alignment and uniformity are better \
            when lower. With labels, AUC and AP say how well the score tells faults from the same \
            asset's normal windows; windows labelled silent, missing data, do not count. Where they \
            tag normal windows with states, mAP says how well one sense finds the other's windows of \
            the same state, by the cosine and by the states read, and a table how often a model \
            reads the state rightly. A model is \
            worth adopting when it beats the linear row here; `anchord model use` tries it once more \
            on site. The same recordings and models give the same figures.
            """)

    @Argument(help: "Model files, as `anchord train` makes them.")
    var models: [String] = []

    @Option(
        name: .customLong("on"), parsing: .upToNextOption,
        help: ArgumentHelp("Recordings; - is standard input.", valueName: "recording"))
    var recordings: [String] = []

    @Option(
        help: ArgumentHelp(
            "Labels (asset,window_start_ms,split,label,stream[,state]): split train to fit on, the rest to find.",
            valueName: "labels.csv"))
    var labels: String?

    @OptionGroup var location: SettingsLocation

    @Option(
        help: ArgumentHelp("Write a page with tables and drawings.", valueName: "out.html"))
    var html: String?

    @Flag(help: "Print the figures as JSON instead of tables.")
    var json = false

    @Flag(help: "Do not train an all-pairs model to compare with.")
    var noAllPairs = false

    func validate() throws {
        guard !recordings.isEmpty else {
            throw ValidationError("Say what to evaluate on: --on shift.ndjson.gz")
        }
    }

    func run() throws {
        let loaded = try location.load()
        if let html, !Self.canWrite(html) {
            throw ModelPath.Unusable(
                description:
                    "could not write \(html): the folder is missing or not writable. Name a file in a folder you may write to."
            )
        }
        var candidates = try named(models.map { ($0, try ModelPath.read($0)) })
        let folder = try WorkFolder()
        defer { folder.remove() }
        let windows = try EvaluationWindows(
            folder: folder.path, labels: try labels.map { try LabelsReader.read(path: $0) })
        let bar = ProgressBar()
        try windows.add(
            recordings: recordings, settings: loaded.settings,
            framesKept: candidates.map(\.model.framesNeeded).max() ?? 0
        ) { bar.show($0, done: $1, of: $2) }
        bar.clear()
        guard windows.count > 0 else {
            throw ModelPath.Unusable(
                description: "not one window with data was found; there is nothing to evaluate on.")
        }
        let evaluation = ModelEvaluation(windows, settings: loaded.settings.pipeline)
        let line = StatusLine()
        var note: String?
        if noAllPairs {
            note = "No all-pairs row: --no-all-pairs."
        } else if let same = candidates.first(where: {
            $0.model.metadata["objective"] == "all-pairs"
        }) {
            note = "No all-pairs model was trained: \(same.name) is one."
        } else {
            (candidates, note) = try addingAllPairs(candidates, evaluation, line)
        }
        var outcome = try evaluation.run(candidates) { show($0, on: line) }
        line.clear()
        guard outcome.report.rows.contains(where: { $0.windows > 0 }) else {
            let why = outcome.report.rows.last?.unserved.first.map { ": \($0.asset): \($0.reason)" }
            throw ModelPath.Unusable(
                description: "not one window could be judged\(why ?? ": no later one has a label")."
            )
        }
        outcome.report.notes += [note].compactMap { $0 }
        if let html {
            try Data(outcome.page.html.utf8).write(
                to: URL(fileURLWithPath: html), options: .atomic)
        }
        try printOut(outcome.report)
    }

    private func addingAllPairs(
        _ candidates: [ModelEvaluation.Candidate], _ evaluation: ModelEvaluation,
        _ line: StatusLine
    ) throws -> ([ModelEvaluation.Candidate], String) {
        do {
            let trained = try evaluation.trainAllPairs(likeThat: candidates.first?.model) {
                show($0, on: line)
            }
            let recipe = candidates.first.map { "the recipe of \($0.name)" } ?? "the default recipe"
            return (
                candidates + [trained],
                "The row all-pairs was trained here, by \(recipe), on the windows to fit on."
            )
        } catch let unfit as Trainer.Unfit {
            return (candidates, "No all-pairs model could be trained: \(unfit)")
        }
    }

    /// Files by their names, by their whole paths where two have the same.
    private func named(_ models: [(path: String, model: NetworkModel)]) -> [ModelEvaluation
        .Candidate]
    {
        func short(_ path: String) -> String {
            URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        }
        return models.map { path, model in
            let isAlone = models.count { short($0.path) == short(path) } == 1
            return .init(name: isAlone ? short(path) : path, model: model)
        }
    }

    private func show(_ progress: ModelEvaluation.Progress, on line: StatusLine) {
        switch progress {
        case .training(.reading(let done, let total)):
            line.show("all-pairs: windows read: \(done) of \(total)")
        case .training(.begun), .training(.misalignment): break
        case .training(.epoch(let report)):
            line.show(
                "all-pairs: epoch \(report.epoch), loss \(TrainCommand.decimals(report.loss))")
        case .judging(let row, let asset, let total):
            line.show("\(row): asset \(asset + 1) of \(total)")
        }
    }

    private func printOut(_ report: EvaluationReport) throws {
        if json {
            say(String(decoding: try report.json, as: UTF8.self))
            return
        }
        say(([report.summary] + report.tables.map(\.text)).joined(separator: "\n\n"))
        if !report.remarks.isEmpty { say("\n" + report.remarks.joined(separator: "\n")) }
    }

    /// Asked first: the work takes minutes.
    private static func canWrite(_ path: String) -> Bool {
        FileManager.default.isWritableFile(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }
}
