import Foundation  // `exp` and `log`.

/// Which senses of a window belong to another one, told from which pairs of them agree.
///
/// A hypothesis h names the senses that are false; every pair outside it is true, every other one is
/// chance. With the log odds o_xy of each pair of senses (`AgreementOdds`) and the prior share p of
/// each sense,
/// ```
/// log P(h) = Σ_{m ∈ h} log p_m + Σ_{m ∉ h} log (1 − p_m) + Σ_{x, y ∉ h} o_xy + const
/// ```
/// Hypotheses are: none, each sense, each two while two others are left, and all. A sense is suspect
/// when the hypotheses with it hold more than half; where no sense is, but the rest still contradicts
/// itself more likely than not, all of it is: two senses alone cannot tell which is wrong.
struct FalsePairings {
    private let hypotheses: [UInt64]
    private let prior: [Double]
    private let senses: [Int]

    /// - Parameters:
    ///   - senses: numbers of the senses that have a say, below 64.
    ///   - judges: of their pairs.
    init(senses: [Int], judges: [PairJudge]) {
        self.init(
            senses: senses, shares: judges.map { ($0.x, $0.y, $0.odds.falseShare) })
    }

    /// `shares`: of each pair, how many of its pairings are false.
    init(senses: [Int], shares: [(x: Int, y: Int, share: Double)]) {
        self.senses = senses
        var hypotheses: [UInt64] = [0] + senses.map { 1 << UInt64($0) }
        if senses.count >= 4 {
            for (k, a) in senses.enumerated() {
                for b in senses[(k + 1)...] { hypotheses.append(1 << UInt64(a) | 1 << UInt64(b)) }
            }
        }
        if senses.count > 2 { hypotheses.append(senses.reduce(0) { $0 | 1 << UInt64($1) }) }
        self.hypotheses = hypotheses
        prior = Self.shares(of: senses, shares)
    }

    /// Each sense's own share p, from those of the pairs: 1 − π_xy = (1 − p_x)(1 − p_y), by least squares
    /// of the logarithms under p ≥ 0, coordinate by coordinate.
    private static func shares(
        of senses: [Int], _ pairs: [(x: Int, y: Int, share: Double)]
    ) -> [Double] {
        let told = pairs.map { (x: $0.x, y: $0.y, b: -log(1 - min($0.share, 0.95))) }
        var q = senses.map { sense in
            let own = told.filter { $0.x == sense || $0.y == sense }
            return own.reduce(0) { $0 + $1.b } / Double(2 * max(1, own.count))
        }
        for _ in 0..<100 {
            for (k, sense) in senses.enumerated() {
                let own = told.filter { $0.x == sense || $0.y == sense }
                guard !own.isEmpty else { continue }
                let left = own.map { pair in
                    pair.b - q[senses.firstIndex(of: pair.x == sense ? pair.y : pair.x)!]
                }
                q[k] = max(0, left.reduce(0, +) / Double(left.count))
            }
        }
        return q.map { min(0.9, max(0.002, 1 - exp(-$0))) }
    }

    /// The senses of one window that look false, by bit.
    ///
    /// - Parameters:
    ///   - present: senses that the window has, by bit.
    ///   - pairs: log odds of the pairs that it has.
    /// - Returns: a bit for each suspect; none without pairs.
    func suspects(present: UInt64, pairs: [(x: Int, y: Int, logOdds: Double)]) -> UInt64 {
        guard !pairs.isEmpty else { return 0 }
        var weights = hypotheses.map { h -> Double in
            var sum = 0.0
            for (k, sense) in senses.enumerated() where present >> UInt64(sense) & 1 == 1 {
                sum += log(h >> UInt64(sense) & 1 == 1 ? prior[k] : 1 - prior[k])
            }
            for pair in pairs where (h >> UInt64(pair.x) | h >> UInt64(pair.y)) & 1 == 0 {
                sum += pair.logOdds
            }
            return sum
        }
        // A hypothesis that speaks of a sense which is not there says nothing new.
        for (k, h) in hypotheses.enumerated()
        where h & ~present != 0 && h.nonzeroBitCount < senses.count {
            weights[k] = -.infinity
        }
        let top = weights.max() ?? 0
        weights = weights.map { exp($0 - top) }
        let total = weights.reduce(0, +)
        func share(_ matches: (UInt64) -> Bool) -> Double {
            zip(hypotheses, weights).reduce(0) { $0 + (matches($1.0) ? $1.1 : 0) } / total
        }
        var suspects: UInt64 = 0
        for sense in senses where present >> UInt64(sense) & 1 == 1 {
            if share({ $0 >> UInt64(sense) & 1 == 1 }) > 0.5 { suspects |= 1 << UInt64(sense) }
        }
        let said = pairs.reduce(UInt64(0)) { $0 | 1 << UInt64($1.x) | 1 << UInt64($1.y) }
        let rest = present & ~suspects & said
        if suspects == 0, share({ $0 & rest != 0 }) > 0.5 { suspects |= rest }
        return suspects
    }
}
