package import LinearAlgebra

/// The squared 2-Wasserstein distance of two Gaussians with the moments of two clouds:
/// ```
/// W₂² = ‖m₁ − m₂‖² + tr(S₁ + S₂ − 2 (S₁^½ S₂ S₁^½)^½)
/// ```
/// Covariances with `n − 1` in the denominator, eigenvalues below 0 taken as 0 (Dowson and Landau 1982).
/// An indicator of a gap or a drift, never a proof of alignment: it says nothing of pairs. Both clouds
/// `n × d` with any numbers of rows; 0 with fewer than two rows on either side.
package func gaussianWasserstein(_ x: Matrix, _ y: Matrix) -> Double {
    precondition(x.columns == y.columns, "both clouds lie in one space")
    guard x.rows > 1, y.rows > 1 else { return 0 }
    func unbiased(_ z: Matrix) -> Matrix {
        z.covariance.scaled(by: Double(z.rows) / Double(z.rows - 1))
    }
    let shift = zip(x.columnMeans, y.columnMeans).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let S1 = unbiased(x)
    let S2 = unbiased(y)
    guard let root = S1.squareRoot, let cross = SymmetricEigen(root.times(S2).times(root)) else {
        return shift
    }
    let traces = (0..<S1.rows).reduce(0) { $0 + S1[$1, $1] + S2[$1, $1] }
    let overlap = cross.values.reduce(0) { $0 + max(0, $1).squareRoot() }
    return shift + max(0, traces - 2 * overlap)
}

/// Two clouds seen from random directions, each sorted along every one: all that a sliced Wasserstein
/// distance needs, and enough to take it of any split of their rows again.
///
/// ```
/// SW₂² = mean over directions v of mean over i of (sort(Xv)ᵢ − sort(Yv)ᵢ)²
/// ```
/// Rabin et al. 2012. Times `d` it compares with `gaussianWasserstein`.
package struct SlicedClouds: Sendable {
    /// By direction: the rows of all clouds together in rising order, and their projections.
    private let sorted: [(rows: [Int], values: [Double])]
    package let rows: Int

    /// - Parameters:
    ///   - all: rows of both clouds, `n × d`.
    ///   - directions: how many.
    ///   - random: draws them.
    package init(
        _ all: Matrix, directions: Int = 64, using random: inout some RandomNumberGenerator
    ) {
        var axes = Matrix(rows: directions, columns: all.columns)
        for k in axes.elements.indices {
            // Twelve uniform numbers: close enough to a normal one for a direction.
            axes.elements[k] = (0..<12).reduce(-6) { sum, _ in
                sum + Double.random(in: 0..<1, using: &random)
            }
        }
        let projected = axes.unitLengthRows.timesTransposed(all)
        rows = all.rows
        sorted = (0..<directions).map { k in
            let values = Array(projected.row(k))
            let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
            return (order, order.map { values[$0] })
        }
    }

    /// SW₂² between the rows where `isFirst` and the others, as many of each.
    package func distance(isFirst: [Bool]) -> Double {
        let count = isFirst.count { $0 }
        precondition(isFirst.count == rows && 2 * count == rows, "equally many rows on both sides")
        guard count > 0 else { return 0 }
        var sum = 0.0
        for (order, values) in sorted {
            var first: [Double] = []
            var second: [Double] = []
            first.reserveCapacity(count)
            second.reserveCapacity(count)
            for (row, value) in zip(order, values) {
                if isFirst[row] { first.append(value) } else { second.append(value) }
            }
            for (a, b) in zip(first, second) { sum += (a - b) * (a - b) }
        }
        return sum / Double(sorted.count * count)
    }
}

/// SW₂² of two clouds with equally many rows.
package func slicedWasserstein(
    _ x: Matrix, _ y: Matrix, directions: Int = 64,
    using random: inout some RandomNumberGenerator
) -> Double {
    precondition(x.rows == y.rows && x.columns == y.columns, "as many rows in one space")
    let all = Matrix(
        rows: x.rows + y.rows, columns: x.columns, elements: x.elements + y.elements)
    return SlicedClouds(all, directions: directions, using: &random)
        .distance(isFirst: (0..<all.rows).map { $0 < x.rows })
}

extension Matrix {
    /// Of a symmetric matrix without negative eigenvalues: the symmetric root.
    var squareRoot: Matrix? {
        guard let eigen = SymmetricEigen(self) else { return nil }
        var scaled = eigen.vectors
        for (k, value) in eigen.values.enumerated() {
            let root = max(0, value).squareRoot()
            for j in 0..<columns { scaled[k, j] *= root }
        }
        return eigen.vectors.transposedTimes(scaled)
    }

    fileprivate var unitLengthRows: Matrix {
        var unit = self
        for i in 0..<rows {
            let norm = row(i).reduce(0) { $0 + $1 * $1 }.squareRoot()
            for k in 0..<columns { unit[i, k] /= Swift.max(norm, 1e-12) }
        }
        return unit
    }
}
