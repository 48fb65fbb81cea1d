import Foundation  // `Date`, to be read.
package import Fusion
package import Signals

/// Why a window is odd: what a verdict worth explaining says beside its score.
package struct Explanation: Equatable, Sendable {
    /// The part and the statistic that say most.
    package let part: Part
    package let measure: Statistic.Measure
    /// The sense it concerns; `nil` for the window as a whole.
    package let stream: StreamName?
    /// What in that sense is odd, the most telling first.
    package let features: [FeatureContribution]
    /// Log terms that the calibration never had, the most frequent first.
    package let unseen: [UInt64]
    /// Since when windows have been odd.
    package let since: EventTime
    /// The nearest earlier stretch.
    package let like: OddHistory.Likeness?
    /// Names of `features`, and texts of log templates among features and unseen terms, where they are
    /// known: put in by who knows settings and templates.
    fileprivate(set) var names: [FeatureContribution.Feature: String] = [:]

    package static let featuresMax = 3
    /// More log terms than are told: only those that turn out to be templates can be.
    static let termsMax = 16

    package init(
        cause: Statistic, features: [FeatureContribution], unseen: [UInt64], since: EventTime,
        like: OddHistory.Likeness?
    ) {
        part = cause.measure.part
        measure = cause.measure
        stream = cause.stream
        self.features = features
        self.unseen = unseen
        self.since = since
        self.like = like
    }

    /// Features with a name or a number; log terms that are words only have neither.
    package var namedFeatures: [NamedFeature] {
        features.compactMap { contribution in
            guard case .number(let index, let aspect) = contribution.feature else { return nil }
            return NamedFeature(
                name: names[contribution.feature] ?? "number \(index)", index: index,
                aspect: aspect.rawValue,
                share: contribution.share, deviation: contribution.deviation)
        }
    }

    package struct NamedFeature: Sendable {
        package let name: String
        package let index: Int
        /// As `FeatureContribution.Aspect`.
        package let aspect: String
        package let share: Double
        package let deviation: Double
    }

    /// Texts of templates that are new, or came unusually often or seldom.
    package var templates: (unseen: [String], unusual: [String]) {
        let unusual = features.compactMap { contribution -> String? in
            guard case .term = contribution.feature else { return nil }
            return names[contribution.feature]
        }
        return (
            Array(unseen.compactMap { names[.term($0)] }.prefix(Self.featuresMax)),
            Array(unusual.prefix(Self.featuresMax))
        )
    }

    /// Sentences for people, after the one that says what is odd.
    package var sentences: String {
        var text = ""
        let features = namedFeatures.map { feature in
            "\(feature.name) \(feature.words)"
        }
        if !features.isEmpty { text += " Mostly " + features.joined(separator: ", ") + "." }
        let (unseen, unusual) = templates
        if !unseen.isEmpty { text += " New: \(quoted(unseen))." }
        if !unusual.isEmpty { text += " Unusually often or seldom: \(quoted(unusual))." }
        if let like {
            text += " The window of \(like.start.rfc3339) looked like this."
        }
        return text
    }

    private func quoted(_ texts: [String]) -> String {
        texts.map { "\"\($0)\"" }.joined(separator: ", ")
    }
}

extension Explanation.NamedFeature {
    fileprivate var words: String {
        let isHigh = deviation > 0
        let what =
            switch FeatureContribution.Aspect(rawValue: aspect) {
            case .spread: isHigh ? "varies too much" : "varies too little"
            case .slope: isHigh ? "rises" : "falls"
            case .last: isHigh ? "ends too high" : "ends too low"
            case .mean, nil: isHigh ? "too high" : "too low"
            }
        return "\(what) (\(Int((share * 100).rounded())) %)"
    }
}

extension Verdict {
    /// Says the explanation in words too, with names for its features and log terms.
    package mutating func explain(naming: (FeatureContribution.Feature) -> String?) {
        guard var explanation else { return }
        let features = explanation.features.map(\.feature)
        for feature in features + explanation.unseen.map({ .term($0) }) {
            explanation.names[feature] = naming(feature)
        }
        reason += explanation.sentences
        self.explanation = explanation
    }
}

extension EventTime {
    /// "2026-11-24T14:00:10Z".
    fileprivate var rfc3339: String {
        Date(timeIntervalSince1970: (Double(milliseconds) / 1000).rounded(.down))
            .formatted(.iso8601)
    }
}
