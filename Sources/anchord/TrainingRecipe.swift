import ArgumentParser
import Daemon
import Foundation
import Fusion
import Learning
import Signals

/// The options that say how a model is trained.
struct TrainingRecipe: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "centroid (variants follow a colon: gradient, normalised, leave-one-out), all-pairs, fixed:<stream> or frozen:<stream>: what the senses are drawn to; decalign: the centroid of the others, with an own part for each sense beside the common one; relevance: windows of one tagged state to each other, with a predictor of the state.",
            valueName: "name"))
    var objective = TrainingSettings().objective.name

    @Option(
        help: ArgumentHelp(
            "How the centroid weighs its senses: mean, trimmed or weighted.", valueName: "rule"))
    var centroid = CentroidRule.mean.rawValue

    @Option(help: "decalign: weight of keeping own and common part apart.")
    var decoupling = DecAlignSettings().decoupling

    @Option(help: "decalign: weight of telling the sense's numbers from both parts.")
    var reconstruction = DecAlignSettings().reconstruction

    @Option(help: "decalign: weight of carrying the senses' prototypes onto each other.")
    var transport = DecAlignSettings().transport

    @Option(help: "decalign: weight of matching the senses' common distributions.")
    var matching = DecAlignSettings().matching

    @Option(help: "decalign: Gaussians of each sense's own part.")
    var prototypes = DecAlignSettings().prototypes

    @Option(
        help: ArgumentHelp(
            "decalign with a cnn: heads with which each sense looks at the others' frames for its own part, 1, 2, 4, 8 or 16; 0 for none.",
            valueName: "heads"))
    var attention = TrainingSettings().attention

    @Option(help: "Numbers of the unified space.")
    var dimension = TrainingSettings().dimension

    @Option(help: ArgumentHelp("Widths of the hidden layers.", valueName: "256,128"))
    var hidden = TrainingSettings().hidden.map(String.init).joined(separator: ",")

    @Option(
        help: ArgumentHelp(
            "mlp reads what the frames of a window sum up to, cnn the frames themselves.",
            valueName: "mlp|cnn"))
    var encoder = "mlp"

    @Option(help: "Frames of a window that a cnn reads at most.")
    var frames = 16

    @Option(help: "Neighbouring frames that a filter of a cnn sees.")
    var kernel = 3

    @Option(help: "Filters of a cnn.")
    var filters = 64

    @Option(
        help: ArgumentHelp(
            "How much the objective relevance draws windows of one state together, 0 not at all.",
            valueName: "mu"))
    var relevance = RelevanceSettings().weights.relevance

    @Option(
        help: ArgumentHelp(
            "descent goes batch by batch; admm takes all windows of relevance at once, a thousand at most.",
            valueName: "descent|admm"))
    var solver = RelevanceSettings().solver.rawValue

    @Option(help: ArgumentHelp("Only these senses; repeat it.", valueName: "name"))
    var stream: [String] = []

    @Option(
        help: ArgumentHelp(
            "What to do about windows in which a stream looks like another window's: report counts them, mend leaves the stream out there and moves one that is constantly late, use drops the --factor from the space and from what is measured on the stream. camera=mend is for one stream; repeat it.",
            valueName: "[stream=]report|mend|use"))
    var misalignment: [String] = [MisalignmentPolicy.Treatment.report.rawValue]

    @Option(
        help: ArgumentHelp(
            "A stream of its own, or one number of it (ambient.0), that senses with --misalignment use become indifferent to; repeat it.",
            valueName: "stream[.number]"))
    var factor: [String] = []

    @Option(help: "Times every window is learnt from, at most.")
    var epochs = TrainingSettings().epochs

    @Option(help: "Epochs without a better score after which training ends.")
    var patience = TrainingSettings().patience

    @Option(help: "Windows of one step.")
    var batch = TrainingSettings().batch

    @Option(help: "Adam's step size (default: 0.001; 0.003 for relevance).")
    var rate: Double?

    @Option(help: "Softmax temperature.")
    var temperature = TrainingSettings().temperature

    @Option(
        help:
            "Standard deviation of the noise on standardised inputs (default: 1.5; 0.3 for relevance)."
    )
    var noise: Double?

    @Option(help: "Share of single input numbers hidden at a step.")
    var featureDropout = TrainingSettings().featureDropout

    @Option(help: "Weight decay of Adam.")
    var decay = TrainingSettings().decay

    @Option(help: "Share of senses left out, so that a missing one is no surprise in service.")
    var senseDropout = TrainingSettings().senseDropout

    @Option(help: "Windows of one asset closer than this are not each other's negatives.")
    var negativeGap = TrainingSettings().negativeGap

    @Option(help: "All chance comes from it.")
    var seed = TrainingSettings().seed

    @Option(help: "Threads; the result does not depend on their number.")
    var threads = 2

    @Option(
        help: ArgumentHelp(
            "Memory for windows in MiB; more of them are read from disk while it trains, all of them with 0.",
            valueName: "MiB"))
    var memoryMax = 256

    var framesKept: Int { encoder == "cnn" ? frames : 0 }

    func settings() throws -> TrainingSettings {
        var settings = TrainingSettings()
        guard var objective = Objective(objective) else {
            throw ValidationError(
                "There is no objective \"\(objective)\": centroid, decalign, all-pairs, relevance, fixed:<stream> or frozen:<stream>."
            )
        }
        guard let rule = CentroidRule(rawValue: centroid) else {
            throw ValidationError(
                "There is no centroid \"\(centroid)\": mean, trimmed or weighted.")
        }
        if case .centroid(var kind) = objective {
            kind.rule = rule
            objective = .centroid(kind)
        }
        settings.objective = objective
        settings.decAlign.decoupling = decoupling
        settings.decAlign.reconstruction = reconstruction
        settings.decAlign.transport = transport
        settings.decAlign.matching = matching
        settings.decAlign.prototypes = prototypes
        settings.attention = attention
        settings.dimension = dimension
        settings.hidden = try hidden.split(separator: ",").map { text in
            guard let width = Int(text.trimmingCharacters(in: .whitespaces)) else {
                throw ValidationError("--hidden is \"\(hidden)\": whole numbers and commas.")
            }
            return width
        }
        settings.epochs = epochs
        settings.patience = patience
        settings.batch = batch
        settings.rate = rate ?? (objective == .relevance ? RelevanceSettings.rate : settings.rate)
        settings.temperature = temperature
        settings.noise =
            noise ?? (objective == .relevance ? RelevanceSettings.noise : settings.noise)
        settings.featureDropout = featureDropout
        settings.decay = decay
        settings.senseDropout = senseDropout
        settings.negativeGap = negativeGap
        settings.seed = seed
        settings.relevance.weights.relevance = relevance
        settings.relevance.filters = filters
        guard let solver = RelevanceSettings.Solver(rawValue: solver) else {
            throw ValidationError("There is no solver \"\(solver)\": descent or admm.")
        }
        settings.relevance.solver = solver
        return settings
    }

    private func policy() throws -> MisalignmentPolicy {
        do {
            return try MisalignmentPolicy(words: misalignment, factors: factor)
        } catch {
            throw ValidationError("--\(error.description)")
        }
    }

    func plan(settingsHash: String) throws -> TrainingPlan {
        var plan = TrainingPlan()
        plan.training = try settings()
        switch encoder {
        case "mlp": plan.encoder = .mlp
        case "cnn":
            guard (1...64).contains(frames), kernel >= 1, filters >= 1 else {
                throw ValidationError("A cnn reads 1 to 64 frames, with a kernel and filters.")
            }
            plan.encoder = .cnn(frames: frames, kernel: kernel, filters: filters)
        default:
            throw ValidationError("There is no encoder \"\(encoder)\": mlp or cnn.")
        }
        guard plan.training.objective != .relevance || encoder == "cnn" else {
            throw ValidationError(
                "The objective relevance learns filters over frames; give it --encoder cnn.")
        }
        guard plan.training.attention == 0 || encoder == "cnn" else {
            throw ValidationError(
                "Attention is between frames, of the objective decalign; give it --encoder cnn.")
        }
        plan.misalignment = try policy()
        plan.streams = Set(stream.map { StreamName($0) })
        plan.memoryMax = max(0, memoryMax) << 20
        plan.threads = max(1, threads)
        plan.settingsHash = settingsHash
        return plan
    }
}

