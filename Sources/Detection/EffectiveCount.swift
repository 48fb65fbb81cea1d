package import Signals

/// How much windows that resemble their neighbours are worth, counted in independent ones.
///
/// The mean of n values with autocorrelation ρ varies as that of n / τ independent ones,
/// ```
/// τ = 1 + 2 Σ_k ρ_k (n_k / n),     n_k = pairs that are k hops apart
/// ```
/// summed over the initial positive sequence: until ρ at two lags in a row sums to nothing (Geyer
/// 1992), because beyond that the estimates are noise. In a whole series n_k ≈ n; a fold of a
/// calibration has gaps, so fewer of its windows are neighbours, and each is worth more.
///
/// Windows that overlap share their samples, and are never worth more than those laid end to end.
package struct EffectiveCount: Equatable, Sendable {
    /// τ of the windows it was measured on, gaps and all. At least 1.
    package let foldFactor: Double
    /// τ of the same windows, had every one in between been there. At least `foldFactor`.
    package let seriesFactor: Double

    /// Nothing known: every window counts.
    package static let independent = EffectiveCount(foldFactor: 1, seriesFactor: 1)

    private init(foldFactor: Double, seriesFactor: Double) {
        self.foldFactor = foldFactor
        self.seriesFactor = seriesFactor
    }

    /// Lags that are looked at: a plant that remembers longer than so many windows is taken to forget
    /// then.
    static let lagMax = 200
    /// Pairs that make an estimate of ρ at a lag.
    private static let pairsMin = 20

    /// - Parameters:
    ///   - values: in order of time; ranks or scores, so that no single one decides.
    ///   - hop: from one window's start to the next one's.
    ///   - length: of a window.
    package init(_ values: [(start: EventTime, value: Double)], hop: Duration, length: Duration) {
        let n = values.count
        let overlap = max(1, length.seconds / hop.seconds)
        let mean = values.reduce(0) { $0 + $1.value } / Double(max(1, n))
        let variance =
            values.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) } / Double(max(1, n))
        guard n >= Self.pairsMin, variance > 0 else {
            self.init(foldFactor: overlap, seriesFactor: overlap)
            return
        }
        var sums = [Double](repeating: 0, count: Self.lagMax + 1)
        var pairs = [Int](repeating: 0, count: Self.lagMax + 1)
        let places = values.map { ($0.start.nanoseconds / hop.nanoseconds) }
        for i in 0..<n {
            for j in (i + 1)..<max(n, i + 1) {
                let lag = places[j] - places[i]
                guard lag <= Int64(Self.lagMax) else { break }
                guard lag > 0 else { continue }
                sums[Int(lag)] += (values[i].value - mean) * (values[j].value - mean)
                pairs[Int(lag)] += 1
            }
        }
        let rho = Self.filled(sums: sums, pairs: pairs, variance: variance)
        var series = 1.0
        var fold = 1.0
        var lag = 1
        while lag + 1 < rho.count, rho[lag] + rho[lag + 1] > 0 {
            for k in lag...lag + 1 {
                series += 2 * rho[k]
                fold += 2 * rho[k] * Double(pairs[k]) / Double(n)
            }
            lag += 2
        }
        // Anticorrelation would be worth more than independence; nobody should count on it.
        let seriesFactor = max(overlap, series)
        self.init(
            foldFactor: min(seriesFactor, max(1, fold)), seriesFactor: seriesFactor)
    }

    /// ρ by lag, with straight lines across the lags at which a fold has too few pairs.
    private static func filled(sums: [Double], pairs: [Int], variance: Double) -> [Double] {
        var rho = [1.0]
        for lag in 1..<sums.count where pairs[lag] >= pairsMin {
            let here = sums[lag] / Double(pairs[lag]) / variance
            let from = rho.count - 1
            let before = rho[from]
            for between in rho.count...lag {
                rho.append(before + (here - before) * Double(between - from) / Double(lag - from))
            }
        }
        return rho
    }
}
