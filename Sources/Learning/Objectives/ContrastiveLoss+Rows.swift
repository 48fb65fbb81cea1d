import Fusion
import LinearAlgebra

/// From the rows of a batch to the rows of the terms, and back.
extension ContrastiveLoss {
    /// Each sense's weight in the centroid of its row. The rule's choice is not differentiated.
    func weigh(_ z: [Buffer<S>], rows: Int, isPresent: [Bool]) {
        guard case .centroid(let centroid) = shape else { return }
        let (count, d) = (senseCount, dimension)
        for row in 0..<rows {
            let w = weights.base + row * count
            var present = 0
            for m in 0..<count where isPresent[row * count + m] { present += 1 }
            for m in 0..<count {
                w[m] = isPresent[row * count + m] && present >= 2 ? 1 / Double(present) : 0
            }
            guard centroid.rule != .mean, present > 2 else { continue }
            let senses = (0..<count).filter { isPresent[row * count + $0] }
            let gram = senses.flatMap { m in
                senses.map { dotProduct(z[m].base + row * d, z[$0].base + row * d, count: d) }
            }
            let chosen = centroid.rule.weights(gram: gram, count: present)
            for (m, weight) in zip(senses, chosen) { w[m] = weight }
        }
    }

    /// The rows of a term: those in which its senses are there and not alone.
    func choose(_ index: Int, rows: Int, isPresent: [Bool], near: [(Int, Int)]) {
        var chosen: [Int] = []
        var slots = [Int](repeating: -1, count: rows)
        for row in 0..<rows {
            let present = { isPresent[row * self.senseCount + $0] }
            let isChosen =
                switch shape {
                case .centroid:
                    present(index) && (0..<senseCount).contains { $0 != index && present($0) }
                case .pairs(let pairs): present(pairs[index].left) && present(pairs[index].right)
                }
            guard isChosen else { continue }
            slots[row] = chosen.count
            chosen.append(row)
        }
        terms[index].begin(rows: chosen.count)
        for (i, j) in near where slots[i] >= 0 && slots[j] >= 0 {
            terms[index].exclude(slots[i], slots[j])
        }
        rowsOfTerm[index] = chosen
    }

    /// Fills U and V of a term.
    func gather(_ index: Int, _ z: [Buffer<S>]) {
        let d = dimension
        let term = terms[index]
        for (slot, row) in rowsOfTerm[index].enumerated() {
            let v = term.v.base + slot * d
            switch shape {
            case .centroid(let centroid):
                (term.u.base + slot * d).update(from: z[index].base + row * d, count: d)
                v.update(repeating: 0, count: d)
                for m in 0..<senseCount {
                    let share = S(share(of: m, in: centroid, row: row, term: index))
                    guard share != 0 else { continue }
                    let z = z[m].base + row * d
                    for j in 0..<d { v[j] += share * z[j] }
                }
                guard centroid.isNormalised else { continue }
                let length = dotProduct(v, v, count: d).squareRoot() + 1e-8
                lengths[index].base[slot] = length
                for j in 0..<d { v[j] /= S(length) }
            case .pairs(let pairs):
                let (left, right) = pairs[index]
                (term.u.base + slot * d).update(from: z[left].base + row * d, count: d)
                v.update(from: z[right].base + row * d, count: d)
            }
        }
    }

    /// Adds a term's gradients to those of its senses.
    ///
    /// A normalised centroid `a = s / ‖s‖` passes on `(g − a (a·g)) / ‖s‖`.
    func scatter(_ index: Int, into dz: [Buffer<S>]) {
        let d = dimension
        let term = terms[index]
        for (slot, row) in rowsOfTerm[index].enumerated() {
            let du = term.du.base + slot * d
            let dv = term.dv.base + slot * d
            switch shape {
            case .centroid(let centroid):
                add(du, to: dz[index].base + row * d)
                guard centroid.passesGradient else { continue }
                if centroid.isNormalised {
                    let a = term.v.base + slot * d
                    let along = S(dotProduct(a, dv, count: d))
                    let length = S(lengths[index].base[slot])
                    for j in 0..<d { dv[j] = (dv[j] - a[j] * along) / length }
                }
                for m in 0..<senseCount {
                    let share = S(share(of: m, in: centroid, row: row, term: index))
                    if share != 0 { add(dv, to: dz[m].base + row * d, times: share) }
                }
            case .pairs(let pairs):
                add(du, to: dz[pairs[index].left].base + row * d)
                if term.dv.count > 0 { add(dv, to: dz[pairs[index].right].base + row * d) }
            }
        }
    }

    /// What sense m contributes to the centroid that the term's sense is drawn to.
    private func share(
        of m: Int, in centroid: Objective.Centroid, row: Int, term: Int
    ) -> Double {
        let w = weights.base + row * senseCount
        guard centroid.leavesOneOut else { return w[m] }
        return m == term ? 0 : w[m] / (1 - w[term])
    }

    private func add(_ x: UnsafePointer<S>, to y: UnsafeMutablePointer<S>, times factor: S = 1) {
        for j in 0..<dimension { y[j] += factor * x[j] }
    }
}