/// Model files on disk.
enum ModelPath {
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: `Unusable` with the reason, for a file that is missing, damaged or no model.
    static func read(_ path: String) throws(Unusable) -> NetworkModel {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Unusable(
                description:
                    "could not read the model \(path). Name a file that `anchord train` made.")
        }
        do {
            return try NetworkModel(encoded: [UInt8](data))
        } catch {
            throw Unusable(description: "\(path): \(error)")
        }
    }

    /// Before hours of training, not after them.
    static func checkWritable(_ path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw ValidationError("Could not write to the folder \(folder), where --out is to be.")
        }
    }

    /// Whole or not at all.
    static func write(_ model: NetworkModel, to path: String) throws {
        try Data(try model.file.encoded).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// `plant.safetensors` becomes `plant.press-1.safetensors`.
    static func named(_ path: String, _ asset: AssetName) -> String {
        let url = URL(fileURLWithPath: path)
        let ending = url.pathExtension
        let stem = ending.isEmpty ? path : String(path.dropLast(ending.count + 1))
        return "\(stem).\(asset)" + (ending.isEmpty ? "" : ".\(ending)")
    }
}

extension NetworkModel {
    /// Frames of a window that its senses read; 0 when they read what the frames sum up to.
    var framesRead: Int {
        senses.values.reduce(0) { most, sense in
            guard case .frames(_, let countMax) = sense.form else { return most }
            return max(most, countMax)
        }
    }
}

/// A folder for working files, removed when the work is done.
struct WorkFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("anchord-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
