package import Fusion

/// The prototypes of one sense's rows of a batch, and what each row has of each.
package struct SensePrototypes {
    package let rows: [Double]
    package let dimension: Int
    /// γ: `N × K`.
    package let shares: [Double]
    /// n_k = Σ γ_nk.
    package let mass: [Double]
    package let mixture: DiagonalMixture

    package var count: Int { rows.count / dimension }
    package var K: Int { mixture.count }

    /// EM inside the batch.
    package init(of rows: [Double], dimension: Int, count: Int, steps: Int, floor: Double) {
        var mixture = DiagonalMixture(
            startingAt: rows, dimension: dimension, count: count, floor: floor)
        let shares = mixture.fit(to: rows, steps: steps, floor: floor)
        self.init(of: rows, shares: shares, mixture: mixture)
    }

    private init(of rows: [Double], shares: [Double], mixture: DiagonalMixture) {
        self.rows = rows
        dimension = mixture.dimension
        self.shares = shares
        self.mixture = mixture
        let K = mixture.count
        var mass = [Double](repeating: 0, count: K)
        for place in shares.indices { mass[place % K] += shares[place] }
        self.mass = mass.map { max(1e-6, $0) }
    }

    /// The same shares, weights and variances over other rows: what the gradient holds constant.
    package func moved(to rows: [Double]) -> SensePrototypes {
        let (d, K) = (dimension, K)
        var means = [Double](repeating: 0, count: K * d)
        for n in 0..<count {
            for k in 0..<K {
                let share = shares[n * K + k] / mass[k]
                for j in 0..<d { means[k * d + j] += share * rows[n * d + j] }
            }
        }
        return SensePrototypes(
            of: rows, shares: shares,
            mixture: DiagonalMixture(
                weights: mixture.weights, means: means, variances: mixture.variances))
    }
}
