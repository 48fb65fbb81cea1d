extension Matrix {
    /// The mean of each column, of `n × d`: `d` numbers.
    package var columnMeans: [Double] {
        var means = [Double](repeating: 0, count: columns)
        for i in 0..<rows { for k in 0..<columns { means[k] += self[i, k] } }
        return means.map { $0 / Double(max(1, rows)) }
    }

    /// Every row minus the mean row.
    package var centred: Matrix { minus(columnMeans) }

    /// Every row minus `point`.
    package func minus(_ point: [Double]) -> Matrix {
        var moved = self
        for i in 0..<rows { for k in 0..<columns { moved[i, k] -= point[k] } }
        return moved
    }

    /// `XᵀX / n` of centred rows, `d × d`.
    package var covariance: Matrix {
        let x = centred
        return x.transposedTimes(x).scaled(by: 1 / Double(max(1, rows)))
    }

    /// The rows in coordinates of unit variance, `n × r`; directions with less than a millionth of the
    /// first one's variance are left out. `nil` when nothing moves.
    ///
    /// - Parameter limit: numbers farther out are pulled in to here, in deviations: one wild window
    ///   must not make all the correlation there is.
    /// - Returns: the rows in coordinates of unit variance.
    package func whitened(limit: Double = .infinity) -> Matrix? {
        guard let eigen = SymmetricEigen(covariance), let first = eigen.values.first, first > 1e-12
        else { return nil }
        let kept = eigen.values.prefix { $0 > first * 1e-6 }.count
        var white = centred.timesTransposed(eigen.vectors.selecting(rows: Array(0..<kept)))
        for k in 0..<kept {
            let deviation = eigen.values[k].squareRoot()
            for i in 0..<rows { white[i, k] = max(-limit, min(limit, white[i, k] / deviation)) }
        }
        return white
    }
}
