import ArgumentParser
import Daemon
import Foundation
import Fusion
import Intake
import Learning
import Signals
import Store
import Tools

/// `anchord train`: windows become a model file.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Learn the unified space from recordings or from the daemon's archive.",
        discussion: """
            Each sense gets an encoder, and all of them learn to meet at the centroid of the senses \
            present. The result is a safetensors file; `anchord evaluate` compares it with others \
            and with the linear model, `anchord model use` lets the daemon try it.

              anchord train shift.ndjson.gz --out plant.safetensors
              anchord train --archive --out plant.safetensors

            Ctrl-C ends after the epoch and saves what is best so far; the same command with \
            --resume goes on from there, with the same result as if nothing had been between. The \
            same windows, options and seed give the same file.
            """)

    @Argument(help: "Recordings, as `mosquitto_sub -F %J` prints them; - is standard input.")
    var recordings: [String] = []

    @Flag(help: "Learn from the calm windows the daemon keeps in its database.")
    var archive = false

    @Option(help: ArgumentHelp("The model file.", valueName: "file"))
    var out: String

    @OptionGroup var location: SettingsLocation
    @OptionGroup var recipe: TrainingRecipe

    @Option(
        help: ArgumentHelp(
            "Labels (asset,window_start_ms,split,label,stream[,state]): only windows of split train are learnt from.",
            valueName: "labels.csv"))
    var labels: String?

    @Flag(help: "One model for each asset: OUT gets the asset's name before its ending.")
    var perAsset = false

    @Option(
        help: ArgumentHelp(
            "Begin with this model's encoders: adapts it to a new machine from few windows.",
            valueName: "model"))
    var warmStart: String?

    @Flag(help: "Go on where an interrupted run of the same command stopped.")
    var resume = false

    @Option(help: "Windows remembered; a longer recording is thinned evenly.")
    var windowsMax = 500_000

    func validate() throws {
        guard archive || !recordings.isEmpty else {
            throw ValidationError(
                "There is nothing to learn from: name recordings, or take --archive.")
        }
        guard labels == nil || !recordings.isEmpty else {
            throw ValidationError("--labels say which windows of a recording to take; name one.")
        }
        guard windowsMax >= 128 else {
            throw ValidationError("--windows-max is \(windowsMax), but must be at least 128.")
        }
        let settings = try recipe.settings()
        if settings.objective == .relevance {
            guard labels != nil || archive else {
                throw ValidationError(
                    "The objective relevance learns from tagged states: give --labels with a column state, or --archive with labels of kind state."
                )
            }
            guard warmStart == nil, !resume else {
                throw ValidationError(
                    "The objective relevance begins anew, without --warm-start and --resume: it takes minutes, and filters, predictor and the common scale of all senses belong together."
                )
            }
        }
        let problems = settings.problems()
        guard problems.isEmpty else { throw ValidationError(problems.joined(separator: "\n")) }
    }

    func run() throws {
        let loaded = try location.load()
        let base = try warmStart.map { try ModelPath.read($0) }
        var plan = try recipe.plan(settingsHash: loaded.settings.settingsHash)
        if let base {
            plan.training.dimension = base.dimension
            plan.training.attention =
                base.senses.values.first?.network.architecture.attention?.heads ?? 0
            plan.training.hidden =
                base.senses.min { $0.key < $1.key }?.value.network.architecture.hidden
                ?? plan.training.hidden
        }
        let kept = Set((plan.misalignment?.factors ?? []).map(\.stream))
        if let lost = base?.removal?.factors.subtracting(kept).sorted(), !lost.isEmpty {
            say(
                "The model that it begins with does not look at \(lost.map(\.text).joined(separator: ", ")); without --misalignment use and --factor this one does."
            )
        }
        try ModelPath.checkWritable(out)
        let folder = try WorkFolder()
        defer { folder.remove() }
        let corpus = try TrainingCorpus(folder: folder.path, windowsMax: windowsMax)
        let bar = ProgressBar()
        if !recordings.isEmpty {
            try corpus.add(
                recordings: recordings, settings: loaded.settings,
                framesKept: max(recipe.framesKept, base?.framesRead ?? 0),
                labels: try labels.map { try LabelsReader.read(path: $0) }
            ) { bar.show($0, done: $1, of: $2) }
        }
        if archive {
            let path = loaded.settings.store.effectivePath(
                environment: ProcessInfo.processInfo.environment)
            guard FileManager.default.fileExists(atPath: path) else {
                throw ValidationError(
                    "There is no database at \(path). Name the daemon's settings with --config.")
            }
            try corpus.add(
                archiveOf: try StateStore(path: path, settings: loaded.settings.store))
        }
        bar.clear()
        guard corpus.windows > 0 else {
            throw ValidationError("Not one window with data was found; there is nothing to learn.")
        }
        Interruption.listen()
        guard perAsset else {
            try train(corpus, plan, base, to: out)
            return
        }
        for asset in corpus.assets.sorted() where !Interruption.isWanted {
            let path = ModelPath.named(out, asset)
            if resume, !FileManager.default.fileExists(atPath: path + ".resume"),
                FileManager.default.fileExists(atPath: path)
            {
                say("\(path) is finished.")
                continue
            }
            try train(corpus.restricted(to: asset), plan, base, to: path)
        }
    }

    private func train(
        _ corpus: TrainingCorpus, _ plan: TrainingPlan, _ base: NetworkModel?, to path: String
    ) throws {
        let statePath = path + ".resume"
        let state = resume ? FileManager.default.contents(atPath: statePath) : nil
        guard state != nil || !resume || perAsset else {
            throw ValidationError(
                "There is nothing to resume: no file \(statePath). Leave out --resume to begin.")
        }
        if plan.training.attention > 0 {
            say("attention between the senses' frames: heads \(plan.training.attention)")
        }
        let board = TrainingBoard(epochs: plan.training.epochs)
        let outcome = try ModelTraining.run(
            corpus, plan: plan, startingFrom: base, resuming: state.map { [UInt8]($0) },
            shouldStop: { Interruption.isWanted }, progress: board.show)
        board.clear()
        try ModelPath.write(outcome.model, to: path)
        if let state = outcome.state {
            try Data(state).write(to: URL(fileURLWithPath: statePath), options: .atomic)
            say("Stopped after epoch \(outcome.reports.count); --resume goes on from there.")
        } else if FileManager.default.fileExists(atPath: statePath) {
            try FileManager.default.removeItem(atPath: statePath)
        }
        let best = outcome.reports.last(where: \.isBest)
        let recall = best?.recallAt1.map { ", recall@1 \(Self.decimals($0)) on windows held back" }
        let accuracy = best?.stateAccuracy.map {
            ", state read rightly in \(Self.decimals($0)) of windows held back"
        }
        say(
            "\(path): model \(outcome.model.shortID), \(corpus.windows) windows, best epoch "
                + "\(best?.epoch ?? 0) of \(outcome.reports.count)\(recall ?? accuracy ?? "")")
    }

    static func decimals(_ value: Double) -> String { String(format: "%.3f", value) }
}

