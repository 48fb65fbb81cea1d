import Foundation  // `log`.
package import Signals

/// How far each sense can be believed when it looks odd: by how well each quarter of the calibration
/// told what the others look like.
///
/// A sense that wanders while all is well, such as a rig warming up, will have wandered further when it is
/// judged, and must not drown the senses that stay. For each of its measures, every quarter in order of
/// time is ranked among the other three, and
/// ```
/// q = largest share of a quarter with p ≤ α,   α = .05        (q = α for a steady sense)
/// ln q̄ = mean of ln max(q, α) over the sense's measures
/// γ = 1 − (ln q̄ − ln q̄ of the steadiest sense) / ln(1/α)
/// ```
/// Its p-values are raised to the power γ: with the steadiest at γ = 1, p ≤ α then happens about as often
/// in the one as in the other. All senses equally unsteady change nothing; what they combine to is ranked
/// anyway.
package struct SenseSteadiness: Sendable {
    /// γ of each sense that the measures tell something about.
    package let exponents: [StreamName: Double]

    private static let level = 0.05
    private static let quarters = 4
    private static let exponentMin = 0.2
    /// Those of a window by itself: they see the state, not its course.
    private static let measures: [Statistic.Measure] = [
        .hotelling, .residual, .prototype, .neighbour,
    ]

    /// `rows` calibrate the parts, in order of time. Those that calibrate the combination must not be
    /// looked at: what they combine to would no longer be ranked among its like.
    package init(_ rows: [MaskCalibration.Row]) {
        let senses = Set(rows.flatMap { $0.evidence.values.compactMap(\.key.stream) })
        var unsteadiness: [StreamName: Double] = [:]
        for sense in senses {
            let excesses = Self.measures.compactMap { measure -> Double? in
                let key = Statistic(measure, sense)
                let column = rows.map { $0.evidence.values[key] }
                return Self.share(column).map { log(max($0, Self.level) / Self.level) }
            }
            guard !excesses.isEmpty else { continue }
            unsteadiness[sense] = excesses.reduce(0, +) / Double(excesses.count)
        }
        let steadiest = unsteadiness.values.min() ?? 0
        exponents = unsteadiness.mapValues {
            max(Self.exponentMin, 1 - ($0 - steadiest) / -log(Self.level))
        }
    }

    /// q of one measure; `nil` where it never varied or too few windows have it.
    private static func share(_ column: [Double?]) -> Double? {
        let known = column.compactMap { $0 }
        guard let first = known.first, known.contains(where: { $0 != first }) else { return nil }
        return (0..<quarters).compactMap { quarter -> Double? in
            func isIn(_ place: Int) -> Bool { place * quarters / column.count == quarter }
            let here = column.indices.filter(isIn).compactMap { column[$0] }
            let others = column.indices.filter { !isIn($0) }.compactMap { column[$0] }.sorted()
            guard others.count >= 20, here.count >= 5 else { return nil }
            // p ≤ α, when fewer than so many of the others are as large.
            let rank = Int(level * Double(others.count + 1))
            let line = others[others.count - rank]
            return Double(1 + here.count { $0 > line }) / Double(1 + here.count)
        }.max()
    }
}
