import Foundation  // `log`.
import LinearAlgebra

/// Symmetric InfoNCE between the rows of U and V, whose i-th rows belong together.
///
/// ```
/// S = U Vᵀ / τ,    E = exp(S − 1/τ),   R_i = Σ_j E_ij,   C_j = Σ_i E_ij
/// L = (w/n) Σ_i [(ln R_i + 1/τ − S_ii) + (ln C_i + 1/τ − S_ii)]
/// dS = (w/n) (E_ij / R_i + E_ij / C_j − 2 δ_ij)
/// dU = dS V / τ,   dV = dSᵀ U / τ
/// ```
/// No row is longer than 1, so S ≤ 1/τ: the shift is known before S is, one exponential serves both
/// directions, and for τ ≥ 0.025 none falls below what a float can hold. Near rows are no negatives
/// of each other: their E is 0. The work is cut into blocks of rows, whatever the threads.
///
/// van den Oord et al. 2018; PAPERS 0.
final class ContrastiveTerm<S: KernelScalar> {
    /// Rows of one block.
    static var blockRows: Int { 128 }

    let dimension: Int
    private(set) var rows = 0
    /// `rows × dimension`; filled by the caller after `begin`.
    let u: Buffer<S>
    let v: Buffer<S>
    let du: Buffer<S>
    /// The sum over blocks is in the first block after `finish`.
    let dv: Buffer<S>
    private let weight: Double
    private let temperature: Double
    private let needsV: Bool

    private let e: Buffer<S>
    /// `w / (n τ R_i)`, and after `sum` `w / (n τ C_j)`.
    private let rowShare: Buffer<S>
    private let columnShare: Buffer<S>
    /// C_j of each block's rows.
    private let columnSums: Buffer<S>
    private let diagonal: Buffer<S>
    /// ln R_i.
    private let rowLogs: Buffer<Double>
    /// Per row, the columns that are near it.
    private var near: [[Int]]

    /// dU is always wanted, dV with `needsV`.
    init(dimension: Int, rowsMax: Int, temperature: Double, weight: Double, needsV: Bool) {
        self.dimension = dimension
        self.temperature = temperature
        self.weight = weight
        self.needsV = needsV
        let blocksMax = (rowsMax + Self.blockRows - 1) / Self.blockRows
        u = Buffer(count: rowsMax * dimension)
        v = Buffer(count: rowsMax * dimension)
        du = Buffer(count: rowsMax * dimension)
        dv = Buffer(count: needsV ? blocksMax * rowsMax * dimension : 0)
        e = Buffer(count: rowsMax * rowsMax)
        rowShare = Buffer(count: rowsMax)
        columnShare = Buffer(count: rowsMax)
        columnSums = Buffer(count: blocksMax * rowsMax)
        diagonal = Buffer(count: rowsMax)
        rowLogs = Buffer(count: rowsMax)
        near = [[Int]](repeating: [], count: rowsMax)
    }

    /// Blocks of this step; one row or none has nothing to tell apart.
    var blocks: Int { rows < 2 ? 0 : (rows + Self.blockRows - 1) / Self.blockRows }

    func begin(rows: Int) {
        self.rows = rows
        for i in 0..<rows { near[i].removeAll(keepingCapacity: true) }
    }

    func exclude(_ i: Int, _ j: Int) {
        near[i].append(j)
        near[j].append(i)
    }

    private func range(of block: Int) -> Range<Int> {
        block * Self.blockRows..<min(rows, (block + 1) * Self.blockRows)
    }

    /// E, R and the block's part of C.
    func exponentiate(block: Int) {
        let (n, d, range) = (rows, dimension, range(of: block))
        let shift = S(1 / temperature)
        S.multiply(
            .rightTransposed, ProductSize(rows: range.count, columns: n, depth: d),
            alpha: shift, u.base + range.lowerBound * d, v.base, beta: 0,
            into: e.base + range.lowerBound * n)
        let sums = columnSums.base + block * n
        sums.update(repeating: 0, count: n)
        for i in range {
            let row = e.base + i * n
            diagonal.base[i] = row[i]
            S.exponentiate(row, count: n, minus: shift)
            for j in near[i] { row[j] = 0 }
            let sum = Double(addRow(row, count: n, to: sums))
            rowShare.base[i] = S(weight / (Double(n) * temperature * sum))
            rowLogs.base[i] = log(sum)
        }
    }

    /// C and the loss, after every block's `exponentiate`.
    func sum() -> Double {
        guard blocks > 0 else { return 0 }
        let n = rows
        var loss = 0.0
        for j in 0..<n {
            var sum = 0.0
            for block in 0..<blocks { sum += Double(columnSums.base[block * n + j]) }
            columnShare.base[j] = S(weight / (Double(n) * temperature * sum))
            loss += rowLogs.base[j] + log(sum) + 2 * (1 / temperature - Double(diagonal.base[j]))
        }
        return loss * weight / Double(n)
    }

    /// dU of the block's rows and, if wanted, their part of dV.
    func differentiate(block: Int) {
        let (n, d, range) = (rows, dimension, range(of: block))
        let own = S(2 * weight / (Double(n) * temperature))
        for i in range {
            let row = e.base + i * n
            let share = rowShare.base[i]
            for j in 0..<n { row[j] *= share + columnShare.base[j] }
            row[i] -= own
        }
        let dS = e.base + range.lowerBound * n
        S.multiply(
            .plain, ProductSize(rows: range.count, columns: d, depth: n), alpha: 1, dS, v.base,
            beta: 0, into: du.base + range.lowerBound * d)
        guard needsV else { return }
        S.multiply(
            .leftTransposed, ProductSize(rows: n, columns: d, depth: range.count), alpha: 1, dS,
            u.base + range.lowerBound * d, beta: 0, into: dv.base + block * n * d)
    }

    /// Sums dV over the blocks, in their order.
    func finish() {
        guard needsV else { return }
        let count = rows * dimension
        for block in 1..<max(1, blocks) {
            for k in 0..<count { dv.base[k] += dv.base[block * count + k] }
        }
    }
}

/// `sums ← sums + x`, and Σ xⱼ, summed in eight lanes.
@inline(__always)
private func addRow<S: KernelScalar>(
    _ x: UnsafePointer<S>, count: Int, to sums: UnsafeMutablePointer<S>
) -> S {
    var lanes = SIMD8<S>()
    var j = 0
    while j + 8 <= count {
        let x = x + j
        lanes += SIMD8(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])
        j += 8
    }
    var sum = lanes.sum()
    while j < count {
        sum += x[j]
        j += 1
    }
    for j in 0..<count { sums[j] += x[j] }
    return sum
}
