import Fusion
import Signals

// Why a window is odd, and whom to blame.
extension AssetDetector {
    struct Scored {
        var verdict: Verdict
        var anchor: Anchor?
        /// `nil` without a model.
        var embedded: EmbeddedWindow?
        /// What the calibration may learn, where all senses are present.
        var statistic: Double?
        /// p by all calm windows there have been, where all senses are present.
        var recentP: Double?
        var odd: Oddness?
    }

    /// What the history of odd stretches takes from a window worth explaining.
    struct Oddness {
        var profile: OddProfile
        var standing: [StreamName: Double]
    }

    func explanation(
        of summary: WindowSummary, score: Score, attribution: Attribution, profile: OddProfile,
        mask: MaskCalibration, service: Service
    ) -> Explanation? {
        guard let cause = attribution.cause(of: score) else { return nil }
        var features: [FeatureContribution] = []
        var unseen: [UInt64] = []
        if let name = attribution.telling(score),
            let stream = service.model.seen(of: summary).streams[name],
            let encoder = service.model.encoders[name]?.linear
        {
            func usual(_ measure: Statistic.Measure) -> Double {
                mask.samples[Statistic(measure, name)]?.usual ?? 0
            }
            let isLog = if case .log = stream { true } else { false }
            features = encoder.contributions(
                to: stream, usual: (usual(.hotelling), usual(.residual)),
                count: isLog ? Explanation.termsMax : Explanation.featuresMax)
            unseen = encoder.unseenTerms(of: stream, count: Explanation.termsMax)
        }
        return Explanation(
            cause: cause, features: features, unseen: unseen,
            since: state.odd.since(summary.start, gapMax: oddGapMax),
            like: state.odd.nearest(to: profile, at: summary.start, gapMax: oddGapMax))
    }

    /// How far the senses' quarrel calms when each one is left out in turn, in spreads. Empty when
    /// fewer than three take part: two cannot be told apart.
    mutating func relief(
        _ window: EmbeddedWindow, score: Score, present: Set<StreamName>, service: Service
    ) -> [StreamName: Double] {
        func quarrel(_ score: Score) -> Double {
            score.excess.lazy.filter { $0.key.measure == .disagreement }.map(\.value).max() ?? 0
        }
        let aligned = present.filter { window.senses[$0]?.common != nil }
        guard aligned.count >= 3 else { return [:] }
        var relief: [StreamName: Double] = [:]
        for name in aligned.sorted() {
            let rest = present.subtracting([name])
            guard let mask = masks.calibration(for: rest, in: service, settings: settings) else {
                return [:]
            }
            let evidence = Evidence(
                of: window, present: rest, model: service.model,
                reference: state.rolling.centroid, vanishing: settings.vanishingAnchor)
            let without = Score(evidence, against: mask)
            relief[name] = quarrel(score) - quarrel(without)
        }
        return relief
    }
}
