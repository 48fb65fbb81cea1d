import Foundation  // `log10`.
import Fusion
import Signals

// How odd one window is, before anything is made of it.
extension AssetDetector {
    /// Changes nothing but what is kept built.
    mutating func score(_ window: WindowHeader, summary: WindowSummary) -> Scored {
        var verdict = Verdict(of: window, asset: asset)
        // A quiet log is present, but a window in which nothing at all spoke is no evidence.
        let speaking = summary.isSpeaking
        guard let service else {
            // Silence is reported as such from the first day.
            verdict.state = speaking ? .warmingUp : .noData
            verdict.reason +=
                speaking ? "Warming up: no model yet." : "No sense spoke in this window."
            return Scored(verdict: verdict)
        }
        verdict.model = service.modelID
        verdict.threshold = threshold
        let embedded = service.model.embed(summary)
        verdict.reading = service.model.state(of: embedded)
        let present = Set(embedded.senses.keys)
        if speaking, present.count >= sensesMin,
            let mask = masks.calibration(
                for: present, in: service, settings: settings)
        {
            let evidence = Evidence(
                of: embedded, present: present, model: service.model,
                reference: state.rolling.centroid, vanishing: settings.vanishingAnchor)
            let isWhole = present.count == service.model.encoders.count
            let score = Score(evidence, against: mask, growth: isWhole ? state.growth : nil)
            // Also what raises the alarm below that, by itself or with many slightly odd windows: it must
            // say why.
            let isExplained =
                score.value >= settings.explainAbove
                || settings.explainAbove.isFinite
                    && (score.value >= threshold
                        || state.sustained.value >= 0.75 * budget.sustainedLevel)
            let relief =
                isExplained
                ? relief(embedded, score: score, present: present, service: service) : [:]
            let attribution = Attribution(
                score, streams: present, relief: relief,
                former: state.odd.standing(window.start, gapMax: oddGapMax))
            verdict.fill(
                score, evidence, attribution: attribution, mask: mask,
                service: service, isExplained: isExplained, present: present)
            // A model that learnt elsewhere may misread this machine for good: what its own normal windows
            // do too is no contradiction. And a sense that is odd by itself may see what its filters never
            // learnt, which they answer to as if it were something they know: it is no witness.
            let rare = -log10(StateReading.doubt)
            if let contradiction = verdict.reading?.contradiction,
                score.parts[.disagreement] ?? 0 >= rare, score.parts[.own] ?? 0 < rare
            {
                verdict.reason += " The senses read different states: \(contradiction)."
            }
            verdict.calibration = note(
                service, at: window.end, windows: isWhole ? nil : mask.windows)
            var odd: Oddness?
            if isExplained {
                odd = Oddness(
                    profile: OddProfile(excess: score.excess), standing: attribution.standing)
                verdict.explanation = explanation(
                    of: summary, score: score, attribution: attribution, profile: odd!.profile,
                    mask: mask, service: service)
            }
            return Scored(
                verdict: verdict, anchor: evidence.anchor,
                statistic: isWhole ? score.statistic : nil,
                recentP: isWhole
                    ? state.growth.recentP(of: score.statistic, with: mask.combined) : nil,
                odd: odd)
        }
        verdict.state = speaking ? .scoring : .noData
        verdict.quality = .bad
        verdict.reason =
            !speaking
            ? "No sense spoke in this window."
            : present.count < sensesMin
                ? "\(present.count) of at least \(sensesMin) senses are present."
                : "This set of senses has no calibration."
        return Scored(verdict: verdict)
    }
}
