import Foundation  // `exp` and `log`.

/// Entropic optimal transport between two to four discrete distributions, in the log domain.
///
/// ```
/// T = exp(−C/λ + Σ_a f_a),   f_a[i] = log ν_a[i] − logsumexp over the rest of (−C/λ + Σ_{b≠a} f_b)
/// L = ⟨T, C⟩ + λ Σ T (ln T − 1),   dL/dC = T at convergence
/// ```
/// cyclic over the marginals until the largest L1 error of a marginal is below `tolerance`. With
/// sums in the linear domain mass vanishes once C/λ is large; here it is 1 after every update, so it
/// is the marginals that tell whether the iteration has arrived. Cuturi 2013; PAPERS 4(d).
package struct MarginalTransport: Sendable {
    /// T, row-major over the marginals' indices.
    package let plan: [Double]
    /// Largest L1 error of a marginal that was left.
    package let residual: Double
    package let iterations: Int
    package let loss: Double

    package var mass: Double { plan.reduce(0, +) }

    /// - Parameters:
    ///   - cost: C, row-major, one axis per marginal.
    ///   - marginals: ν of each axis, each of sum 1.
    ///   - smoothing: λ, above 0.
    ///   - tolerance: of the marginals.
    ///   - iterationsMax: after which `residual` says what is missing.
    package init(
        cost: [Double], marginals: [[Double]], smoothing: Double, tolerance: Double = 1e-4,
        iterationsMax: Int = 5000
    ) {
        let shape = marginals.map(\.count)
        precondition(shape.count >= 2 && cost.count == shape.reduce(1, *), "one axis a marginal")
        var strides = [Int](repeating: 1, count: shape.count)
        for a in (0..<shape.count - 1).reversed() { strides[a] = strides[a + 1] * shape[a + 1] }
        // Places of the plan by the index they have on each axis.
        let places = shape.indices.map { a in
            (0..<shape[a]).map { i in
                cost.indices.filter { $0 / strides[a] % shape[a] == i }
            }
        }
        // −C/λ + Σ f, kept up to date as the potentials move.
        var logs = cost.map { -$0 / smoothing }
        let targets = marginals.map { $0.map { log(max($0, 1e-300)) } }
        var iterations = 0
        var residual = Double.infinity
        while iterations < iterationsMax, residual >= tolerance {
            residual = 0
            for a in shape.indices {
                var error = 0.0
                for i in 0..<shape[a] {
                    let sum = logSum(logs, places[a][i])
                    // What this axis holds before its update: the error that the others left.
                    error += abs(exp(sum) - marginals[a][i])
                    let step = targets[a][i] - sum
                    for place in places[a][i] { logs[place] += step }
                }
                if iterations > 0 { residual = max(residual, error) }
            }
            if iterations == 0 { residual = .infinity }
            iterations += 1
        }
        plan = logs.map { exp($0) }
        self.iterations = iterations
        self.residual = residual
        var loss = 0.0
        for k in cost.indices {
            loss += plan[k] * (cost[k] + smoothing * (logs[k].isFinite ? logs[k] - 1 : 0))
        }
        self.loss = loss
    }
}

/// `ln Σ exp(x)` over some places.
private func logSum(_ x: [Double], _ places: [Int]) -> Double {
    var top = -Double.infinity
    for place in places where x[place] > top { top = x[place] }
    guard top.isFinite else { return -1e300 }
    var sum = 0.0
    for place in places { sum += exp(x[place] - top) }
    return top + log(sum)
}
