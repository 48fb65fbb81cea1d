/// How the cross-model CNN is trained: what `objective = "relevance"` adds to `TrainingSettings`.
package struct RelevanceSettings: Equatable, Sendable {
    package var weights = RelevanceObjective.Weights()
    package var solver = Solver.descent
    /// Of each sense's bank, the same number for all senses.
    package var filters = 64

    /// Adam's step size and the noise on inputs that suit this objective: a maximum over places grows with
    /// noise, so that much of it teaches answers that service never sees.
    package static let rate = 3e-3
    package static let noise = 0.3

    package enum Solver: String, CaseIterable, Sendable {
        /// Adam, batch by batch.
        case descent
        /// `RelevanceADMM` over all points at once.
        case admm
    }

    /// Points, windows times senses, that ADMM takes: it decomposes a matrix of their number squared.
    package static let admmPointsMax = 3000

    package init() {}

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        for (name, weight) in [
            ("relevance", weights.relevance), ("ridge", weights.ridge),
            ("filter_decay", weights.decay),
        ] where !(weight >= 0 && weight.isFinite) {
            problems.append("\(name) is \(weight), but cannot be negative.")
        }
        if weights.ridge == 0 {
            problems.append("ridge is 0, but the predictor needs some to be determined.")
        }
        if !(1...1024).contains(filters) {
            problems.append("filters is \(filters), but must be from 1 to 1024.")
        }
        return problems
    }
}
