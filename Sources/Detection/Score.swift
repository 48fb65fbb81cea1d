import Foundation  // `log10`.
import Fusion
package import Signals

/// How odd one window is, and why: pure arithmetic on evidence and a calibration.
package struct Score: Sendable {
    package let value: Double
    package let pValue: Double
    package let isExtrapolated: Bool
    package let parts: [Part: Double]
    /// How far above its usual each statistic is, in spreads of the calibration.
    package let excess: [Statistic: Double]

    package init(
        _ evidence: Evidence, against mask: MaskCalibration, weights: DetectionSettings.Weights
    ) {
        var smallest: [Part: Double] = [:]
        var counts: [Part: Int] = [:]
        var excess: [Statistic: Double] = [:]
        for (key, value) in evidence.values {
            guard let sample = mask.samples[key] else { continue }
            let part = key.measure.part
            let p = sample.pValue(of: value).p
            smallest[part] = min(smallest[part] ?? 1, p)
            counts[part, default: 0] += 1
            excess[key] = sample.excess(of: value)
        }
        let combined = truncatedCauchy(
            MaskCalibration.terms(evidence, samples: mask.samples, weights: weights))
        (pValue, isExtrapolated) = mask.combined.pValue(of: combined)
        value = max(0, -log10(pValue))
        parts = Dictionary(
            uniqueKeysWithValues: smallest.map { part, p in
                (part, max(0, -log10(min(1, p * Double(counts[part]!)))))
            })
        self.excess = excess
    }

    /// The excess that speaks against one sense: its worst statistic.
    package func excess(of stream: StreamName) -> Double {
        excess.filter { $0.key.stream == stream }.values.max() ?? 0
    }
}

/// Who is to blame, from standardised raw excesses, never from p-values: those saturate together,
/// and a bad sense drags the healthy ones' agreement down with it.
package struct Attribution: Equatable, Sendable {
    /// Shares of the senses in what is odd; they sum to 1, or to 0 when nothing is.
    package let contributions: [StreamName: Double]
    package let blame: Verdict.Blame
    /// The statistic that is furthest above its usual.
    package let leading: Statistic?

    /// A sense is blamed alone when its excess is this many times the next one's, and at least
    /// `excessMin` spreads.
    private static let margin = 1.25
    private static let excessMin = 2.0

    /// - Parameters:
    ///   - score: of the window.
    ///   - streams: the senses present.
    ///   - relief: by how many spreads the disagreement of the others falls when this sense is left
    ///     out; empty when that was not tried. It replaces the sense's own disagreement: in a quarrel
    ///     everyone disagrees, and the one without whom the others agree is the cause.
    package init(
        _ score: Score, streams: some Sequence<StreamName>, relief: [StreamName: Double] = [:]
    ) {
        let ranked = streams.map { name -> (StreamName, Double) in
            guard let relief = relief[name] else { return (name, max(0, score.excess(of: name))) }
            let own = score.excess.filter {
                $0.key.stream == name && $0.key.measure != .disagreement
            }
            return (name, max(0, relief, own.values.max() ?? 0))
        }
        .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        let total = ranked.reduce(0) { $0 + $1.1 }
        contributions = Dictionary(
            uniqueKeysWithValues: ranked.map { ($0.0, total > 0 ? $0.1 / total : 0) })
        leading = score.excess.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
        if let first = ranked.first, first.1 >= Self.excessMin,
            ranked.count == 1 || first.1 >= Self.margin * ranked[1].1
        {
            blame = .stream(first.0)
        } else {
            blame = .notLocalised
        }
    }

    /// One sentence for people: what is odd about this window.
    package func sentence(score: Score, evidence: Evidence, mask: MaskCalibration) -> String {
        guard let leading else { return "Nothing was measured." }
        let extrapolated = score.isExtrapolated ? ", beyond anything in the calibration" : ""
        // When one sense is to blame, its own worst statistic explains more than the whole's; and new
        // words explain more than the line they add to the count.
        var cause = leading
        if case .stream(let name) = blame {
            let own = score.excess.filter { $0.key.stream == name }
            cause = own.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? leading
            let unseen = Statistic(.unseen, name)
            if cause.measure == .rate, own[unseen] ?? 0 >= Self.excessMin { cause = unseen }
        }
        return Self.clause(cause, evidence: evidence, mask: mask) + extrapolated + "."
    }

    private static func clause(
        _ cause: Statistic, evidence: Evidence, mask: MaskCalibration
    ) -> String {
        let value = evidence.values[cause] ?? 0
        let usual = mask.samples[cause]?.usual ?? 0
        let stream = cause.stream?.text ?? ""
        func cosine(_ statistic: Double) -> String { decimals(1 - statistic, 2) }
        switch cause.measure {
        case .disagreement where cause.stream == nil:
            return
                "The two senses contradict each other (agreement \(cosine(value)), usually \(cosine(usual)))"
        case .disagreement:
            return
                "\(stream) contradicts the other senses (agreement \(cosine(value)), usually \(cosine(usual)))"
        case .novelty:
            return "The senses agree on a state never seen in the calibration"
        case .departure:
            return "The machine left its recent state"
        case .hotelling:
            return
                "\(stream) is far from its normal range (T² \(decimals(exp(value - usual), 1)) times its usual)"
        case .residual:
            return
                "\(stream) breaks its usual pattern (residual \(decimals(exp(value - usual), 1)) times its usual)"
        case .unseen:
            return "\(stream) says what it has not said before"
        case .rate:
            return "\(stream) speaks at an unusual rate"
        case .prototype:
            return "\(stream) is in none of its usual states"
        case .neighbour:
            return "\(stream) is unlike anything it was before"
        case .frame:
            return "\(stream) has a single frame unlike its usual ones"
        case .shift:
            return "\(stream) has left its usual level"
        case .drift:
            return "\(stream) has drifted from its usual level"
        case .turmoil:
            return "\(stream) moves unlike it used to"
        case .frozen:
            return "\(stream) has a number that stopped moving"
        case .order:
            return "\(stream) says things in an unusual order"
        case .silence:
            return "\(stream) has been quiet for unusually long"
        }
    }

    private static func decimals(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
