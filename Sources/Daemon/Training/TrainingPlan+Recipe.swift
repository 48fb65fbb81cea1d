package import Fusion
import Learning
import Signals

// A plan inside a model file: what it was trained by, so that another can be trained alike.
extension TrainingPlan {
    /// Words and numbers for the metadata of a model.
    var recipe: [String: String] {
        var recipe = [
            "objective": training.objective.name,
            "encoder": encoder.name,
            "dimension": "\(training.dimension)",
            "hidden": training.hidden.map(String.init).joined(separator: ","),
            "temperature": "\(training.temperature)",
            "batch": "\(training.batch)",
            "rate": "\(training.rate)",
            "decay": "\(training.decay)",
            "noise": "\(training.noise)",
            "feature_dropout": "\(training.featureDropout)",
            "sense_dropout": "\(training.senseDropout)",
            "negative_gap": "\(training.negativeGap)",
            "epochs": "\(training.epochs)",
            "patience": "\(training.patience)",
            "seed": "\(training.seed)",
            "settings": settingsHash,
        ]
        if training.objective == .relevance {
            recipe["relevance"] = "\(training.relevance.weights.relevance)"
            recipe["ridge"] = "\(training.relevance.weights.ridge)"
            recipe["filter_decay"] = "\(training.relevance.weights.decay)"
            recipe["filters"] = "\(training.relevance.filters)"
            recipe["solver"] = training.relevance.solver.rawValue
        }
        if training.objective == .decAlign {
            recipe["decoupling"] = "\(training.decAlign.decoupling)"
            recipe["reconstruction"] = "\(training.decAlign.reconstruction)"
            recipe["transport"] = "\(training.decAlign.transport)"
            recipe["matching"] = "\(training.decAlign.matching)"
            recipe["prototypes"] = "\(training.decAlign.prototypes)"
            if training.attention > 0 { recipe["attention"] = "\(training.attention)" }
        }
        return recipe
    }

    /// The plan that `model` was trained by, the defaults where its metadata do not tell: a file
    /// from elsewhere may say anything or nothing.
    package init(recipeOf model: NetworkModel) {
        self.init()
        func number<N: LosslessStringConvertible>(_ key: String, _ fallback: N) -> N {
            model.metadata[key].flatMap { N($0) } ?? fallback
        }
        var told = training
        told.objective = model.metadata["objective"].flatMap { Objective($0) } ?? told.objective
        told.dimension = model.dimension
        told.hidden = model.senses.values.first?.network.architecture.hidden ?? told.hidden
        told.decAlign.decoupling = number("decoupling", told.decAlign.decoupling)
        told.decAlign.reconstruction = number("reconstruction", told.decAlign.reconstruction)
        told.decAlign.transport = number("transport", told.decAlign.transport)
        told.decAlign.matching = number("matching", told.decAlign.matching)
        told.decAlign.prototypes = number("prototypes", told.decAlign.prototypes)
        told.attention = number("attention", told.attention)
        told.temperature = number("temperature", told.temperature)
        told.batch = number("batch", told.batch)
        told.rate = number("rate", told.rate)
        told.decay = number("decay", told.decay)
        told.noise = number("noise", told.noise)
        told.featureDropout = number("feature_dropout", told.featureDropout)
        told.senseDropout = number("sense_dropout", told.senseDropout)
        told.negativeGap = number("negative_gap", told.negativeGap)
        told.epochs = number("epochs", told.epochs)
        told.patience = number("patience", told.patience)
        told.seed = number("seed", told.seed)
        var weights = told.relevance.weights
        weights.relevance = number("relevance", weights.relevance)
        weights.ridge = number("ridge", weights.ridge)
        weights.decay = number("filter_decay", weights.decay)
        told.relevance.weights = weights
        told.relevance.filters = number("filters", told.relevance.filters)
        told.relevance.solver =
            model.metadata["solver"].flatMap { RelevanceSettings.Solver(rawValue: $0) }
            ?? told.relevance.solver
        if told.problems().isEmpty { training = told }
        streams = Set(model.senses.keys)
        encoder = model.framesReader ?? .mlp
    }
}

extension NetworkModel {
    /// How its vector senses read frames; `nil` when they read what a window sums up to.
    fileprivate var framesReader: VectorEncoder? {
        for (_, sense) in senses.sorted(by: { $0.key < $1.key }) {
            if case .frames(let countMax, _, let kernel, let filters) =
                sense.network.architecture.front
            {
                return .cnn(frames: countMax, kernel: kernel, filters: filters)
            }
        }
        return nil
    }
}
