import Foundation  // `exp`.

/// Whether two sets of scores look like one distribution's: the test of Kolmogorov and Smirnov,
/// ```
/// D = sup |F(x) − G(x)|,   p = Q((√N + 0.12 + 0.11 / √N) D),   N = n m / (n + m)
/// Q(λ) = 2 Σ_j (−1)^(j−1) exp(−2 j² λ²)
/// ```
/// with Stephens's correction for small samples (1970). The supremum is taken over the edges of a
/// sketch's bins, where both distributions are known exactly; so p errs upwards, if at all. Windows that
/// resemble their neighbours count for what they are worth: n and m are divided by their factors.
enum TwoSampleTest {
    /// One pair in ten of the same distribution is taken apart too: with few windows a difference shows
    /// faintly, and a loan refused costs little.
    static let refusedBelow = 0.1

    /// `sorted` is rising.
    static func pValue(
        _ sorted: [Float], _ sketch: ScoreSketch, factors: (Double, Double)
    ) -> Double {
        guard !sorted.isEmpty, sketch.count > 0 else { return 1 }
        var distance = 0.0
        var below = 0
        for bin in 1..<ScoreSketch.binsMax {
            let edge = ScoreSketch.binWidth * Float(bin)
            while below < sorted.count, sorted[below] < edge { below += 1 }
            let f = Double(sorted.count - below) / Double(sorted.count)
            let g = Double(sketch.countAtLeast(Double(edge))) / Double(sketch.count)
            distance = max(distance, abs(f - g))
        }
        let n = Double(sorted.count) / factors.0
        let m = Double(sketch.count) / factors.1
        let root = (n * m / (n + m)).squareRoot()
        return survival((root + 0.12 + 0.11 / root) * distance)
    }

    private static func survival(_ lambda: Double) -> Double {
        // Below this the series hardly converges, and Q is 1 to five digits.
        guard lambda > 0.3 else { return 1 }
        var sum = 0.0
        for j in 1...20 {
            let term = exp(-2 * Double(j * j) * lambda * lambda)
            sum += j.isMultiple(of: 2) ? -term : term
        }
        return min(1, max(0, 2 * sum))
    }
}
