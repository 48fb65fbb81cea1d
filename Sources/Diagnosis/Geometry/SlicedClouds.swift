import Learning
package import LinearAlgebra

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
        let projected = axes.unitRows.timesTransposed(all)
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
