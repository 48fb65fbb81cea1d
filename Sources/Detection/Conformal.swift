import Foundation  // `log1p`, `tan`.

/// What a statistic looks like when all is well, and how rarely it is exceeded.
///
/// Inside the sample: the split-conformal p-value, valid whatever the distribution (Vovk, Gammerman
/// and Shafer 2005), between two of its values on the straight line to the next larger p, which is as
/// valid and keeps the order of what lies between them,
/// ```
/// p = (1 + #{cᵢ ≥ x} + (c₊ − x) / (c₊ − c₋)) / (n + 1),   c₋ < x ≤ c₊ neighbours
/// ```
/// Beyond its largest value: the tail of the excesses over the threshold u that m of the n values
/// exceed (`ExceedanceTail`), joined to the sample,
/// ```
/// t(x) = m / (n + 1) · P(X − u > x − u | X > u)
/// 1/p  = 1/t(x) + max(0, n + 1 − 1/t(cₘₐₓ))
/// ```
/// never above 1/(n + 1), and t far out. It keeps the order of what was never seen; its level is a
/// guess, and says so.
package struct ConformalSample: Sendable {
    /// Rising. Single precision, and what is asked about is rounded to it too: every set of present
    /// senses of every asset keeps some thirty of these.
    let sorted: [Float]
    private let threshold: Double
    private let tailShare: Double
    package let tail: ExceedanceTail
    /// n + 1 − 1/t(cₘₐₓ), or 0.
    private let tailOffset: Double
    let resolution: Double
    /// Median and spread of the sample: what `excess` is measured in.
    private let centre: Double
    private let spread: Double

    package var count: Int { sorted.count }

    /// All values are one: the statistic says nothing until it moves.
    package var isConstant: Bool { sorted.first == sorted.last }

    /// Values that make a tail: a tenth of the sample, so many that a shape can be told and so few that
    /// it is the tail's.
    static func tailCount(of n: Int) -> Int { min(n, max(10, min(250, n / 10))) }

    /// `resolution` is the floor of the tail's scale and of the spread, in the statistic's unit.
    package init(_ values: [Double], resolution: Double) {
        sorted = values.map { Float($0) }.sorted()
        self.resolution = resolution
        let n = sorted.count
        let m = Self.tailCount(of: n)
        // The largest value that is not of the tail; with so few that all are, the smallest.
        threshold = n > 0 ? Double(sorted[max(0, n - m - 1)]) : 0
        let u = threshold
        tail = ExceedanceTail(
            excesses: sorted.suffix(m).map { Double($0) - u }, resolution: resolution)
        tailShare = Double(m) / Double(n + 1)
        tailOffset = Self.offset(
            count: n, largest: n > 0 ? tailShare * tail.survival(Double(sorted[n - 1]) - u) : 1)
        centre = n > 0 ? Double(sorted[n / 2]) : 0
        // 84 % lie below one standard deviation above the mean, were it Gaussian.
        let above = n > 0 ? Double(sorted[min(n - 1, n * 84 / 100)]) : 0
        spread = max(above - centre, resolution)
    }

    package func pValue(of x: Double) -> (p: Double, isExtrapolated: Bool) {
        let n = sorted.count
        guard let largest = sorted.last else { return (1, false) }
        if Float(x) > largest {
            return (Self.beyond(tailShare * tail.survival(x - threshold), tailOffset), true)
        }
        return (min(1, (1 + rankAbove(x)) / Double(n + 1)), false)
    }

    /// p beyond the largest value, from t.
    static func beyond(_ t: Double, _ offset: Double) -> Double {
        max(1e-300, t / (1 + t * offset))
    }

    /// What joins t to a sample of `count`; `largest` is t of its largest value.
    static func offset(count: Int, largest: Double) -> Double {
        max(0, Double(count + 1) - 1 / largest)
    }

    /// How many values are not below x, and between two of them a share of the lower one; 0 beyond all.
    func rankAbove(_ x: Double) -> Double {
        let count = countAtLeast(x)
        guard count > 0, count < sorted.count else { return Double(count) }
        let above = Double(sorted[sorted.count - count])
        let below = Double(sorted[sorted.count - count - 1])
        return Double(count) + (above - Double(Float(x))) / (above - below)
    }

    /// How many values are not below x.
    func countAtLeast(_ x: Double) -> Int {
        let x = Float(x)
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < x { low = middle + 1 } else { high = middle }
        }
        return sorted.count - low
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
