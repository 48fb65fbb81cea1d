import Foundation  // `log`.

/// What an agreement says of a pairing, learnt without one label.
///
/// What false pairings look like is known: windows of other times are paired on purpose, with density
/// f₀. Real pairings have the density f = (1 − π) f₁ + π f₀, where π is the share of false ones among
/// them. So
/// ```
/// π = P(s ≤ t) / P₀(s ≤ t)         at the t below which a fifth of the purposely false ones lie
/// f₁ / f₀ = (f / f₀ − π) / (1 − π)
/// ```
/// and f / f₀ may only rise with the agreement: isotonic regression over forty bins of equal count.
/// Storey 2002 for π; Ayer et al. 1955 for the regression.
package struct AgreementOdds: Sendable {
    /// π, at most 1.
    package let falseShare: Double
    /// How often a real pairing agrees more than one made on purpose: .5 where agreement tells nothing.
    package let separation: Double
    /// Upper edges of all bins but the last.
    private let edges: [Double]
    /// log f₁ / f₀ by bin, within ±`oddsMax`.
    private let logOdds: [Double]

    private static let bins = 40
    private static let oddsMax = 7.0
    /// Below this separation a pair of senses has no say.
    package static let separationMin = 0.6

    /// - Parameters:
    ///   - real: agreements of the windows as they are.
    ///   - chance: agreements of pairings made on purpose out of windows of other times.
    ///
    /// `nil` when there are too few to tell, or the two do not differ.
    package init?(real: [Double], chance: [Double]) {
        guard real.count >= 64, chance.count >= 64,
            let separation = areaUnderROC(anomalous: real, calm: chance),
            separation >= Self.separationMin
        else { return nil }
        self.separation = separation
        let low = quantile(0.2, ofSorted: chance.sorted())
        let share = Double(real.count { $0 <= low }) / Double(real.count)
        let lowChance = Double(chance.count { $0 <= low }) / Double(chance.count)
        falseShare = min(1, share / lowChance)
        let pooled = (real + chance).sorted()
        edges = Set((1..<Self.bins).map { pooled[$0 * pooled.count / Self.bins] }).sorted()
        var f = [Double](repeating: 0.5, count: edges.count + 1)
        var f0 = f
        for s in real { f[Self.bin(s, edges)] += 1 }
        for s in chance { f0[Self.bin(s, edges)] += 1 }
        let (n, n0) = (f.reduce(0, +), f0.reduce(0, +))
        let ratios = isotonic(zip(f, f0).map { ($0 / n) / ($1 / n0) }, weights: f0)
        let (pi, limit) = (falseShare, Self.oddsMax)
        logOdds = ratios.map { ratio in
            let odds = max(0, ratio - pi) / max(1 - pi, 1e-3)
            return max(-limit, min(limit, log(odds)))
        }
    }

    /// log f₁(s) / f₀(s): how much more an agreement suits a true pairing than a false one.
    package func logOdds(_ agreement: Double) -> Double { logOdds[Self.bin(agreement, edges)] }

    private static func bin(_ s: Double, _ edges: [Double]) -> Int {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] < s { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The nearest sequence to `values` that never falls, by weighted least squares: neighbours that fall
/// are pooled to their mean.
func isotonic(_ values: [Double], weights: [Double]) -> [Double] {
    var pools: [(mean: Double, weight: Double, count: Int)] = []
    for (value, weight) in zip(values, weights) {
        pools.append((value, weight, 1))
        while pools.count > 1, pools[pools.count - 2].mean >= pools[pools.count - 1].mean {
            let last = pools.removeLast()
            let before = pools.removeLast()
            let weight = before.weight + last.weight
            pools.append(
                (
                    (before.mean * before.weight + last.mean * last.weight) / weight, weight,
                    before.count + last.count
                ))
        }
    }
    return pools.flatMap { [Double](repeating: $0.mean, count: $0.count) }
}
