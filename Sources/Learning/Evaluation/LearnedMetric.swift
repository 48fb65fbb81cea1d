import Foundation  // `exp` and `log`.
package import LinearAlgebra
import Signals

/// A similarity of two senses' embeddings that was learnt from windows, beside those that are given
/// (`RetrievalMetric`): what a better measure would find in a space, and a better space need not.
///
/// PAPERS 2(a) leaves layers, loss and optimiser open; these are ours. Of the rows of a batch, each scaled
/// to length 1, every row of `x` is to find its own in `y` among all, and the other way round:
/// ```
/// L = −(1 / 2B) Σᵢ [ log softmaxⱼ(sᵢⱼ)ᵢ + log softmaxⱼ(sⱼᵢ)ᵢ ]
/// ```
/// Adam, with a rate that falls to 0; a fixed number of steps. Batches are drawn from all windows, so that few
/// are neighbours in time. To be measured on windows that it was not fitted on.
package struct LearnedMetric: Sendable {
    package enum Shape: String, CaseIterable, Sendable {
        /// `xᵀ W y`
        case bilinear
        /// One hidden layer over `[x; y; |x − y|; x ∘ y]`.
        case network
    }

    private let score: any PairScore
    private let weights: [Double]

    /// Fewer windows teach nothing.
    package static let windowsMin = 64
    private static let steps = 400
    private static let batch = 64
    private static let hidden = 64

    /// - Parameters:
    ///   - shape: which one.
    ///   - u: embeddings of one sense, `n × d`.
    ///   - v: of the other, of the same windows.
    ///   - seed: draws the batches and the first weights.
    ///
    /// `nil` with fewer than `windowsMin` windows.
    package init?(_ shape: Shape, fittedOn u: Matrix, _ v: Matrix, seed: UInt64) {
        self.init(shape, fittedOn: u, v, seed: seed, steps: Self.steps)
    }

    init?(_ shape: Shape, fittedOn u: Matrix, _ v: Matrix, seed: UInt64, steps: Int) {
        precondition(u.rows == v.rows && u.columns == v.columns, "rows are the same windows")
        guard u.rows >= Self.windowsMin else { return nil }
        let score = Self.score(shape, dimension: u.columns)
        // The rates and the decay with which either found most on blocks held back from a simulated plant.
        let (rate, decay) = shape == .bilinear ? (0.05, 0) : (0.01, 0.03)
        let (u, v) = (u.unitRows, v.unitRows)
        var random = SeededGenerator(seed: seed)
        let weights = Buffer(score.firstWeights(using: &random))
        let adam = Adam<Double>(count: weights.count)
        var order = Array(0..<u.rows)
        var next = 0
        for step in 0..<steps {
            if next == 0 || next + Self.batch > order.count {
                order.shuffle(using: &random)
                next = 0
            }
            let rows = Array(order[next..<next + min(Self.batch, order.count)])
            next += rows.count
            let (x, y) = (u.selecting(rows: rows), v.selecting(rows: rows))
            let w = weights.values
            let g = Self.contrast(score.scores(x, y, weights: w)).gradient
            let gradient = score.gradient(g, x, y, weights: w)
            adam.advance()
            adam.apply(
                weights.base, gradient: gradient, range: 0..<weights.count,
                rate: rate * (1 - Double(step) / Double(steps)), decay: decay)
        }
        self.score = score
        self.weights = weights.values
    }

    static func score(_ shape: Shape, dimension: Int) -> any PairScore {
        switch shape {
        case .bilinear: BilinearScore(dimension: dimension)
        case .network: NetworkScore(dimension: dimension, hidden: hidden)
        }
    }

    /// The loss of a square matrix of scores, and its gradient by them.
    static func contrast(_ S: Matrix) -> (loss: Double, gradient: Matrix) {
        let n = S.rows
        let share = 1 / Double(2 * n)
        var gradient = Matrix(rows: n, columns: n)
        var loss = 0.0
        for i in 0..<n {
            // Row i, and then column i.
            for places in [(0..<n).map { (i, $0) }, (0..<n).map { ($0, i) }] {
                let top = places.reduce(-Double.infinity) { max($0, S[$1.0, $1.1]) }
                let shares = places.map { exp(S[$0.0, $0.1] - top) }
                let sum = shares.reduce(0, +)
                loss -= share * (S[i, i] - top - log(sum))
                for (place, part) in zip(places, shares) {
                    gradient[place.0, place.1] += share * part / sum
                }
                gradient[i, i] -= share
            }
        }
        return (loss, gradient)
    }

    /// The rank of `v`'s row i for `u`'s row i among all rows of `v`, 1 at best; a tie stands against us, as in
    /// `RetrievalMetric`.
    package func ranks(from u: Matrix, to v: Matrix) -> [Int] {
        precondition(u.rows == v.rows, "rows are the same windows")
        let (u, v) = (u.unitRows, v.unitRows)
        // Few rows at once: the network keeps `hidden` numbers of each pair.
        return stride(from: 0, to: u.rows, by: 32).flatMap { first in
            let block = first..<min(first + 32, u.rows)
            let S = score.scores(u.selecting(rows: block), v, weights: weights)
            return block.enumerated().map { b, i in
                let limit = S[b, i] - 1e-9 * max(1, abs(S[b, i]))
                return max(1, S.row(b).count { $0 >= limit })
            }
        }
    }

    /// Share of rows that find their own first.
    package func recallAt1(from u: Matrix, to v: Matrix) -> Double {
        Double(ranks(from: u, to: v).count { $0 == 1 }) / Double(max(1, u.rows))
    }
}
