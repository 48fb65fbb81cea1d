import Signals

/// How much of a sense's oddness goes back to one number of its vector, or to one term of its log.
package struct FeatureContribution: Equatable, Sendable {
    package enum Feature: Hashable, Sendable {
        /// The number's place in the vector, from 0, and what about it was odd.
        case number(Int, Aspect)
        /// A log term, by its hash.
        case term(UInt64)
        /// Lines of one severity, 0 `debug` to 4 `critical`.
        case severity(Int)
    }

    /// In the order of a summary's features.
    package enum Aspect: String, CaseIterable, Sendable {
        case mean, spread, slope, last
    }

    package let feature: Feature
    /// Share of the oddness that would go if this feature alone were what it should be, 0 to 1. The
    /// shares of features that belong together overlap: they do not sum to 1.
    package let share: Double
    /// How far the feature is from its usual, in standard deviations, with its sign.
    package let deviation: Double
}

extension LinearEncoder {
    /// Which features make a window odd: reconstruction-based contributions (Alcala and Qin 2009,
    /// "Reconstruction-based contribution for process monitoring", eq. 20) to the combined index
    /// ```
    /// φ = T² / a + Q / b = fᵀ Φ f
    /// contribution_i = (Φ f)_i² / Φ_ii
    /// ```
    /// the drop of φ when feature i alone is moved to where φ is smallest. Unlike plain contributions
    /// they name the one feature that was disturbed, whatever correlates with it. Of the aspects of one
    /// number only the largest is told.
    ///
    /// - Parameters:
    ///   - summary: of the window.
    ///   - usual: the sense's usual `Embedding.hotelling` and `.residual`; they weigh T² against Q.
    ///   - count: contributions returned at most, the largest first.
    /// - Returns: none for a summary of another kind or dimension than the one learnt.
    package func contributions(
        to summary: StreamSummary, usual: (hotelling: Double, residual: Double), count: Int
    ) -> [FeatureContribution] {
        guard let f = map.features(of: summary) else { return [] }
        let (gradient, curvature, index) = combinedIndex(of: f, usual: usual)
        guard index > 0 else { return [] }
        var best: [Int: FeatureContribution] = [:]
        for i in f.indices {
            let slope = gradient[i]
            let share = min(1, slope * slope / max(curvature[i], 1e-12) / index)
            guard share >= 0.01, share > best[map.group(of: i)]?.share ?? 0 else { continue }
            best[map.group(of: i)] = FeatureContribution(
                feature: map.feature(i), share: share, deviation: Double(f[i] * map.weight(of: i)))
        }
        let ranked = best.sorted { ($1.value.share, $0.key) < ($0.value.share, $1.key) }
        return ranked.prefix(count).map(\.value)
    }

    /// Terms of a window that the fit never saw, sorted by how often they came; `count` at most.
    package func unseenTerms(of summary: StreamSummary, count: Int) -> [UInt64] {
        guard case .log(let log) = summary, let vocabulary else { return [] }
        let unseen = log.counts.filter { !vocabulary.contains($0.key) }
        return unseen.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(count).map(\.key)
    }
}

extension FeatureMap {
    /// Features of one group are aspects of one number.
    fileprivate func group(of feature: Int) -> Int {
        if case .vector(let dimension) = source { feature % dimension } else { feature }
    }

    fileprivate func feature(_ i: Int) -> FeatureContribution.Feature {
        switch source {
        case .vector(let dimension):
            .number(i % dimension, FeatureContribution.Aspect.allCases[i / dimension])
        case .log(let vocabulary):
            i < vocabulary.count ? .term(vocabulary[i]) : .severity(i - vocabulary.count)
        }
    }

    /// Slope and last are scaled to half: what makes standard deviations of a feature again.
    fileprivate func weight(of feature: Int) -> Float {
        if case .vector(let dimension) = source, feature >= 2 * dimension { 2 } else { 1 }
    }
}
