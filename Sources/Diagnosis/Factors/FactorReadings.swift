import Fusion
package import Learning
import LinearAlgebra
package import Signals

/// Which factors each sense carries, and which only one of them does.
///
/// A linear probe reads every factor from each sense, fitted on every second block of time and asked on
/// the others, both ways round; its `R²` is that of `FactorProbe`, 0 where it is below. *Raw* reads the
/// sense's own directions, *aligned* its embedding in the unified space: what alignment throws away is
/// the difference. A factor that the sense itself shows and no other sense does is **blind**: a fault in
/// it can contradict nothing. (Cai et al. 2025 call it selected away, or private.)
package struct FactorReadings: Equatable, Sendable {
    package struct Factor: Equatable, Sendable {
        package let name: String
        /// The sense it is a statistic of; `nil` for tagged states.
        package let owner: StreamName?
        /// By sense.
        package let raw: [StreamName: Double]
        /// By sense with a place in the unified space.
        package let aligned: [StreamName: Double]

        /// The best that a sense other than the owner can read it, and which one that is.
        package var bestOther: (stream: StreamName, determination: Double)? {
            raw.filter { $0.key != owner }
                .max { ($0.value, $1.key) < ($1.value, $0.key) }
                .map { ($0.key, $0.value) }
        }

        /// Why the space keeps or drops it, of the senses that have a place there; `nil` with fewer than two.
        package var verdict: FactorAudit.Verdict? {
            let senses = aligned.keys.sorted()
            guard senses.count >= 2 else { return nil }
            return FactorAudit.verdict(
                owner: owner.flatMap(senses.firstIndex), raw: senses.map { raw[$0] ?? 0 },
                embedded: senses.map { aligned[$0] ?? 0 })
        }

        /// Only its own sense shows it.
        package var isBlind: Bool {
            guard let owner, let own = raw[owner], let other = bestOther else { return false }
            return own >= FactorReadings.carriedMin
                && other.determination <= FactorReadings.blindMax
        }
    }

    package let factors: [Factor]
    package var blind: [Factor] { factors.filter(\.isBlind) }

    /// Of windows that are not there to be read.
    static let none = FactorReadings(factors: [])

    private init(factors: [Factor]) { self.factors = factors }

    /// From this R² on a sense is said to carry a factor, up to that one not.
    package static let carriedMin = 0.5
    package static let blindMax = 0.05
    /// The most frequent templates of a log.
    private static let templatesMax = 12
    /// Leading directions of a vector sense.
    private static let directionsMax = 3

    /// - Parameters:
    ///   - windows: the asset's.
    ///   - tracks: its senses.
    ///   - model: of the unified space; `nil`: nothing is said of embeddings.
    ///   - settings: how windows lie in time.
    init(
        _ windows: AssetWindows, tracks: [SenseTrack], model: FusionModel?,
        settings: DiagnosisSettings
    ) {
        var bySlot: [Int: WindowSummary] = [:]
        for window in windows.windows.suffix(settings.windowsMax) {
            bySlot[settings.slot(of: window.start)] = window
        }
        let embedded = model.map { model in bySlot.mapValues { model.embed($0).senses } } ?? [:]
        let span = (bySlot.keys.max() ?? 0) - (bySlot.keys.min() ?? 0) + 1
        let length = BlockCovariances.blockLength(spanning: span)
        var factors: [Factor] = []
        let groups = tracks.map { Self.statistics(of: $0, bySlot, windows.templates[$0.stream]) }
        for group in groups + [Self.states(windows, bySlot, settings)] {
            guard !group.names.isEmpty else { continue }
            var raw: [[StreamName: Double]] = group.names.map { _ in [:] }
            var aligned = raw
            for track in tracks {
                let rows = zip(track.slots, 0...).map { ($0, Array(track.rows.row($1))) }
                for (k, value) in Self.determination(rows, group, length).enumerated() {
                    raw[k][track.stream] = value
                }
                let common = track.slots.compactMap { slot in
                    embedded[slot]?[track.stream]?.common.map { (slot, $0.map(Double.init)) }
                }
                guard common.count >= settings.windowsMin else { continue }
                for (k, value) in Self.determination(common, group, length).enumerated() {
                    aligned[k][track.stream] = value
                }
            }
            factors += group.names.indices.map {
                Factor(
                    name: group.names[$0], owner: group.owner, raw: raw[$0], aligned: aligned[$0])
            }
        }
        self.factors = factors
    }

    /// Factors that are known in the same windows.
    private struct Group {
        var owner: StreamName?
        var names: [String] = []
        /// One number per name.
        var values: [Int: [Double]] = [:]
    }

    private static func statistics(
        of track: SenseTrack, _ windows: [Int: WindowSummary], _ templates: [String]?
    ) -> Group {
        var group = Group(owner: track.stream)
        let summaries = track.slots.map { windows[$0]?.streams[track.stream] }
        guard case .log? = summaries.first ?? nil else {
            let directions = min(Self.directionsMax, track.rows.columns)
            group.names = ["level", "spread"] + (0..<directions).map { "direction \($0 + 1)" }
            for (i, slot) in track.slots.enumerated() {
                guard case .vector(let vector)? = summaries[i] else { continue }
                group.values[slot] =
                    [mean(vector.mean), mean(vector.spread)]
                    + (0..<directions).map { track.rows[i, $0] }
            }
            return group
        }
        var windowsOf: [Int32: Int] = [:]
        for case .log(let log)? in summaries {
            for template in Set(log.sequence) { windowsOf[template, default: 0] += 1 }
        }
        let n = summaries.count
        // Of what hardly ever or nearly always comes, nothing can be read.
        let frequent = windowsOf.filter { $0.value >= max(10, n / 50) && $0.value <= n - n / 50 }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .prefix(Self.templatesMax).map(\.key)
        group.names = frequent.map { template in
            let known = templates.flatMap { $0.indices.contains(Int(template)) ? $0 : nil }
            return known.map { "\"\($0[Int(template)])\"" } ?? "template \(template)"
        }
        for (i, slot) in track.slots.enumerated() {
            guard case .log(let log)? = summaries[i] else { continue }
            let present = Set(log.sequence)
            group.values[slot] = frequent.map { present.contains($0) ? 1 : 0 }
        }
        return group
    }

    private static func mean(_ numbers: [Float]) -> Double {
        numbers.reduce(0) { $0 + Double($1) } / Double(max(1, numbers.count))
    }

    private static func states(
        _ windows: AssetWindows, _ bySlot: [Int: WindowSummary], _ settings: DiagnosisSettings
    ) -> Group {
        var group = Group()
        let names = Set(windows.states.values).sorted()
        guard names.count > 1 else { return group }
        group.names = names.map { "state \($0)" }
        for (start, state) in windows.states {
            let slot = settings.slot(of: start)
            guard bySlot[slot] != nil else { continue }
            group.values[slot] = names.map { $0 == state ? 1 : 0 }
        }
        return group
    }

    /// R² of each factor, from rows that were not fitted on; the mean of both ways round, at least 0.
    private static func determination(
        _ rows: [(slot: Int, x: [Double])], _ group: Group, _ length: Int
    ) -> [Double] {
        let known = rows.compactMap { row in
            group.values[row.slot].map { (slot: row.slot, x: row.x, y: $0) }
        }
        func matrices(_ half: Int) -> (Matrix, Matrix) {
            let own = known.filter { abs($0.slot / length) % 2 == half }
            return (
                Matrix(
                    rows: own.count, columns: known.first?.x.count ?? 0,
                    elements: own.flatMap(\.x)),
                Matrix(rows: own.count, columns: group.names.count, elements: own.flatMap(\.y))
            )
        }
        let (x0, y0) = matrices(0)
        let (x1, y1) = matrices(1)
        guard min(x0.rows, x1.rows) > 2 * x0.columns else { return group.names.map { _ in 0 } }
        let there = FactorProbe(embeddings: x0, factors: y0).determination(
            embeddings: x1, factors: y1)
        let back = FactorProbe(embeddings: x1, factors: y1).determination(
            embeddings: x0, factors: y0)
        return zip(there, back).map { max(0, ($0 + $1) / 2) }
    }
}
