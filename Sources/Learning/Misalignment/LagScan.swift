import LinearAlgebra

/// By how many windows each sense of one asset is constantly behind the others.
///
/// For every shift l of up to ±`lagMax` windows the sense at t + l meets the others at t; each pair is
/// aligned anew, on every second block, and its agreement measured on the blocks between, less that of
/// all windows with all others. The shift with the largest mean is the sense's lag, when it gains
/// at least 0.02 over no shift, by four standard errors over blocks, and is not the last one looked at. The
/// sense whose gain is surest goes first, and the others are looked at again.
struct LagScan {
    /// By sense that is late (or early, below 0), in windows.
    private(set) var lags: [Int: Int] = [:]

    private let sample: SampledSenses
    /// Sampled row by time.
    private let places: [Int: Int]
    private let window: [Int]

    private static let windowsMax = 2048
    private static let componentsMax = 16
    private static let gainMin = 0.02
    private static let errorsMin = 4.0

    /// - Parameters:
    ///   - sample: windows; those of `asset` are looked at.
    ///   - asset: one machine.
    ///   - lagMax: the farthest shift.
    ///   - preferred: senses to move when only two are there and either could be the one.
    init(_ sample: SampledSenses, asset: Int, lagMax: Int, preferred: Set<Int>) {
        self.sample = sample
        let own = sample.rows.indices.filter { sample.assets[$0] == asset }
        window = Array(own.prefix(Self.windowsMax))
        places = Dictionary(
            window.map { (sample.times[$0], $0) }, uniquingKeysWith: { first, _ in first })
        let senses = sample.speaking
        guard lagMax > 1, senses.count >= 2, window.count >= 256 else { return }
        var cache: [Key: [Double?]] = [:]
        for _ in senses {
            var best: (sense: Int, lag: Int, errors: Double)?
            for sense in senses where lags[sense] == nil {
                let others = senses.filter { $0 != sense }
                func series(_ shift: Int) -> [Double?] {
                    let parts = others.map { other -> [Double?] in
                        // Both in the other's time, the other moved as found so far.
                        let key = Key(
                            x: sense, y: other, shift: shift - (lags[other] ?? 0))
                        if let known = cache[key] { return known }
                        let made = agreement(sense, other, shift: key.shift)
                        cache[key] = made
                        return made
                    }
                    return window.indices.map { i in
                        let said = parts.compactMap { $0[i] }
                        return said.isEmpty ? nil : said.reduce(0, +) / Double(said.count)
                    }
                }
                let still = series(0)
                var found: (shift: Int, mean: Double, series: [Double?])?
                for shift in (-lagMax...lagMax).sorted(by: { (abs($0), $0) < (abs($1), $1) }) {
                    let moved = series(shift)
                    let said = moved.compactMap(\.self)
                    guard said.count >= window.count / 2 else { continue }
                    let mean = said.reduce(0, +) / Double(said.count)
                    if mean > (found?.mean ?? -1) { found = (shift, mean, moved) }
                }
                guard let found, found.shift != 0, abs(found.shift) < lagMax else { continue }
                let (gain, errors) = gain(found.series, over: still)
                guard gain >= Self.gainMin, errors >= Self.errorsMin else { continue }
                var isBetter = errors > (best?.errors ?? 0)
                if senses.count == 2, let best {
                    // The same from both ends: the one that may be moved, or else the late one.
                    isBetter =
                        preferred.contains(sense) == preferred.contains(best.sense)
                        ? found.shift > 0 : preferred.contains(sense)
                }
                if isBetter { best = (sense, found.shift, errors) }
            }
            guard let best else { break }
            lags[best.sense] = best.lag
            // With one of two moved, nothing is left to compare it with.
            if senses.count == 2 { break }
        }
    }

    private struct Key: Hashable {
        let x: Int
        let y: Int
        let shift: Int
    }

    /// By window t of the scan: how far x at t + shift agrees with y at t, beyond chance.
    private func agreement(_ x: Int, _ y: Int, shift: Int) -> [Double?] {
        var out = [Double?](repeating: nil, count: window.count)
        var pairs: [(slot: Int, x: Int, y: Int)] = []
        for (slot, row) in window.enumerated() where sample.isPresent[y][row] {
            guard let other = places[sample.times[row] + shift], sample.isPresent[x][other] else {
                continue
            }
            pairs.append((slot, other, row))
        }
        let a = sample.components[x].prefix(columns: Self.componentsMax)
        let b = sample.components[y].prefix(columns: Self.componentsMax)
        for half in 0..<2 {
            func isOf(_ row: Int) -> Bool {
                sample.times[row] / SampledSenses.block % 2 == half
            }
            let teaching = pairs.filter { !isOf($0.y) }
            let judged = pairs.filter { isOf($0.y) }
            guard judged.count >= 8 else { continue }
            guard
                let map = CanonicalPair(
                    a.selecting(rows: teaching.map(\.x)), b.selecting(rows: teaching.map(\.y)))
            else {
                for pair in judged { out[pair.slot] = 0 }
                continue
            }
            let p = map.places(x: a.selecting(rows: judged.map(\.x)))
            let q = map.places(y: b.selecting(rows: judged.map(\.y)))
            // Of all windows with all others: of one shift alone a machine that turns makes anything.
            let chance = zip(p.columnMeans, q.columnMeans).reduce(0) { $0 + $1.0 * $1.1 }
            for (k, pair) in judged.enumerated() { out[pair.slot] = cosine(p, k, q, k) - chance }
        }
        return out
    }

    /// Mean gain over windows that both have, and how many standard errors it is, by blocks.
    private func gain(_ moved: [Double?], over still: [Double?]) -> (Double, errors: Double) {
        var blocks: [Int: (sum: Double, count: Int)] = [:]
        for (slot, row) in window.enumerated() {
            guard let a = moved[slot], let b = still[slot] else { continue }
            let block = sample.times[row] / SampledSenses.block
            let old = blocks[block] ?? (0, 0)
            blocks[block] = (old.sum + a - b, old.count + 1)
        }
        let means = blocks.sorted { $0.key < $1.key }.map { $0.value.sum / Double($0.value.count) }
        guard means.count >= 4 else { return (0, 0) }
        let n = Double(means.count)
        let mean = means.reduce(0, +) / n
        let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        return (mean, mean / ((variance / n).squareRoot() + 1e-12))
    }
}
