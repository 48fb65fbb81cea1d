import LinearAlgebra
import Signals

/// Says of two senses how likely a window's pairing of them is true.
///
/// Cross-fitted: a window is judged by a `CanonicalPair` of the three quarters of blocks that it is not
/// in, so that no model excuses what it has memorised.
struct PairJudge {
    let x: Int
    let y: Int
    let odds: AgreementOdds
    /// By fold.
    private let maps: [CanonicalPair]

    /// - Parameters:
    ///   - x: a sense.
    ///   - y: another.
    ///   - sample: windows.
    ///   - isTrusted: of sampled rows: whether both senses may teach.
    ///
    /// `nil` when the two agree too little for a say, or too few windows have both.
    init?(_ x: Int, _ y: Int, _ sample: SampledSenses, isTrusted: (Int) -> Bool) {
        let rows = sample.pairs(x, y)
        guard rows.count >= 128 else { return nil }
        var maps: [CanonicalPair] = []
        var real: [Double] = []
        var chance: [Double] = []
        for fold in 0..<SampledSenses.folds {
            let teaching = rows.filter {
                SampledSenses.fold(time: sample.times[$0]) != fold && isTrusted($0)
            }
            guard
                let map = CanonicalPair(
                    sample.components[x].selecting(rows: teaching),
                    sample.components[y].selecting(rows: teaching))
            else { return nil }
            maps.append(map)
            let judged = rows.filter { SampledSenses.fold(time: sample.times[$0]) == fold }
            let a = map.places(x: sample.components[x].selecting(rows: judged))
            let b = map.places(y: sample.components[y].selecting(rows: judged))
            real += judged.indices.map { cosine(a, $0, b, $0) }
            // False pairings, made on purpose: windows of one asset, a quarter of its time apart or more, by a
            // different step each, because a machine that turns comes back to where it was.
            var dice = SeededGenerator(seed: 1, place: x, y, fold)
            var first = 0
            while first < judged.count {
                let asset = sample.assets[judged[first]]
                let end =
                    judged[first...].firstIndex { sample.assets[$0] != asset } ?? judged.count
                let count = end - first
                if count >= 8 {
                    for _ in 0..<3 {
                        for k in 0..<count {
                            let step = Int.random(in: count / 4...count - count / 4, using: &dice)
                            chance.append(cosine(a, first + k, b, first + (k + step) % count))
                        }
                    }
                }
                first = end
            }
        }
        guard let odds = AgreementOdds(real: real, chance: chance) else { return nil }
        self.x = x
        self.y = y
        self.odds = odds
        self.maps = maps
    }

    /// Of windows where both are present: log odds of a true pairing against a false one.
    func logOdds(_ a: Matrix, _ b: Matrix, times: [Int]) -> [Double] {
        var out = [Double](repeating: 0, count: times.count)
        for fold in 0..<SampledSenses.folds {
            let rows = times.indices.filter { SampledSenses.fold(time: times[$0]) == fold }
            guard !rows.isEmpty else { continue }
            let p = maps[fold].places(x: a.selecting(rows: rows))
            let q = maps[fold].places(y: b.selecting(rows: rows))
            for (k, row) in rows.enumerated() { out[row] = odds.logOdds(cosine(p, k, q, k)) }
        }
        return out
    }
}

/// Of two unit rows.
func cosine(_ a: Matrix, _ i: Int, _ b: Matrix, _ j: Int) -> Double {
    var sum = 0.0
    for k in 0..<a.columns { sum += a[i, k] * b[j, k] }
    return sum
}
