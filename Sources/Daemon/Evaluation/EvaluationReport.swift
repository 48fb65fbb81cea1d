package import Foundation

/// What an evaluation found, as plain figures: `anchord evaluate --json`.
package struct EvaluationReport: Codable, Equatable, Sendable {
    package var schema = "anchord.evaluation/1"
    package var recordings: [String] = []
    package var assets: [String] = []
    /// Kinds of fault among the windows judged; empty without labels.
    package var faults: [String] = []
    /// Windows that models were fitted on, and later ones that were judged.
    package var windowsFitted = 0
    package var windowsJudged = 0
    package var rows: [Row] = []
    /// Sentences that a reader of the figures has to know.
    package var notes: [String] = []

    package enum Kind: String, Codable, Sendable {
        case model, linear, sense
    }

    /// One model over all assets that it can serve; figures are means over these.
    package struct Row: Codable, Equatable, Sendable {
        package var name: String
        package var kind: Kind
        /// Content hash of a trained model.
        package var model: String?
        package var objective: String?
        /// Windows with a score that count.
        package var windows = 0
        package var assets: [Asset] = []
        package var unserved: [Unserved] = []
        /// Means over the ordered pairs of senses; `nil` when no two share a space.
        package var space: Space?
        package var pairs: [Pair] = []
        /// By kind of fault, and over all of them as `all`.
        package var detection: [String: Detection] = [:]
        /// Of a model that reads states, where labels tag windows with them.
        package var states: States?
    }

    package struct Asset: Codable, Equatable, Sendable {
        package var name: String
        package var windows: Int
        package var auc: Double?
        package var ap: Double?
        package var recallAt1: Double?
        /// Senses outside the space: the model does not read them, or they agree with nobody.
        package var leftOut: [String] = []
    }

    package struct Unserved: Codable, Equatable, Sendable {
        package var asset: String
        package var reason: String
    }

    package struct Space: Codable, Equatable, Sendable {
        package var recallAt1: Double
        package var recallAt5: Double
        package var meanReciprocalRank: Double
        /// Medians of the cosine on the same window, and on windows far apart.
        package var matched: Double
        package var unmatched: Double
        package var alignment: Double
        package var uniformity: Double
    }

    /// One sense looked up by another.
    package struct Pair: Codable, Equatable, Sendable {
        package var from: String
        package var to: String
        package var figures: Space
        /// Mean average precision of looking up windows that were tagged with the same state, by the
        /// cosine; `nil` without tags.
        package var precision: Double?
        /// The same by how likely each sense holds the states to be; `nil` where the model reads none.
        package var statePrecision: Double?
    }

    /// How often the state of a tagged window is read rightly.
    package struct States: Codable, Equatable, Sendable {
        package var windows: Int
        /// By all senses together.
        package var accuracy: Double
        /// By each sense alone.
        package var bySense: [String: Double]
    }

    package struct Detection: Codable, Equatable, Sendable {
        package var auc: Double
        package var ap: Double
        package var windows: Int
    }

    /// Equal reports give equal bytes.
    package var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            return try encoder.encode(self)
        }
    }
}

/// `nil` for no numbers.
func mean(of numbers: [Double]) -> Double? {
    numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
}

extension EvaluationReport.Space {
    /// Number by number; `nil` of nothing.
    init?(meanOf spaces: [Self]) {
        guard !spaces.isEmpty else { return nil }
        func mean(_ figure: (Self) -> Double) -> Double {
            spaces.reduce(0) { $0 + figure($1) } / Double(spaces.count)
        }
        self.init(
            recallAt1: mean(\.recallAt1), recallAt5: mean(\.recallAt5),
            meanReciprocalRank: mean(\.meanReciprocalRank), matched: mean(\.matched),
            unmatched: mean(\.unmatched), alignment: mean(\.alignment),
            uniformity: mean(\.uniformity))
    }
}
