import Foundation
package import LinearAlgebra

/// How far apart the two embeddings of one window are: 0 at best.
/// ```
/// mean of ‖uᵢ − vᵢ‖²      over unit rows
/// ```
/// Wang and Isola 2020, "Understanding Contrastive Representation Learning through Alignment and
/// Uniformity on the Hypersphere", with α = 2. Both `n × d`; 0 without rows.
package func alignment(_ u: Matrix, _ v: Matrix) -> Double {
    precondition(u.rows == v.rows && u.columns == v.columns, "rows are the same windows")
    let distances = zip(u.unitRows.elements, v.unitRows.elements)
        .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return distances / Double(max(1, u.rows))
}

/// How evenly the embeddings of one sense fill the sphere: the lower the more evenly, 0 when all
/// are one point.
/// ```
/// log mean over i < j of exp(−2 ‖uᵢ − uⱼ‖²)      over unit rows
/// ```
/// Wang and Isola 2020, with t = 2. `n × d`; 0 with fewer than two rows.
package func uniformity(_ u: Matrix) -> Double {
    let n = u.rows
    guard n > 1 else { return 0 }
    let u = u.unitRows
    let squares = (0..<n).map { i in u.row(i).reduce(0) { $0 + $1 * $1 } }
    var sum = 0.0
    for block in blocks(of: n) {
        let S = u.selecting(rows: block).timesTransposed(u)
        for (b, i) in block.enumerated() {
            for j in i + 1..<n {
                sum += exp(-2 * max(0, squares[i] + squares[j] - 2 * S[b, j]))
            }
        }
    }
    return log(sum / (Double(n) * Double(n - 1) / 2))
}
