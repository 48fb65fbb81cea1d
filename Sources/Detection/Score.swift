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
    package let excess: StatisticTable<Double>

    /// Its p-value's raw form, which the calibration of calm operation grows by.
    package let statistic: Double

    /// `growth`: what the calibration of these senses has gained in operation.
    package init(
        _ evidence: Evidence, against mask: MaskCalibration, growth: CalibrationGrowth? = nil
    ) {
        var smallest = [Double?](repeating: nil, count: Part.allCases.count)
        var counts = [Int](repeating: 0, count: smallest.count)
        var keys: [Statistic] = []
        var excess: [Double] = []
        keys.reserveCapacity(evidence.values.count)
        excess.reserveCapacity(evidence.values.count)
        statistic = mask.statistic(of: evidence) { key, value, place, p in
            let part = key.measure.part.place
            smallest[part] = min(smallest[part] ?? 1, p)
            if !mask.samples.values[place].isConstant { counts[part] += 1 }
            keys.append(key)
            excess.append(mask.samples.values[place].excess(of: value))
        }
        (pValue, isExtrapolated) =
            growth?.pValue(of: statistic, with: mask.combined)
            ?? mask.combined.pValue(of: statistic)
        value = max(0, -log10(pValue))
        parts = Dictionary(
            uniqueKeysWithValues: zip(Part.allCases, zip(smallest, counts)).compactMap { part, of in
                of.0.map { (part, max(0, -log10(min(1, $0 * Double(max(1, of.1)))))) }
            })
        self.excess = StatisticTable(keys: keys, values: excess)
    }

    /// The excess that speaks against one sense: its worst statistic.
    package func excess(of stream: StreamName) -> Double {
        excess.lazy.filter { $0.key.stream == stream }.map(\.value).max() ?? 0
    }

    /// The same without its disagreement, which every sense has a part in.
    package func ownExcess(of stream: StreamName) -> Double {
        excess.lazy.filter { $0.key.stream == stream && $0.key.measure != .disagreement }
            .map(\.value).max() ?? 0
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
    /// What speaks against each sense, from this window and, fading, those before it in the same odd
    /// stretch: one window alone is blurred by chance.
    package let standing: [StreamName: Double]

    /// A sense is blamed alone when its standing is this many times the next one's, and at least
    /// `excessMin` spreads.
    private static let margin = 1.25
    private static let excessMin = 2.0
    /// Weight of the windows before in the standing.
    private static let fading = 0.45
    /// Nor is it when another sense is this odd by itself, where no quarrel can have dragged it, or is
    /// what the quarrel is about: then it is the machine, whatever sense shows it most.
    private static let othersMax = 6.0

    private static func isJoined(
        _ first: StreamName, by others: [StreamName], _ score: Score, _ relief: [StreamName: Double]
    ) -> Bool {
        others.contains { other in
            let calmed = relief[other] ?? 0
            let own = score.ownExcess(of: other)
            return own >= othersMax && own >= score.excess(of: first) / 2
                || calmed >= othersMax && calmed >= margin * (relief[first] ?? 0)
        }
    }

    /// - Parameters:
    ///   - score: of the window.
    ///   - streams: the senses present.
    ///   - relief: by how many spreads the disagreement of the others falls when this sense is left
    ///     out; empty when that was not tried. It replaces the sense's own disagreement: in a quarrel
    ///     everyone disagrees, and the one without whom the others agree is the cause.
    ///   - former: `standing` after the window before in the same odd stretch.
    package init(
        _ score: Score, streams: some Sequence<StreamName>, relief: [StreamName: Double] = [:],
        former: [StreamName: Double] = [:]
    ) {
        let excess = streams.map { name -> (StreamName, Double) in
            guard let relief = relief[name] else { return (name, max(0, score.excess(of: name))) }
            return (name, max(0, relief, score.ownExcess(of: name)))
        }
        let total = excess.reduce(0) { $0 + $1.1 }
        contributions = Dictionary(
            uniqueKeysWithValues: excess.map { ($0.0, total > 0 ? $0.1 / total : 0) })
        leading = score.excess.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
        let standing = excess.map { name, value in
            (name, former[name].map { value + Self.fading * ($0 - value) } ?? value)
        }
        self.standing = Dictionary(uniqueKeysWithValues: standing)
        let ranked = standing.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        if let first = ranked.first, first.1 >= Self.excessMin,
            ranked.count == 1 || first.1 >= Self.margin * ranked[1].1,
            !Self.isJoined(first.0, by: ranked.dropFirst().map(\.0), score, relief)
        {
            blame = .stream(first.0)
        } else {
            blame = .notLocalised
        }
    }

    /// The statistic that explains most. When one sense is to blame, its own worst one says more than the
    /// whole's; and new words explain more than the line they add to the count.
    package func cause(of score: Score) -> Statistic? {
        guard let leading else { return nil }
        guard case .stream(let name) = blame else { return leading }
        let own = score.excess.filter { $0.key.stream == name }
        let worst = own.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? leading
        let unseen = Statistic(.unseen, name)
        return worst.measure == .rate && score.excess[unseen] ?? 0 >= Self.excessMin
            ? unseen : worst
    }

    /// The sense whose features say why: it is to blame, and odd by itself.
    package func telling(_ score: Score) -> StreamName? {
        guard case .stream(let name) = blame else { return nil }
        let own = score.excess.contains {
            $0.key.stream == name && $0.key.measure != .disagreement && $0.value >= Self.excessMin
        }
        return own ? name : nil
    }

    /// One sentence for people: what is odd about this window.
    package func sentence(score: Score, evidence: Evidence, mask: MaskCalibration) -> String {
        guard let cause = cause(of: score) else { return "Nothing was measured." }
        let extrapolated = score.isExtrapolated ? ", beyond anything in the calibration" : ""
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
        case .mixture:
            return "\(stream) is unlike itself in what no other sense knows"
        }
    }

    private static func decimals(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