/// One line over and over while a training runs; a line for every epoch where nobody watches.
final class TrainingBoard {
    private let line = StatusLine()
    private let epochs: Int
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private var began = ContinuousClock.now
    private var first: Int?

    init(epochs: Int) {
        self.epochs = epochs
    }

    func show(_ progress: ModelTraining.Progress) {
        switch progress {
        case .reading(let done, let total):
            line.show("windows read: \(done) of \(total)")
        case .misalignment(let sentences):
            line.clear()
            for sentence in sentences { note(sentence) }
        case .begun(let training, let validation, let senses):
            line.clear()
            began = .now
            let names = senses.map(\.text).joined(separator: ", ")
            note("\(training) windows train, \(validation) are held back; senses \(names)")
        case .epoch(let report):
            let done = report.epoch - (first ?? report.epoch - 1)
            if first == nil { first = report.epoch - 1 }
            let spent = began.duration(to: .now) / .seconds(1)
            let left = Int(spent / Double(max(1, done)) * Double(epochs - report.epoch))
            let filled = report.epoch * 30 / max(1, epochs)
            let bar =
                String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
            let recall =
                report.recallAt1.map { ", recall@1 \(TrainCommand.decimals($0))" }
                ?? report.stateAccuracy.map { ", states \(TrainCommand.decimals($0))" } ?? ""
            let parts =
                report.parts.map {
                    ", own part \(TrainCommand.decimals($0.own)), common \(TrainCommand.decimals($0.common)), |cos| \(TrainCommand.decimals($0.cosine)), left unsaid \(TrainCommand.decimals($0.heldBackError ?? $0.error))"
                } ?? ""
            let text =
                "[\(bar)] epoch \(report.epoch) of \(epochs), loss \(TrainCommand.decimals(report.loss))\(recall)\(parts), \(left) s left"
            if isTerminal { line.show(text) } else { note(text) }
        }
    }

    func clear() { line.clear() }

    private func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
