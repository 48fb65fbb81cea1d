import Foundation
import Learning
import LinearAlgebra
package import Signals

/// How well each window of one sense goes with the same window of the others.
///
/// Directions in which the sense and all others together agree, by canonical correlation on every second
/// block of time; the windows of the other blocks are judged by their cosine in those directions, each
/// weighted by the root of its correlation:
/// ```
/// C = XᵀY / n = U diag(ρ) Vᵀ,    cosᵢ = cos(√ρ Uᵀxᵢ, √ρ Vᵀyᵢ)
/// ```
/// Against the cosines of the same windows shifted round in time, which are false for certain, a window
/// has `p = (1 + #{shifted ≥ cosᵢ}) / (1 + #shifted)`: uniform for false pairs and near 0 for true ones.
/// The share of false pairs is then (Storey 2002, λ = ½)
/// ```
/// share = #{p > ½} / ½ n
/// ```
/// an upper bound: true pairs that agree badly count with them.
package struct PairingAudit: Sendable {
    package let stream: StreamName
    /// Slots of the windows judged, rising.
    package let slots: [Int]
    /// One per window, the lower the more it looks corrupted.
    package let cosines: [Double]
    package let pValues: [Double]

    /// Canonical directions, at most: further ones are noise wherever we looked.
    private static let directionsMax = 8
    private static let shifts = 8
    /// How often a window must agree more than a false one, for a sense to be audited at all: .5 is chance,
    /// and with four of ten pairs false a sense that agrees well has .8.
    private static let separationMin = 0.6

    /// Share of windows that look falsely paired, from 0 to 1.
    package var share: Double { Self.share(pValues) }

    /// Standard deviation of the share over draws of as many windows: of a count of Bernoulli trials.
    package var shareDeviation: Double {
        let half = share / 2
        return 2 * (half * (1 - half) / Double(max(1, pValues.count))).squareRoot()
    }

    /// By hour since 1970: windows, and the share that looks falsely paired.
    package func byHour(hop: Duration) -> [(hour: Int, windows: Int, share: Double)] {
        let perHour = 3600e9 / Double(hop.nanoseconds)
        var hours: [Int: [Double]] = [:]
        for (slot, p) in zip(slots, pValues) {
            hours[Int((Double(slot) / perHour).rounded(.down)), default: []].append(p)
        }
        return hours.sorted { $0.key < $1.key }
            .map { (hour: $0.key, windows: $0.value.count, share: Self.share($0.value)) }
    }

    private static func share(_ p: [Double]) -> Double {
        min(1, Double(p.count { $0 > 0.5 }) / (0.5 * Double(max(1, p.count))))
    }

    /// `nil` where there is no other sense, too few windows have all of them, or nothing agrees.
    package init?(_ track: SenseTrack, others: [SenseTrack], settings: DiagnosisSettings) {
        let others = others.filter { $0.stream != track.stream }
        guard !others.isEmpty else { return nil }
        var common = Set(track.slots)
        for other in others { common.formIntersection(other.slots) }
        let slots = common.sorted()
        guard slots.count >= settings.windowsMin else { return nil }
        func rows(_ track: SenseTrack) -> Matrix {
            let place = Dictionary(
                uniqueKeysWithValues: track.slots.enumerated().map { ($1, $0) })
            return track.rows.selecting(rows: slots.map { place[$0]! })
        }
        guard let x = rows(track).whitened(),
            let y = Matrix(besideEachOther: others.map(rows)).whitened()
        else { return nil }
        let span = slots[slots.count - 1] - slots[0] + 1
        let length = BlockCovariances.blockLength(spanning: span)
        let halves = slots.map { abs($0 / length) % 2 }
        var own = [Double](repeating: 0, count: slots.count)
        var shifted: [Double] = []
        var isFound = false
        for half in 0...1 {
            let learning = slots.indices.filter { halves[$0] != half }
            let judged = slots.indices.filter { halves[$0] == half }
            guard
                let space = CanonicalDirections(
                    x.selecting(rows: learning), y.selecting(rows: learning),
                    // Four standard errors of a correlation of nothing.
                    chance: 4 / Double(learning.count).squareRoot(), count: Self.directionsMax)
            else { continue }
            isFound = true
            let u = space.first(x.selecting(rows: judged)).unitRows
            let v = space.second(y.selecting(rows: judged)).unitRows
            let n = judged.count
            for (k, i) in judged.enumerated() { own[i] = Self.inner(u, k, v, k) }
            for shift in 1...Self.shifts {
                let by = n * shift / (Self.shifts + 1)
                shifted += (0..<n).map { Self.inner(u, $0, v, ($0 + by) % n) }
            }
        }
        guard isFound,
            let separation = areaUnderROC(anomalous: own, calm: shifted),
            separation >= Self.separationMin
        else { return nil }
        shifted.sort()
        stream = track.stream
        self.slots = slots
        cosines = own
        pValues = own.map { cosine in
            let below = shifted.partitioningIndex { $0 >= cosine }
            return Double(1 + shifted.count - below) / Double(1 + shifted.count)
        }
    }

    private static func inner(_ u: Matrix, _ i: Int, _ v: Matrix, _ j: Int) -> Double {
        zip(u.row(i), v.row(j)).reduce(0) { $0 + $1.0 * $1.1 }
    }
}

extension Array {
    /// The first place from which on `belongs` holds, of an array where it holds from some place on.
    fileprivate func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
