package import Fusion

/// What it costs to carry the senses' prototypes onto each other, and each row onto the others'.
///
/// ```
/// c_ij = mean_d (μ_i − μ_j)² + mean_d (√v_i − √v_j)²            between two senses
/// C_ijk = c_ij + c_ik + c_jk,  L_OT by `MarginalTransport`       for two to four senses
/// L_proto = mean over ordered pairs (m, m′) of mean_n Σ_k γ_nk mean_d (x_n − μ′_k)²
/// ```
/// More than four senses are each carried onto a barycentre instead: K^M would not end. With γ, v, π
/// and λ held constant, `dL/dC = T` (envelope), `dμ_i = Σ_j T_ij (2/d) (μ_i − μ_j)` and
/// `dx_n = Σ_k γ_nk dμ_k / n_k`. PAPERS 4(a) 3 and 4(d).
package struct PrototypeTransport {
    package private(set) var loss = 0.0
    package private(set) var residual = 0.0
    /// By each sense's rows, in their order.
    package private(set) var gradients: [[Double]]

    private var dmu: [[Double]]
    private let tolerance: Double
    private let iterationsMax: Int

    /// At least two senses.
    package init(
        _ senses: [SensePrototypes], smoothing: Double? = nil,
        tolerance: Double = DecAlignSettings.tolerance,
        iterationsMax: Int = DecAlignSettings.iterationsMax
    ) {
        precondition(senses.count >= 2, "prototypes are carried between senses")
        self.tolerance = tolerance
        self.iterationsMax = iterationsMax
        dmu = senses.map { [Double](repeating: 0, count: $0.mixture.means.count) }
        gradients = senses.map { [Double](repeating: 0, count: $0.rows.count) }
        if senses.count <= Self.jointMax {
            carryJointly(senses, smoothing)
        } else {
            carryToBarycentre(senses, smoothing)
        }
        pull(senses)
        passDown(senses)
    }

    package static let jointMax = 4
    private static let barycentreSteps = 3

    /// λ where none is given: its share of the mean cost under independence.
    private static func smoothing(_ cost: [Double]) -> Double {
        let mean = cost.reduce(0, +) / Double(cost.count)
        return max(1e-6, DecAlignSettings.smoothing * mean)
    }

    private mutating func carryJointly(_ senses: [SensePrototypes], _ smoothing: Double?) {
        let (M, K) = (senses.count, senses[0].K)
        let pairs = (0..<M).flatMap { a in (a + 1..<M).map { (a, $0) } }
        let costs = pairs.map { Self.cost(senses[$0.0].mixture, senses[$0.1].mixture) }
        let total = (0..<M).reduce(1) { count, _ in count * K }
        var strides = [Int](repeating: 1, count: M)
        for a in (0..<M - 1).reversed() { strides[a] = strides[a + 1] * K }
        var joint = [Double](repeating: 0, count: total)
        for place in 0..<total {
            for ((a, b), cost) in zip(pairs, costs) {
                joint[place] += cost[place / strides[a] % K * K + place / strides[b] % K]
            }
        }
        let transport = MarginalTransport(
            cost: joint, marginals: senses.map(\.mixture.weights),
            smoothing: smoothing ?? Self.smoothing(joint), tolerance: tolerance,
            iterationsMax: iterationsMax)
        loss += transport.loss
        residual = transport.residual
        for (a, b) in pairs {
            var plan = [Double](repeating: 0, count: K * K)
            for place in 0..<total {
                plan[place / strides[a] % K * K + place / strides[b] % K] += transport.plan[place]
            }
            let (ma, mb) = (senses[a].mixture, senses[b].mixture)
            Self.push(&dmu[a], ma, towards: mb, by: plan, share: 1)
            Self.push(&dmu[b], mb, towards: ma, by: Self.transposed(plan, K), share: 1)
        }
    }

    /// The barycentre is where its own gradient vanishes, so it is held while the senses move.
    private mutating func carryToBarycentre(_ senses: [SensePrototypes], _ smoothing: Double?) {
        let (M, K, d) = (senses.count, senses[0].K, senses[0].dimension)
        let even = [Double](repeating: 1 / Double(K), count: K)
        var centre = DiagonalMixture(
            weights: even, means: senses[0].mixture.means, variances: senses[0].mixture.variances)
        for step in 0...Self.barycentreSteps {
            let costs = senses.map { Self.cost($0.mixture, centre) }
            let transports = senses.indices.map { m in
                MarginalTransport(
                    cost: costs[m], marginals: [senses[m].mixture.weights, even],
                    smoothing: smoothing ?? Self.smoothing(costs[m]), tolerance: tolerance,
                    iterationsMax: iterationsMax)
            }
            if step == Self.barycentreSteps {
                for m in senses.indices {
                    // Each pair of a joint transport counts once; a star has M of M (M − 1) / 2.
                    let share = Double(M - 1) / 2
                    loss += share * transports[m].loss
                    residual = max(residual, transports[m].residual)
                    Self.push(
                        &dmu[m], senses[m].mixture, towards: centre, by: transports[m].plan,
                        share: share)
                }
                return
            }
            var means = [Double](repeating: 0, count: K * d)
            var deviations = means
            for m in senses.indices {
                let mixture = senses[m].mixture
                for i in 0..<K {
                    for k in 0..<K {
                        let share = transports[m].plan[i * K + k] * Double(K) / Double(M)
                        for j in 0..<d {
                            means[k * d + j] += share * mixture.means[i * d + j]
                            deviations[k * d + j] +=
                                share * mixture.variances[i * d + j].squareRoot()
                        }
                    }
                }
            }
            centre = DiagonalMixture(
                weights: even, means: means, variances: deviations.map { $0 * $0 })
        }
    }

    /// L_proto.
    private mutating func pull(_ senses: [SensePrototypes]) {
        let pairs = Double(senses.count * (senses.count - 1))
        for (m, sense) in senses.enumerated() {
            let (N, K, d) = (sense.count, sense.K, sense.dimension)
            let share = 1 / (pairs * Double(N) * Double(d))
            for (other, target) in senses.enumerated() where other != m {
                let mu = target.mixture.means
                sense.rows.withUnsafeBufferPointer { x in
                    mu.withUnsafeBufferPointer { mu in
                        gradients[m].withUnsafeMutableBufferPointer { dx in
                            dmu[other].withUnsafeMutableBufferPointer { dmu in
                                for n in 0..<N {
                                    for k in 0..<K {
                                        let g = sense.shares[n * K + k]
                                        guard g > 1e-12 else { continue }
                                        var square = 0.0
                                        for j in 0..<d {
                                            let c = x[n * d + j] - mu[k * d + j]
                                            square += c * c
                                            dx[n * d + j] += 2 * share * g * c
                                            dmu[k * d + j] -= 2 * share * g * c
                                        }
                                        loss += share * g * square
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// dx from dμ.
    private mutating func passDown(_ senses: [SensePrototypes]) {
        for (m, sense) in senses.enumerated() {
            let (K, d) = (sense.K, sense.dimension)
            dmu[m].withUnsafeBufferPointer { dmu in
                gradients[m].withUnsafeMutableBufferPointer { dx in
                    for n in 0..<sense.count {
                        for k in 0..<K {
                            let share = sense.shares[n * K + k] / sense.mass[k]
                            guard share > 1e-12 else { continue }
                            for j in 0..<d { dx[n * d + j] += share * dmu[k * d + j] }
                        }
                    }
                }
            }
        }
    }

    /// c, `K × K`. The Bures part is written without the root of a product, so that a prototype is
    /// at 0 from itself.
    package static func cost(_ a: DiagonalMixture, _ b: DiagonalMixture) -> [Double] {
        let d = a.dimension
        var cost: [Double] = []
        for i in 0..<a.count {
            for k in 0..<b.count {
                var sum = 0.0
                for j in 0..<d {
                    let c = a.means[i * d + j] - b.means[k * d + j]
                    let s =
                        a.variances[i * d + j].squareRoot() - b.variances[k * d + j].squareRoot()
                    sum += c * c + s * s
                }
                cost.append(sum / Double(d))
            }
        }
        return cost
    }

    private static func push(
        _ dmu: inout [Double], _ a: DiagonalMixture, towards b: DiagonalMixture, by plan: [Double],
        share: Double
    ) {
        let d = a.dimension
        for i in 0..<a.count {
            for k in 0..<b.count {
                let g = share * 2 * plan[i * b.count + k] / Double(d)
                for j in 0..<d { dmu[i * d + j] += g * (a.means[i * d + j] - b.means[k * d + j]) }
            }
        }
    }

    private static func transposed(_ plan: [Double], _ K: Int) -> [Double] {
        plan.indices.map { plan[$0 % K * K + $0 / K] }
    }
}
