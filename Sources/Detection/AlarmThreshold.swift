import Foundation  // `log`, `log10`.

/// The score at which an alarm's budget is spent.
///
/// An onset needs `k` windows in a row at the threshold (the on-delay), so what counts is the run's
/// smallest score, `r = min(s₁ … s_k)`. Were windows independent, `P(r ≥ θ) = 10^(−kθ)`; were they
/// copies of each other, `10^(−θ)`. Plants lie between, and the held-back windows say where: above
/// their upper quartile u the smallest scores of runs fall off as
/// ```
/// P(r ≥ θ) = q · exp(−(θ − u) / β),   β = mean excess over u, within [1/k, 1] / ln 10
/// ```
/// and the threshold is the θ at which that meets the budget. Never below what independent windows
/// would ask, never above what copies would.
///
/// While the calibration is smaller than the budget asks for (`CalibrationNote`), this θ lies beyond
/// what has been seen: it is the same rule, and the verdict calls it provisional.
package struct AlarmThreshold: Equatable, Sendable {
    package let value: Double

    /// - Parameters:
    ///   - runs: the smallest scores of all runs of `onDelay` held-back windows in a row.
    ///   - onDelay: k.
    ///   - share: the share of windows that may be an onset.
    package init(runs: [Double], onDelay: Int, share: Double) {
        let copies = -log10(share)
        let independent = copies / Double(onDelay)
        guard onDelay > 1, runs.count >= 20 else {
            value = copies
            return
        }
        let sorted = runs.sorted()
        let exceedances = sorted.suffix(sorted.count / 4)
        let u = exceedances.first ?? 0
        let q = Double(exceedances.count) / Double(sorted.count + 1)
        let mean = exceedances.reduce(0) { $0 + ($1 - u) } / Double(exceedances.count)
        let beta = min(max(mean, 1 / (Double(onDelay) * log(10))), 1 / log(10))
        value = min(copies, max(independent, u + beta * log(q / share)))
    }
}
