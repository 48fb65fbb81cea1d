import Foundation  // `exp`, `log1p`, `tan`.

/// What a statistic looks like when all is well, and how rarely it is exceeded.
///
/// Inside the sample: the split-conformal p-value, valid whatever the distribution (Vovk, Gammerman
/// and Shafer 2005),
/// ```
/// p = (1 + #{cᵢ ≥ x}) / (n + 1)
/// ```
/// Beyond its largest value: an exponential tail over the threshold u that m of the n values reach,
/// ```
/// p = m / (n + 1) · exp(−(x − u) / β),   β = mean excess over u
/// ```
/// never above 1/(n + 1). It keeps the order of what was never seen; its level is a guess, and says
/// so.
package struct ConformalSample: Sendable {
    /// Rising.
    private let sorted: [Double]
    private let threshold: Double
    private let tailShare: Double
    private let tailScale: Double
    /// Median and spread of the sample: what `excess` is measured in.
    private let centre: Double
    private let spread: Double

    package var count: Int { sorted.count }

    /// `resolution` is the floor of the tail's scale and of the spread, in the statistic's unit.
    package init(_ values: [Double], resolution: Double) {
        sorted = values.sorted()
        let n = sorted.count
        let m = min(n, max(10, n / 20))
        threshold = n > 0 ? sorted[n - m] : 0
        let u = threshold
        let excess = sorted.suffix(m).reduce(0) { $0 + ($1 - u) }
        tailScale = max(m > 0 ? excess / Double(m) : 0, resolution)
        tailShare = Double(m) / Double(n + 1)
        centre = n > 0 ? sorted[n / 2] : 0
        // 84 % lie below one standard deviation above the mean, were it Gaussian.
        spread = max(n > 0 ? sorted[min(n - 1, n * 84 / 100)] - sorted[n / 2] : 0, resolution)
    }

    package func pValue(of x: Double) -> (p: Double, isExtrapolated: Bool) {
        let n = sorted.count
        guard let largest = sorted.last else { return (1, false) }
        if x > largest {
            let tail = tailShare * exp(-(x - threshold) / tailScale)
            return (max(1e-300, min(tail, 1 / Double(n + 1))), true)
        }
        // The first value that is not below x.
        var low = 0
        var high = n
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < x { low = middle + 1 } else { high = middle }
        }
        return (Double(1 + n - low) / Double(n + 1), false)
    }

    /// How far above the usual, in spreads; below it negative.
    package func excess(of x: Double) -> Double {
        (x - centre) / spread
    }

    /// The usual value.
    package var usual: Double { centre }
}

/// Several p-values, perhaps dependent, in one statistic.
///
/// ```
/// S = ln(1 + Σ w_k · max(0, cot(π p_k)))
/// ```
/// The Cauchy combination of Liu and Xie (2020), left-truncated: a p above ½ adds nothing, where the
/// plain one would subtract, so that one quiet log at p = 1 could wipe out a certain fault (Fang et
/// al. 2023). S is not read as a probability: it is ranked on a calibration fold of its own.
package func truncatedCauchy(_ terms: some Sequence<(p: Double, weight: Double)>) -> Double {
    var sum = 0.0
    for (p, weight) in terms where p < 0.5 { sum += weight / tan(.pi * p) }
    return log1p(sum)
}
