package import LinearAlgebra

/// How two senses agree on the same window, and on windows that have nothing to do with each other.
///
/// The further apart the two distributions, the better a contradiction can be told from calm.
package struct Agreement: Equatable, Sendable {
    /// cos(uᵢ, vᵢ)
    package let matched: CosineDistribution
    /// cos(uᵢ, v₍ᵢ₊ₛ₎ mod n) for up to eight shifts `s`, spread evenly over the recording.
    package let unmatched: CosineDistribution

    /// Both `n × d`, rows in order of time, so that a shift is far away in time.
    package init(_ u: Matrix, _ v: Matrix) {
        self.init(pooling: [(u, v)])
    }

    /// Of several machines together: windows of one are not held against another's.
    package init(pooling machines: [(Matrix, Matrix)]) {
        var same: [Double] = []
        var far: [Double] = []
        for (u, v) in machines {
            precondition(u.rows == v.rows && u.columns == v.columns, "rows are the same windows")
            let n = u.rows
            let u = u.unitRows
            let v = v.unitRows
            func cosines(shift: Int) -> [Double] {
                (0..<n).map { i in
                    zip(u.row(i), v.row((i + shift) % n)).reduce(0) { $0 + $1.0 * $1.1 }
                }
            }
            same += cosines(shift: 0)
            let shifts = Set((1...8).map { n * $0 / 9 }).subtracting([0]).sorted()
            far += shifts.flatMap(cosines(shift:))
        }
        matched = CosineDistribution(same)
        unmatched = CosineDistribution(far)
    }
}

/// Cosines, as a report shows them.
package struct CosineDistribution: Equatable, Sendable {
    package let count: Int
    /// Mean; 0 without a cosine.
    package let mean: Double
    /// The quantiles at `levels`; empty without a cosine.
    package let quantiles: [Double]
    /// Cosines in each of `bins` equal intervals of [−1, 1].
    package let histogram: [Int]

    package static let levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    package static let bins = 40

    package init(_ cosines: [Double]) {
        count = cosines.count
        mean = cosines.reduce(0, +) / Double(max(1, cosines.count))
        let sorted = cosines.sorted()
        quantiles = sorted.isEmpty ? [] : Self.levels.map { quantile($0, ofSorted: sorted) }
        var histogram = [Int](repeating: 0, count: Self.bins)
        for cosine in cosines {
            let bin = Int((cosine + 1) / 2 * Double(Self.bins))
            histogram[max(0, min(Self.bins - 1, bin))] += 1
        }
        self.histogram = histogram
    }
}

/// The quantile at `level` of numbers in rising order, interpolated between neighbours:
/// position `level · (n − 1)`.
package func quantile(_ level: Double, ofSorted sorted: [Double]) -> Double {
    let position = level * Double(sorted.count - 1)
    let low = Int(position)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (position - Double(low)) * (sorted[high] - sorted[low])
}
