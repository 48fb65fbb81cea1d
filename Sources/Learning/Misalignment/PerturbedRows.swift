import Fusion
import LinearAlgebra
package import Signals

/// Windows of a training in which named factors are disturbed on purpose, in some senses.
///
/// A contrastive space keeps what all senses carry faithfully, and drops what is disturbed in one of them
/// (perturbation bias; Cai et al. 2025, Theorem 4.1 and Corollary 4.2). So the effect of the factors on each
/// number of a sense is estimated, in deviations from the asset's means,
/// ```
/// B = (FᵀF + n λ I)⁻¹ Fᵀ X,   λ = 0.01,   F in standard deviations
/// x' = x + Bᵀ (3 f_j − f_i)
/// ```
/// and every window i gets the factors of another window j, drawn once for each sense, three times as
/// strong: what comes in service may lie beyond what the training has seen. The streams that are the factors
/// take no part in the space. Only vectors are disturbed; a log has nothing to add to.
package struct PerturbedRows: TrainingRows {
    private let rows: any TrainingRows
    /// Senses that remain, by their number in `rows`.
    private let kept: [Int]
    private let effects: [Int: Effect]
    /// f by row, in standard deviations; 0 where it is not known.
    private let factors: Matrix
    /// j by row.
    private let partners: [[Int32]]

    /// Of the factors on one sense.
    private struct Effect {
        /// `factors × numbers` of a row, or of one frame.
        let B: Matrix
        let front: SenseArchitecture.Front
    }

    package let senses: [TrainingSense]
    /// Share of the variance of each disturbed sense that the factors explain, over all its numbers.
    package let explained: [StreamName: Double]

    private static let strength = 3.0
    private static let ridge = 0.01
    private static let sampleMax = 8192

    /// - Parameters:
    ///   - rows: all windows; the factors' streams are among their senses.
    ///   - policy: names factors, and the senses with `use`.
    ///   - seed: of the draws.
    /// - Throws: `UnusableFactor` when a factor is no vector stream of these windows, and what `rows` throws.
    package init(_ rows: any TrainingRows, policy: MisalignmentPolicy, seed: UInt64) throws {
        self.rows = rows
        let names = rows.senses.map(\.name)
        let columns = try FactorColumns(rows, policy: policy)
        let (known, streams) = (columns.known, columns.streams)
        factors = columns.standardised
        let assets = (0..<rows.count).map(rows.asset(of:))
        kept = names.indices.filter { !streams.contains(names[$0]) }
        senses = kept.map { rows.senses[$0] }
        var effects: [Int: Effect] = [:]
        var explained: [StreamName: Double] = [:]
        for sense in kept
        where policy.treatment(of: names[sense]) == .use && rows.senses[sense].tableWidth == nil {
            let chosen = evenly(
                known.filter { rows.isPresent(sense, in: $0) }, max: Self.sampleMax)
            guard chosen.count >= 64 else { continue }
            var x = try Self.numbers(of: rows, sense: sense, chosen)
            for j in 0..<x.columns {
                let column = centred(
                    chosen.indices.map { x[$0, j] }, assets: chosen.map { assets[$0] })
                for i in chosen.indices { x[i, j] = column[i] }
            }
            let F = factors.selecting(rows: chosen)
            var gram = F.transposedTimes(F)
            for q in 0..<gram.rows { gram[q, q] += Self.ridge * Double(chosen.count) }
            guard let factor = Cholesky(gram) else { continue }
            let B = factor.solve(rows: x.transposedTimes(F)).transposed
            effects[sense] = Effect(B: B, front: rows.senses[sense].front)
            // In units of each number's own variance.
            let rest = x.minus(F.times(B))
            var shares = 0.0
            for j in 0..<x.columns {
                let total = chosen.indices.reduce(0) { $0 + x[$1, j] * x[$1, j] }
                let left = chosen.indices.reduce(0) { $0 + rest[$1, j] * rest[$1, j] }
                if total > 0 { shares += 1 - left / total }
            }
            explained[names[sense]] = shares / Double(max(1, x.columns))
        }
        self.effects = effects
        self.explained = explained
        let pool = known.map { Int32($0) }
        partners = names.indices.map { sense in
            guard effects[sense] != nil else { return [] }
            var dice = SeededGenerator(seed: seed, place: 7, sense)
            return (0..<rows.count).map { _ in pool[Int.random(in: 0..<pool.count, using: &dice)] }
        }
    }

    package var count: Int { rows.count }
    package func asset(of row: Int) -> Int { rows.asset(of: row) }
    package func time(of row: Int) -> Int { rows.time(of: row) }
    package func isPresent(_ sense: Int, in row: Int) -> Bool {
        rows.isPresent(kept[sense], in: row)
    }

    package func fill(
        _ chosen: [Int], sense: Int, into numbers: UnsafeMutableBufferPointer<Float>
    ) throws {
        let sense = kept[sense]
        try rows.fill(chosen, sense: sense, into: numbers)
        guard let effect = effects[sense] else { return }
        let width = numbers.count / max(1, chosen.count)
        for (k, row) in chosen.enumerated() {
            let partner = Int(partners[sense][row])
            var shift = [Float](repeating: 0, count: effect.B.columns)
            for q in 0..<factors.columns {
                let f = Self.strength * factors[partner, q] - factors[row, q]
                for j in shift.indices { shift[j] += Float(effect.B[q, j] * f) }
            }
            let first = k * width
            guard case .frames(let countMax, let dimension, _, _) = effect.front else {
                for j in shift.indices { numbers[first + j] += shift[j] }
                continue
            }
            for frame in 0..<SenseArchitecture.frameCount(numbers[first], countMax: countMax) {
                for j in 0..<dimension { numbers[first + 1 + frame * dimension + j] += shift[j] }
            }
        }
    }

    /// Of rows: every number of a row; of frames, their mean.
    private static func numbers(
        of rows: any TrainingRows, sense: Int, _ chosen: [Int]
    ) throws -> Matrix {
        if case .frames = rows.senses[sense].front {
            return try rows.moments(of: sense, in: chosen).level
        }
        let (numbers, width) = try rows.numbers(of: sense, in: chosen)
        return Matrix(rows: chosen.count, columns: width, elements: numbers.map(Double.init))
    }
}
