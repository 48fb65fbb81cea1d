import Foundation  // `exp`, `tanhf`.
package import Signals

/// Reads the state a machine is in from the peaks of its senses' filters: the predictor on top of the
/// cross-model CNN.
///
/// ```
/// s_m = Uᵀ f_m   (one per sense),   s = mean of s_m over the senses present
/// p = softmax(s / τ)
/// ```
/// U is shared by all senses, because their filters answer in one space; τ was fitted on windows held
/// back, so that a probability is about as often right as it says.
package struct StatePredictor: Equatable, Sendable {
    /// The states by name, in order of the columns of U.
    package let names: [String]
    /// U, `filters × states`, row-major.
    package let weights: [Float]
    /// τ
    package let temperature: Float
    /// By sense, the score below which it rules a state out: so low has the true state's score hardly
    /// ever been on windows held back (`StateReading.plausible`).
    package let floors: [StreamName: Double]

    package init(
        names: [String], weights: [Float], temperature: Float, floors: [StreamName: Double] = [:]
    ) {
        precondition(!names.isEmpty && weights.count.isMultiple(of: names.count))
        self.names = names
        self.weights = weights
        self.temperature = temperature
        self.floors = floors
    }

    package var filters: Int { weights.count / names.count }

    /// `Uᵀ f`
    package func scores(_ f: [Float]) -> [Double] {
        var scores = [Double](repeating: 0, count: names.count)
        for (c, value) in f.enumerated() {
            for k in names.indices {
                scores[k] += Double(value) * Double(weights[c * names.count + k])
            }
        }
        return scores
    }

    /// The states that a sense with these scores does not rule out, the likeliest first; none when it
    /// sees something new, or when nothing is known of what it rules out.
    package func plausible(_ scores: [Double], by sense: StreamName) -> [String] {
        guard let floor = floors[sense] else { return [] }
        return names.indices.filter { scores[$0] >= floor }
            .sorted { (scores[$1], $0) < (scores[$0], $1) }.map { names[$0] }
    }

    /// How likely each state is, by the mean of these scores: `softmax(s / τ)`.
    package func probabilities(_ scores: [[Double]]) -> [Double] {
        let mean = names.indices.map { k in
            scores.reduce(0) { $0 + $1[k] } / Double(max(1, scores.count))
        }
        let top = mean.max() ?? 0
        let parts = mean.map { exp(($0 - top) / Double(temperature)) }
        let sum = parts.reduce(0, +)
        return parts.map { $0 / sum }
    }

    /// The likeliest state of the mean of these scores; of equals the first.
    package func likeliest(_ scores: [[Double]]) -> StateReading.Choice {
        let p = probabilities(scores)
        let top = p.indices.max { (p[$0], $1) < (p[$1], $0) } ?? 0
        return StateReading.Choice(label: names[top], probability: p[top])
    }
}

/// What a window says of the state its machine is in.
package struct StateReading: Equatable, Sendable {
    package struct Choice: Equatable, Sendable {
        package var label: String
        /// 0 to 1.
        package var probability: Double
    }

    /// Of all senses together.
    package var whole: Choice
    /// Of each sense that the model reads.
    package var senses: [StreamName: Choice]
    /// States that each sense does not rule out, the likeliest first. The true one is missing among them
    /// in one of `doubt` windows at most, whatever the predictor is worth (split conformal prediction,
    /// Vovk et al. 2005), as long as windows are like those held back.
    package var plausible: [StreamName: [String]]

    package init(
        whole: Choice, senses: [StreamName: Choice], plausible: [StreamName: [String]] = [:]
    ) {
        self.whole = whole
        self.senses = senses
        self.plausible = plausible
    }

    /// Share of windows in which all senses together may rule out the true state.
    package static let doubt = 0.01

    /// "camera says birch, log says elm or ash": the senses that know what they see, when no state is
    /// left that two of them both hold possible.
    package var contradiction: String? {
        let said = plausible.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        let isDivided = said.contains { one in
            said.contains { Set($0.value).isDisjoint(with: one.value) }
        }
        guard isDivided else { return nil }
        return said.map { "\($0.key) says \($0.value.joined(separator: " or "))" }
            .joined(separator: ", ")
    }
}

/// `tanh` in single precision.
func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }

extension FusionModel {
    /// The state that a window's senses say their machine is in; `nil` without a predictor, or without
    /// a sense that it can read.
    package func state(of window: EmbeddedWindow) -> StateReading? {
        guard let predictor else { return nil }
        let scores = stateScores(of: window)
        guard !scores.isEmpty else { return nil }
        return StateReading(
            whole: predictor.likeliest(scores.keys.sorted().map { scores[$0]! }),
            senses: scores.mapValues { predictor.likeliest([$0]) },
            plausible: Dictionary(
                uniqueKeysWithValues: scores.map { ($0, predictor.plausible($1, by: $0)) }))
    }

    /// How likely each state is by each sense alone; empty without a predictor.
    package func stateProbabilities(of window: EmbeddedWindow) -> [StreamName: [Double]] {
        guard let predictor else { return [:] }
        return stateScores(of: window).mapValues { predictor.probabilities([$0]) }
    }

    /// `Uᵀ f` of each sense that the model can read.
    private func stateScores(of window: EmbeddedWindow) -> [StreamName: [Double]] {
        guard let predictor else { return [:] }
        return window.senses.compactMapValues { sense in
            sense.peaks.map(predictor.scores)
        }
    }
}
