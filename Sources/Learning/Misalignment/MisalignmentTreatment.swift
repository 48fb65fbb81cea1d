import LinearAlgebra

/// Looks for misalignment in the windows of a training, and mends it where the policy says so.
///
/// In: rows and policy. Out: the rows to train on, and findings. First streams that are constantly late
/// or early are found and moved (`LagScan`), then pairings that look false (`FalsePairings`), twice: what
/// looked false the first time does not teach the second. All in closed form and without labels; a
/// training by network would have to be done once for every part held back.
package struct MisalignmentTreatment {
    package let rows: any TrainingRows
    package let findings: MisalignmentFindings

    /// Rows judged at once.
    private static let chunk = 1024

    /// - Throws: what `rows` throws.
    package init(_ rows: any TrainingRows, policy: MisalignmentPolicy) throws {
        let treatments = rows.senses.map { policy.treatment(of: $0.name) }
        let mended = Set(treatments.indices.filter { treatments[$0] == .mend })
        var sample = try SampledSenses(of: rows)
        let assets = Set(sample.assets).sorted()
        var lags: [Int: [Int: Int]] = [:]
        var moved: [Int: [Int: Int]] = [:]
        for asset in assets {
            let scan = LagScan(sample, asset: asset, lagMax: policy.lagMax, preferred: mended)
            for (sense, lag) in scan.lags {
                lags[sense, default: [:]][asset] = lag
                if mended.contains(sense) { moved[sense, default: [:]][asset] = lag }
            }
        }
        let inTime = MendedRows(rows, lags: moved)
        if !moved.isEmpty { sample = try SampledSenses(of: inTime, readers: sample.readers) }

        var suspects: [UInt64] = []
        var judges: [PairJudge] = []
        // 64 bits hold the senses of a window; beyond them nobody is judged.
        let speaking = sample.speaking.filter { $0 < 64 }
        var suspected = [UInt64](repeating: 0, count: sample.rows.count)
        for _ in 0..<2 {
            judges = []
            for (k, x) in speaking.enumerated() {
                for y in speaking[(k + 1)...] {
                    let both: UInt64 = 1 << UInt64(x) | 1 << UInt64(y)
                    if let judge = PairJudge(x, y, sample, isTrusted: { suspected[$0] & both == 0 })
                    {
                        judges.append(judge)
                    }
                }
            }
            guard !judges.isEmpty else { break }
            suspected = Self.suspects(
                FalsePairings(senses: speaking, judges: judges), judges,
                components: sample.components, isPresent: sample.isPresent, times: sample.times)
        }
        if !judges.isEmpty {
            let pairings = FalsePairings(senses: speaking, judges: judges)
            for first in stride(from: 0, to: rows.count, by: Self.chunk) {
                let chunk = Array(first..<min(rows.count, first + Self.chunk))
                let part = try SampledSenses(reading: chunk, of: inTime, readers: sample.readers)
                suspects += Self.suspects(
                    pairings, judges, components: part.components, isPresent: part.isPresent,
                    times: part.times)
            }
        }

        let mask = mended.reduce(UInt64(0)) { $0 | ($1 < 64 ? 1 << UInt64($1) : 0) }
        let leftOut = suspects.map { $0 & mask }
        var lines: [MisalignmentFindings.Stream] = []
        var windows = [Int: [Int]]()
        var found = windows
        for row in 0..<rows.count {
            let asset = rows.asset(of: row)
            for sense in treatments.indices where inTime.isPresent(sense, in: row) {
                windows[asset, default: treatments.map { _ in 0 }][sense] += 1
                if sense < 64, !suspects.isEmpty, suspects[row] >> UInt64(sense) & 1 == 1 {
                    found[asset, default: treatments.map { _ in 0 }][sense] += 1
                }
            }
        }
        for (asset, counts) in windows.sorted(by: { $0.key < $1.key }) {
            for sense in treatments.indices where counts[sense] > 0 {
                let count = found[asset]?[sense] ?? 0
                lines.append(
                    MisalignmentFindings.Stream(
                        asset: asset, name: rows.senses[sense].name,
                        treatment: treatments[sense], windows: counts[sense], suspects: count,
                        leftOut: mended.contains(sense) ? count : 0, lag: lags[sense]?[asset],
                        isMoved: moved[sense]?[asset] != nil))
            }
        }
        findings = MisalignmentFindings(streams: lines, pairsJudged: judges.count)
        self.rows =
            leftOut.contains { $0 != 0 }
            ? inTime.leavingOut(leftOut) : moved.isEmpty ? rows : inTime
    }

    private static func suspects(
        _ pairings: FalsePairings, _ judges: [PairJudge], components: [Matrix],
        isPresent: [[Bool]], times: [Int]
    ) -> [UInt64] {
        var said = times.map { _ in [(x: Int, y: Int, logOdds: Double)]() }
        for judge in judges {
            let both = times.indices.filter { isPresent[judge.x][$0] && isPresent[judge.y][$0] }
            let odds = judge.logOdds(
                components[judge.x].selecting(rows: both),
                components[judge.y].selecting(rows: both), times: both.map { times[$0] })
            for (k, i) in both.enumerated() { said[i].append((judge.x, judge.y, odds[k])) }
        }
        return times.indices.map { i in
            let present = isPresent.indices.prefix(64).reduce(UInt64(0)) {
                isPresent[$1][i] ? $0 | 1 << UInt64($1) : $0
            }
            return pairings.suspects(present: present, pairs: said[i])
        }
    }
}
