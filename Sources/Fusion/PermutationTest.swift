import LinearAlgebra
import Signals

/// Does a sense agree with the others more than chance would have it?
///
/// On held-back windows: the mean cosine of the sense's z to the centroid of the others, against
/// the same with the sense's windows shifted round in time. Circular shifts keep each side's own
/// autocorrelation, which plain shuffling would destroy and so call everything significant.
///
/// Agreement that is beyond chance may still be too little to be of use: in the disagreement a window's
/// cosine stands alone, and where it hardly tells a true pairing from a false one it is noise beside
/// the other measures. So the size of the effect is asked for too, as the probability of superiority
/// (McGraw and Wong 1992), which is the AUC at which the cosine finds windows of another time.
package struct PermutationTest: Equatable, Sendable {
    /// Mean cosine of matched windows.
    package let agreement: Double
    /// Mean of the shifted ones.
    package let shiftedMean: Double
    /// (1 + shifts that do at least as well) / (1 + shifts).
    package let pValue: Double

    /// Shifts compared with.
    package let shifts: Int

    /// The chance that the cosine of a matched window is above that of a shifted one: 0.5 says nothing.
    package let separation: Double

    static let shiftsMax = 199

    /// The level is met; or, where there are too few shifts to ever meet it, every one was beaten. And
    /// false pairings are told from true ones well enough to be worth a say.
    func isPassed(_ settings: FusionSettings) -> Bool {
        shifts >= 8 && pValue <= max(settings.permutationLevel, 1 / Double(1 + shifts))
            && separation >= settings.separationMin
    }

    init(agreement: Double, shiftedMean: Double, pValue: Double, separation: Double, shifts: Int) {
        self.shifts = shifts
        self.separation = separation
        self.agreement = agreement
        self.shiftedMean = shiftedMean
        self.pValue = pValue
    }

    /// In how many pairs a number of `a` is above one of `b`, ties half; both rise.
    private static func superiority(of a: [Double], over b: [Double]) -> Double {
        var (sum, below, upTo) = (0.0, 0, 0)
        for value in a {
            while below < b.count, b[below] < value { below += 1 }
            while upTo < b.count, b[upTo] <= value { upTo += 1 }
            sum += 0.5 * Double(below + upTo)
        }
        return sum
    }

    /// `z[i]` and `others[i]` belong to the same window; `nil` where either is missing. Fewer than
    /// eight pairs prove nothing: p = 1.
    init(z: [[Float]?], others: [[Float]?]) {
        let n = z.count
        func cosines(shift: Int) -> [Double] {
            (0..<n).compactMap { i in
                guard let a = z[(i + shift) % n], let b = others[i] else { return nil }
                return cosine(a, b)
            }
        }
        let matched = cosines(shift: 0).sorted()
        guard matched.count >= 8 else {
            (agreement, shiftedMean, pValue, shifts, separation) = (0, 0, 1, 0, 0.5)
            return
        }
        agreement = matched.reduce(0, +) / Double(matched.count)
        // Shifts below an eighth of the material are too near to count as chance.
        let nearest = max(1, n / 8)
        let span = max(0, n - 2 * nearest)
        let planned = min(Self.shiftsMax, span)
        var better = 0
        var total = 0.0
        var counted = 0
        var above = 0.0
        var pairs = 0
        for k in 0..<planned {
            let shifted = cosines(shift: nearest + k * span / planned)
            guard !shifted.isEmpty else { continue }
            let value = shifted.reduce(0, +) / Double(shifted.count)
            if value >= agreement { better += 1 }
            total += value
            counted += 1
            above += Self.superiority(of: matched, over: shifted.sorted())
            pairs += shifted.count * matched.count
        }
        shiftedMean = counted > 0 ? total / Double(counted) : 0
        pValue = Double(1 + better) / Double(1 + counted)
        shifts = counted
        separation = pairs > 0 ? above / Double(pairs) : 0.5
    }
}
