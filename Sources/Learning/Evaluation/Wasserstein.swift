package import LinearAlgebra
package import Signals

/// Squared 2-Wasserstein distance of two clouds as if both were Gaussian.
/// ```
/// W₂² = ‖m₁ − m₂‖² + Tr(S₁ + S₂ − 2 (S₁^½ S₂ S₁^½)^½)
/// ```
/// with covariances over n − 1; eigenvalues below 0 are taken as 0. Dowson and Landau 1982; PAPERS 2(d).
/// Both are rows of equally many numbers. `nil` with fewer than two rows on a side, or when a number is
/// not finite. An indicator of a gap or a drift, no proof of alignment: it is not 0 for two samples of
/// one cloud.
package func gaussianWasserstein(_ x: Matrix, _ y: Matrix) -> Double? {
    precondition(x.columns == y.columns, "both clouds are in one space")
    guard x.rows > 1, y.rows > 1 else { return nil }
    let (meanX, S1) = moments(x)
    let (meanY, S2) = moments(y)
    guard let eigen = SymmetricEigen(S1) else { return nil }
    var scaled = eigen.vectors
    for k in 0..<scaled.rows {
        let root = max(0, eigen.values[k]).squareRoot()
        for j in 0..<scaled.columns { scaled[k, j] *= root }
    }
    let root = eigen.vectors.transposedTimes(scaled)
    guard let middle = SymmetricEigen(root.times(S2).times(root)) else { return nil }
    let shift = zip(meanX, meanY).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let traces = (0..<x.columns).reduce(0) { $0 + S1[$1, $1] + S2[$1, $1] }
    let cross = middle.values.reduce(0) { $0 + max(0, $1).squareRoot() }
    return max(0, shift + traces - 2 * cross)
}

/// Squared 2-Wasserstein distance seen from random directions.
/// ```
/// SW₂² = mean over unit directions v of meanᵢ (sort(X v)ᵢ − sort(Y v)ᵢ)²
/// ```
/// Times the number of dimensions it compares with `gaussianWasserstein`. Bonneel et al. 2015. The larger
/// cloud is thinned evenly, in order of its projections, to the size of the other; 0 when one is empty.
///
/// - Parameters:
///   - x: rows.
///   - y: rows of as many numbers.
///   - directions: how many.
///   - random: their dice.
/// - Returns: per dimension, in the unit of the rows squared.
package func slicedWasserstein(
    _ x: Matrix, _ y: Matrix, directions: Int = 64, using random: inout SeededGenerator
) -> Double {
    precondition(x.columns == y.columns, "both clouds are in one space")
    let count = min(x.rows, y.rows)
    guard count > 0, directions > 0 else { return 0 }
    var v = Matrix(rows: directions, columns: x.columns)
    for k in v.elements.indices { v.elements[k] = random.gaussian() }
    let unit = v.unitRows
    let a = unit.timesTransposed(x)
    let b = unit.timesTransposed(y)
    var sum = 0.0
    for k in 0..<directions {
        let p = a.row(k).sorted()
        let q = b.row(k).sorted()
        for i in 0..<count {
            let c = p[i * p.count / count] - q[i * q.count / count]
            sum += c * c
        }
    }
    return sum / Double(directions * count)
}

/// Mean and covariance over n − 1.
private func moments(_ x: Matrix) -> (mean: [Double], covariance: Matrix) {
    let c = x.centred
    return (x.columnMeans, c.transposedTimes(c).scaled(by: 1 / Double(x.rows - 1)))
}
