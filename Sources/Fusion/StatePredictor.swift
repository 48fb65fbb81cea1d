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

    package init(names: [String], weights: [Float], temperature: Float) {
        precondition(!names.isEmpty && weights.count.isMultiple(of: names.count))
        self.names = names
        self.weights = weights
        self.temperature = temperature
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

    /// The likeliest state of the mean of these scores; of equals the first.
    package func likeliest(_ scores: [[Double]]) -> StateReading.Choice {
        let mean = names.indices.map { k in
            scores.reduce(0) { $0 + $1[k] } / Double(max(1, scores.count))
        }
        let top = mean.indices.max { (mean[$0], $1) < (mean[$1], $0) } ?? 0
        let T = Double(temperature)
        let sum = mean.reduce(0) { $0 + exp(($1 - mean[top]) / T) }
        return StateReading.Choice(label: names[top], probability: 1 / sum)
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

    package init(whole: Choice, senses: [StreamName: Choice]) {
        self.whole = whole
        self.senses = senses
    }

    /// A sense's word counts against another's from this probability on.
    static let sureFrom = 0.5

    /// "camera says birch, log says elm": the senses that are sure, when they do not say the same.
    package var contradiction: String? {
        let sure = senses.filter { $0.value.probability >= Self.sureFrom }
        guard Set(sure.values.map(\.label)).count > 1 else { return nil }
        return sure.sorted { $0.key < $1.key }.map { "\($0.key) says \($0.value.label)" }
            .joined(separator: ", ")
    }
}

/// `tanh` in single precision.
func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }

extension FusionModel {
    /// The state that a window's senses say their machine is in; `nil` without a predictor, or without
    /// a sense that it can read.
    package func state(of summary: WindowSummary) -> StateReading? {
        guard let predictor else { return nil }
        var scores: [StreamName: [Double]] = [:]
        for (name, stream) in summary.streams {
            guard let network = encoders[name]?.network, network.network.architecture.peaks != nil,
                let row = network.reader.row(of: stream)
            else { continue }
            if case .log(let log) = stream, log.lines == 0 { continue }
            scores[name] = predictor.scores(network.network.peaks(row))
        }
        guard !scores.isEmpty else { return nil }
        return StateReading(
            whole: predictor.likeliest(scores.keys.sorted().map { scores[$0]! }),
            senses: scores.mapValues { predictor.likeliest([$0]) })
    }
}
