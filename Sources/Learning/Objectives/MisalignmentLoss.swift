import Foundation
package import LinearAlgebra

/// The contrastive loss whose minimum keeps exactly what two senses share without a bias.
///
/// Two independent batches of B pairs pass both encoders: `p, q` the embeddings of the first batch,
/// `p′, q′` those of the second, not normalised. With `D_ij = ‖p_i − r_j‖²`:
/// ```
/// l(p, q, r) = mean over i of ‖p_i − q_i‖²
///                           + ln [(Σ_j exp(−D_ij) + exp(−‖p_i − q_i‖²)) / (B + 1)]
/// L = (l(p, q, p′) + l(q, p, q′)) / 2
/// ```
/// The negatives of a sense are its own, so embeddings spread within a sense and meet across. With
/// `Z_i` the sum over j and the pair, `W_ij = exp(−D_ij) / (B Z_i)`, `w_i = exp(−‖p_i − q_i‖²) / (B Z_i)`:
/// ```
/// dp_i =  2 (p_i − q_i) (1/B − w_i) − 2 (p_i Σ_j W_ij − (W r)_i)
/// dq_i = −2 (p_i − q_i) (1/B − w_i)
/// dr_j = −2 (r_j Σ_i W_ij − (Wᵀ p)_j)
/// ```
/// Cai et al. 2025, "On the Value of Cross-Modal Misalignment in Multimodal Representation Learning",
/// equation 2 with the squared norm of their released code; PAPERS 3.
package final class MisalignmentLoss<S: KernelScalar> {
    private let dimension: Int
    private let pairsMax: Int
    /// −D, then exp(−D), then W: `B × B`.
    private let w: Buffer<S>
    /// Products of W with embeddings: `B × dimension`.
    private let product: Buffer<S>
    private let squares: Buffer<S>
    private let columnSums: Buffer<S>

    /// Room for batches of at most `pairsMax` pairs, B in the formulas.
    package init(dimension: Int, pairsMax: Int) {
        self.dimension = dimension
        self.pairsMax = pairsMax
        w = Buffer(count: pairsMax * pairsMax)
        product = Buffer(count: pairsMax * dimension)
        squares = Buffer(count: pairsMax)
        columnSums = Buffer(count: pairsMax)
    }

    /// L of B = `pairs`, and its gradients, which overwrite `dp` and `dq`. All four are
    /// `2B × dimension`: the first batch of a sense, and behind it the second.
    package func evaluate(
        _ p: Buffer<S>, _ q: Buffer<S>, pairs: Int, into dp: Buffer<S>, _ dq: Buffer<S>
    ) -> Double {
        precondition(pairs <= pairsMax, "\(pairs) pairs in memory for \(pairsMax)")
        for buffer in [dp, dq] { buffer.base.update(repeating: 0, count: 2 * pairs * dimension) }
        let there = add(p.base, q.base, pairs, into: dp.base, dq.base)
        let back = add(q.base, p.base, pairs, into: dq.base, dp.base)
        return (there + back) / 2
    }

    /// l(p, q, r) with r behind p, and half of its gradient added to `dp` and `dq`.
    private func add(
        _ p: UnsafePointer<S>, _ q: UnsafePointer<S>, _ B: Int, into dp: UnsafeMutablePointer<S>,
        _ dq: UnsafeMutablePointer<S>
    ) -> Double {
        let d = dimension
        let r = p + B * d
        let dr = dp + B * d
        // −D = 2 p rᵀ − ‖p‖² − ‖r‖²
        S.multiply(
            .rightTransposed, ProductSize(rows: B, columns: B, depth: d), alpha: 2, p, r, beta: 0,
            into: w.base)
        for j in 0..<B { squares.base[j] = S(dotProduct(r + j * d, r + j * d, count: d)) }
        let columnSums = columnSums.base
        columnSums.update(repeating: 0, count: B)
        var l = 0.0
        for i in 0..<B {
            let own = S(dotProduct(p + i * d, p + i * d, count: d))
            let row = w.base + i * B
            var pair: S = 0
            for k in 0..<d {
                pair += (p[i * d + k] - q[i * d + k]) * (p[i * d + k] - q[i * d + k])
            }
            let (top, sum) = exponentiate(row, B, minus: own, largest: -pair)
            let matched = exp(Double(-pair - top))
            let Z = matched + sum
            l += Double(pair) + Double(top) + log(Z / Double(B + 1))
            let share = S(1 / (Double(B) * Z))
            let rowSum = S(sum) * share
            for j in 0..<B {
                row[j] *= share
                columnSums[j] += row[j]
            }
            let pull = S(1 / Double(B) - matched / (Double(B) * Z))
            for k in i * d..<(i + 1) * d {
                let g = (p[k] - q[k]) * pull
                dp[k] += g - p[k] * rowSum
                dq[k] -= g
            }
        }
        S.multiply(
            .plain, ProductSize(rows: B, columns: d, depth: B), alpha: 1, w.base, r, beta: 0,
            into: product.base)
        for k in 0..<B * d { dp[k] += product.base[k] }
        S.multiply(
            .leftTransposed, ProductSize(rows: B, columns: d, depth: B), alpha: 1, w.base, p,
            beta: 0, into: product.base)
        for j in 0..<B {
            for k in j * d..<(j + 1) * d {
                dr[k] += product.base[k] - r[k] * columnSums[j]
            }
        }
        return l / Double(B)
    }

    /// Turns a row of `2 p·r` into `exp(−D − top)`, where `−D = 2 p·r − own − ‖r‖²` is held below 0
    /// and `top` is the largest of the row and `largest`. Returns `top` and the row's sum. A loop for
    /// each, so that the compiler finds lanes for them: a step spends its time here.
    private func exponentiate(
        _ row: UnsafeMutablePointer<S>, _ B: Int, minus own: S, largest: S
    ) -> (top: S, sum: Double) {
        let squares = squares.base
        for j in 0..<B {
            let negative = row[j] - own - squares[j]
            row[j] = negative < 0 ? negative : 0
        }
        var top = largest
        for j in 0..<B where row[j] > top { top = row[j] }
        S.exponentiate(row, count: B, minus: top)
        var sums = SIMD8<S>()
        var j = 0
        while j + 8 <= B {
            sums += UnsafeRawPointer(row + j).loadUnaligned(as: SIMD8<S>.self)
            j += 8
        }
        var sum = Double(sums.sum())
        while j < B {
            sum += Double(row[j])
            j += 1
        }
        return (top, sum)
    }
}
