import LinearAlgebra
package import Signals

/// By how much one sense is behind another, and whether that can be told at all.
///
/// The agreement `A` of the two tracks (`BlockCovariances`) for each offset of `k` hops; the offset is
/// where it peaks, refined below a hop by the parabola through the peak and its neighbours:
/// ```
/// k̂ = k + (A₋ − A₊) / 2 (A₋ − 2 A₀ + A₊)
/// ```
/// Blocks of time are drawn with replacement and the peak is looked up again (Künsch 1989): the
/// deviation of those peaks says how sure the offset is. A state that changes slowly gives a flat curve,
/// whose peaks lie anywhere, and senses with nothing in common give a peak no higher than its own
/// deviation: then nothing can be told.
package struct LagEstimate: Equatable, Sendable {
    package let from: StreamName
    package let to: StreamName
    /// Hops by which `to` is behind `from`; negative when it is ahead.
    package let hops: Double
    /// Of the draws' peaks, in hops.
    package let deviation: Double
    /// Share of draws whose peak lies within half a hop.
    package let confidence: Double
    /// Agreement at the peak, and by how many deviations of the draws it is above 0.
    package let agreement: Double
    package let significance: Double
    /// Agreement without an offset.
    package let agreementNow: Double
    package let doubt: Doubt?

    /// Why the number above is none.
    package enum Doubt: String, Sendable, Codable {
        /// Nothing in common at any offset.
        case unrelated
        /// The state changes too slowly, or repeats itself: many offsets fit alike.
        case flat
        /// The best offset lies beyond what is looked at.
        case outside
    }

    package var isTold: Bool { doubt == nil }

    /// Deviations above 0 from which an agreement is no chance, the best of some twenty offsets.
    static let significanceMin = 4.0

    /// - Parameters:
    ///   - x: the one sense, `n × p`.
    ///   - y: the other.
    ///   - settings: how far to look.
    ///   - random: the dice of the bootstrap.
    package init(
        _ x: SenseTrack, _ y: SenseTrack, settings: DiagnosisSettings,
        using random: inout some RandomNumberGenerator
    ) {
        from = x.stream
        to = y.stream
        let reach = settings.lagHops
        let span = (x.slots.last ?? 0) - (x.slots.first ?? 0) + 1
        let length = BlockCovariances.blockLength(spanning: span)
        let curve = (-reach...reach).map {
            BlockCovariances(x, y, lag: $0, blockLength: length)
        }
        let values = curve.map { $0.agreement() }
        let peak = Self.peak(of: values)
        let top = Int(peak.rounded())
        hops = peak - Double(reach)
        agreement = values[top]
        agreementNow = values[reach]

        // A block counts as often at every offset.
        let names = Array(Set(curve.flatMap(\.blocks))).sorted()
        let place = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let members = curve.map { $0.blocks.map { place[$0]! } }
        var peaks: [Double] = []
        var heights: [Double] = []
        for _ in 0..<settings.draws {
            var weights = [Double](repeating: 0, count: names.count)
            for _ in names { weights[Int.random(in: 0..<names.count, using: &random)] += 1 }
            let drawn = zip(curve, members).map { covariances, members in
                covariances.agreement(weights: members.map { weights[$0] })
            }
            peaks.append(Self.peak(of: drawn))
            heights.append(drawn[top])
        }
        let count = Double(max(1, peaks.count))
        deviation =
            (peaks.reduce(0) { $0 + ($1 - peak) * ($1 - peak) } / count).squareRoot()
        confidence = Double(peaks.count { abs($0 - peak) <= 0.5 }) / count
        let mean = heights.reduce(0, +) / count
        let spread = (heights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        significance = spread > 0 ? agreement / spread : 0
        if names.count < 5 || significance < Self.significanceMin {
            doubt = .unrelated
        } else if deviation > 0.5 {
            doubt = .flat
        } else if abs(hops) > Double(reach) - 2.5 {
            doubt = .outside
        } else {
            doubt = nil
        }
    }

    /// The place of the highest value, between neighbours where there are two.
    static func peak(of values: [Double]) -> Double {
        let top = values.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
        guard top > 0, top + 1 < values.count else { return Double(top) }
        let (before, at, after) = (values[top - 1], values[top], values[top + 1])
        let bend = before - 2 * at + after
        return Double(top) + (bend < 0 ? (before - after) / (2 * bend) : 0)
    }
}
