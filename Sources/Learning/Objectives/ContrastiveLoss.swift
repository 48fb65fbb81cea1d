import Fusion
package import LinearAlgebra

/// The loss of one batch of windows under an objective, and its gradient by every sense's z.
///
/// In: per sense `rows × dimension` unit vectors, who is present, which rows are near each other.
/// Out: the loss and the gradients. A row with fewer than two senses contributes nothing; an absent
/// sense's z is not read and its gradient is 0.
package final class ContrastiveLoss<S: KernelScalar> {
    package let senseCount: Int
    package let dimension: Int
    let shape: Shape
    let terms: [ContrastiveTerm<S>]
    /// Batch rows of each term, in its order.
    var rowsOfTerm: [[Int]]
    /// Per batch row and sense, its weight in the centroid; 0 where it is absent.
    let weights: Buffer<Double>
    /// Per term and its row, the length that a normalised centroid was divided by.
    let lengths: [Buffer<Double>]

    /// The objective, with senses by their number.
    enum Shape {
        case centroid(Objective.Centroid)
        case pairs([(left: Int, right: Int)])
    }

    /// `anchor` is the number of the sense that `fixed` names; other objectives do not read it. The
    /// temperature τ is at least 0.025.
    package init(
        _ objective: Objective, anchor: Int = 0, senseCount: Int, dimension: Int, rowsMax: Int,
        temperature: Double
    ) {
        self.senseCount = senseCount
        self.dimension = dimension
        var weight = 1.0
        let count: Int
        let needsV: Bool
        switch objective {
        case .centroid(let centroid):
            shape = .centroid(centroid)
            count = senseCount
            needsV = centroid.passesGradient
        case .decAlign:
            var centroid = Objective.Centroid()
            centroid.leavesOneOut = true
            shape = .centroid(centroid)
            count = senseCount
            needsV = false
        case .fixed(_, let isFrozen):
            let pairs = (0..<senseCount).filter { $0 != anchor }.map { (left: $0, right: anchor) }
            shape = .pairs(pairs)
            count = pairs.count
            needsV = !isFrozen
        case .allPairs:
            let pairs = (0..<senseCount).flatMap { left in
                (0..<senseCount).filter { $0 > left }.map { (left: left, right: $0) }
            }
            shape = .pairs(pairs)
            count = pairs.count
            needsV = true
            weight = 2 / Double(max(1, senseCount - 1))
        case .relevance: preconditionFailure("relevance is trained by `RelevanceTraining`")
        }
        terms = (0..<count).map { [weight] _ in
            ContrastiveTerm(
                dimension: dimension, rowsMax: rowsMax, temperature: temperature, weight: weight,
                needsV: needsV)
        }
        rowsOfTerm = [[Int]](repeating: [], count: count)
        weights = Buffer(count: rowsMax * senseCount)
        lengths = (0..<count).map { _ in Buffer(count: rowsMax) }
    }

    /// The loss, and its gradient in `dz`, which is overwritten.
    ///
    /// `z` and `dz` have `rows × dimension` numbers per sense, `isPresent` is `rows × senseCount`, and
    /// `near` are pairs of rows that are no negatives of each other.
    package func evaluate(
        _ z: [Buffer<S>], rows: Int, isPresent: [Bool], near: [(Int, Int)] = [],
        into dz: [Buffer<S>], workers: Workers = Workers(threads: 1)
    ) -> Double {
        weigh(z, rows: rows, isPresent: isPresent)
        for index in terms.indices { choose(index, rows: rows, isPresent: isPresent, near: near) }
        workers.perform(terms.count) { gather($0, z) }
        let jobs = terms.indices.flatMap { term in
            (0..<terms[term].blocks).map { (term: term, block: $0) }
        }
        workers.perform(jobs.count) { terms[jobs[$0].term].exponentiate(block: jobs[$0].block) }
        let loss = terms.reduce(0) { $0 + $1.sum() }
        workers.perform(jobs.count) { terms[jobs[$0].term].differentiate(block: jobs[$0].block) }
        for buffer in dz { buffer.base.update(repeating: 0, count: rows * dimension) }
        for index in terms.indices where terms[index].blocks > 0 {
            terms[index].finish()
            scatter(index, into: dz)
        }
        return loss
    }
}
