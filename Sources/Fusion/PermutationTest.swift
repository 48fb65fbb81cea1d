import LinearAlgebra
import Signals

/// Does a sense agree with the others more than chance would have it?
///
/// On held-back windows: the mean cosine of the sense's z to the centroid of the others, against
/// the same with the sense's windows shifted round in time. Circular shifts keep each side's own
/// autocorrelation, which plain shuffling would destroy and so call everything significant.
package struct PermutationTest: Equatable, Sendable {
    /// Mean cosine of matched windows.
    package let agreement: Double
    /// Mean of the shifted ones.
    package let shiftedMean: Double
    /// (1 + shifts that do at least as well) / (1 + shifts).
    package let pValue: Double

    /// Shifts compared with.
    package let shifts: Int

    static let shiftsMax = 199

    /// The level is met; or, where there are too few shifts to ever meet it, every one was beaten.
    func isPassed(level: Double) -> Bool {
        shifts >= 8 && pValue <= max(level, 1 / Double(1 + shifts))
    }

    init(agreement: Double, shiftedMean: Double, pValue: Double, shifts: Int) {
        self.shifts = shifts
        self.agreement = agreement
        self.shiftedMean = shiftedMean
        self.pValue = pValue
    }

    /// `z[i]` and `others[i]` belong to the same window; `nil` where either is missing. Fewer than
    /// eight pairs prove nothing: p = 1.
    init(z: [[Float]?], others: [[Float]?]) {
        let n = z.count
        func mean(shift: Int) -> (sum: Double, pairs: Int) {
            var sum = 0.0
            var pairs = 0
            for i in 0..<n {
                guard let a = z[(i + shift) % n], let b = others[i] else { continue }
                sum += cosine(a, b)
                pairs += 1
            }
            return (sum, pairs)
        }
        let matched = mean(shift: 0)
        guard matched.pairs >= 8 else {
            (agreement, shiftedMean, pValue, shifts) = (0, 0, 1, 0)
            return
        }
        agreement = matched.sum / Double(matched.pairs)
        // Shifts below an eighth of the material are too near to count as chance.
        let nearest = max(1, n / 8)
        let span = max(0, n - 2 * nearest)
        let planned = min(Self.shiftsMax, span)
        var better = 0
        var total = 0.0
        var counted = 0
        for k in 0..<planned {
            let shifted = mean(shift: nearest + k * span / planned)
            guard shifted.pairs > 0 else { continue }
            let value = shifted.sum / Double(shifted.pairs)
            if value >= agreement { better += 1 }
            total += value
            counted += 1
        }
        shiftedMean = counted > 0 ? total / Double(counted) : 0
        pValue = Double(1 + better) / Double(1 + counted)
        shifts = counted
    }
}
