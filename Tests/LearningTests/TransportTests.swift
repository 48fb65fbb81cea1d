import Foundation
import Fusion
import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct TransportTests {
    /// Three sets of prototypes μ ~ N(0, I₁₆) and marginals from Dirichlet(3, …, 3), as in PAPERS 4(c).
    private static func problem(
        K: Int = 7, senses: Int = 3, scale: Double = 1, seed: UInt64
    ) -> (cost: [Double], marginals: [[Double]]) {
        var dice = SeededGenerator(seed: seed)
        let mixtures = (0..<senses).map { _ -> DiagonalMixture in
            // A sum of three exponentials is Gamma(3).
            let masses = (0..<K).map { _ in
                (0..<3).reduce(0.0) { sum, _ in
                    sum - log(Double.random(in: 1e-12..<1, using: &dice))
                }
            }
            let total = masses.reduce(0, +)
            return DiagonalMixture(
                weights: masses.map { $0 / total },
                means: (0..<K * 16).map { _ in dice.gaussian() },
                variances: [Double](repeating: 1, count: K * 16))
        }
        let size = Int(pow(Double(K), Double(senses)))
        var cost = [Double](repeating: 0, count: size)
        for place in 0..<size {
            let index = (0..<senses).map {
                place / Int(pow(Double(K), Double(senses - 1 - $0))) % K
            }
            for a in 0..<senses {
                for b in a + 1..<senses {
                    cost[place] +=
                        scale
                        * PrototypeTransport.cost(mixtures[a], mixtures[b])[
                            index[a] * K + index[b]]
                }
            }
        }
        return (cost, mixtures.map(\.weights))
    }

    /// The released form: scalings in the linear domain, 1e-8 in every denominator, 50 rounds.
    private static func linearMass(_ cost: [Double], _ nu: [[Double]], smoothing: Double) -> Double
    {
        let K = nu[0].count
        let kernel = cost.map { max(1e-30, exp(-$0 / smoothing)) }
        var u = nu.map { _ in [Double](repeating: 1, count: K) }
        func each(_ body: (Int, Int, Int, Double) -> Void) {
            for i in 0..<K {
                for j in 0..<K { for k in 0..<K { body(i, j, k, kernel[(i * K + j) * K + k]) } }
            }
        }
        for _ in 0..<50 {
            for a in 0..<3 {
                var sums = [Double](repeating: 0, count: K)
                each { i, j, k, value in
                    let rest = [u[1][j] * u[2][k], u[0][i] * u[2][k], u[0][i] * u[1][j]][a]
                    sums[[i, j, k][a]] += value * rest
                }
                u[a] = zip(nu[a], sums).map { $0 / ($1 + 1e-8) }
            }
        }
        var mass = 0.0
        each { i, j, k, value in mass += value * u[0][i] * u[1][j] * u[2][k] }
        return mass
    }

    @Test(
        "Transport keeps mass 1 and meets its marginals where the linear form loses all of it",
        arguments: [0.2, 0.4, 0.6, 0.8, 1, 1.5, 2])
    func mass(scale: Double) {
        let (cost, nu) = Self.problem(scale: scale, seed: 3)
        let transport = MarginalTransport(
            cost: cost, marginals: nu, smoothing: 0.1, tolerance: 1e-3)
        #expect(abs(transport.mass - 1) < 1e-4)
        #expect(transport.residual < 1e-3)
        let linear = Self.linearMass(cost, nu, smoothing: 0.1)
        if scale >= 1 { #expect(linear < 0.8) }
        if scale == 2 { #expect(linear < 0.05) }
    }

    @Test("One that may not iterate on says what it could not meet")
    func residual() {
        let (cost, nu) = Self.problem(scale: 4, seed: 5)
        let short = MarginalTransport(
            cost: cost, marginals: nu, smoothing: 0.1, tolerance: 1e-9, iterationsMax: 3)
        #expect(short.residual >= 1e-9)
        #expect(short.residual.isFinite)
        #expect(abs(short.mass - 1) < 1e-9)
    }

    @Test("Senses in another order give the plan in that order", arguments: UInt64(0)..<3)
    func order(seed: UInt64) {
        let K = 4
        let (cost, nu) = Self.problem(K: K, seed: seed)
        let plain = MarginalTransport(
            cost: cost, marginals: nu, smoothing: 0.3, tolerance: 1e-10)
        var turned = cost
        for i in 0..<K {
            for j in 0..<K {
                for k in 0..<K { turned[(k * K + i) * K + j] = cost[(i * K + j) * K + k] }
            }
        }
        let other = MarginalTransport(
            cost: turned, marginals: [nu[2], nu[0], nu[1]], smoothing: 0.3, tolerance: 1e-10)
        for i in 0..<K {
            for j in 0..<K {
                for k in 0..<K {
                    #expect(
                        abs(
                            plain.plan[(i * K + j) * K + k] - other.plan[(k * K + i) * K + j])
                            < 1e-8)
                }
            }
        }
    }

    @Test("Prototypes that are the same cost nothing to carry onto each other")
    func identical() {
        let rows: [Double] = gaussians(60 * 4, seed: 2)
        let sense = SensePrototypes(of: rows, dimension: 4, count: 3, steps: 5, floor: 1e-4)
        let cost = PrototypeTransport.cost(sense.mixture, sense.mixture)
        for k in 0..<3 { #expect(cost[k * 3 + k] == 0) }
    }

    @Test("The gradient by the cost is the plan (envelope)", arguments: UInt64(0)..<3)
    func envelope(seed: UInt64) {
        let (cost, nu) = Self.problem(K: 3, seed: seed)
        func transport(_ cost: [Double]) -> MarginalTransport {
            MarginalTransport(
                cost: cost, marginals: nu, smoothing: 0.5, tolerance: 1e-13, iterationsMax: 20_000)
        }
        let x = Buffer(cost)
        let error = finiteDifferenceError(x, gradient: transport(cost).plan) {
            transport(x.values).loss
        }
        #expect(error < gradientErrorMax)
    }

    @Test(
        "The gradient by every row is the difference quotient with the shares held",
        arguments: [2, 3, 4], UInt64(0)..<2)
    func gradient(senses count: Int, seed: UInt64) {
        let (d, K) = (3, 3)
        var senses = (0..<count).map { m in
            SensePrototypes(
                of: gaussians(18 * d, seed: seed * 10 + UInt64(m)), dimension: d, count: K,
                steps: 4, floor: 0.05)
        }
        func transport() -> PrototypeTransport {
            PrototypeTransport(senses, smoothing: 0.7, tolerance: 1e-13, iterationsMax: 20_000)
        }
        let gradients = transport().gradients
        for m in 0..<count {
            let held = senses[m]
            let x = Buffer(held.rows)
            let error = finiteDifferenceError(x, gradient: gradients[m]) {
                senses[m] = held.moved(to: x.values)
                return transport().loss
            }
            senses[m] = held
            #expect(error < gradientErrorMax, "sense \(m)")
        }
    }

    @Test("Six senses are drawn together by way of a barycentre")
    func barycentre() {
        let (d, K, n) = (4, 3, 30)
        var rows: [[Double]] = (0..<6).map { m in
            (gaussians(n * d, seed: UInt64(m)) as [Double]).map { $0 + Double(m) }
        }
        func transport() -> PrototypeTransport {
            PrototypeTransport(
                rows.map {
                    SensePrototypes(of: $0, dimension: d, count: K, steps: 5, floor: 0.01)
                })
        }
        let first = transport()
        #expect(first.residual < DecAlignSettings.tolerance)
        for _ in 0..<50 {
            let gradients = transport().gradients
            for m in rows.indices {
                for k in rows[m].indices { rows[m][k] -= 5 * gradients[m][k] }
            }
        }
        #expect(transport().loss < first.loss / 2)
    }

    @Test("EM finds clusters that lie apart", arguments: UInt64(0)..<5)
    func clusters(seed: UInt64) {
        let (d, n) = (5, 300)
        var dice = SeededGenerator(seed: seed)
        let centres = (0..<3).map { k in (0..<d).map { $0 == k ? 8.0 : 0.0 } }
        let rows = (0..<n).flatMap { i in centres[i % 3].map { $0 + dice.gaussian() } }
        var mixture = DiagonalMixture(startingAt: rows, dimension: d, count: 3, floor: 1e-4)
        mixture.fit(to: rows, steps: 20, floor: 1e-4)
        // Rows 0, 150 and 299 begin in clusters 0, 0 and 2: two means must part by themselves, or
        // one is left over. What lies apart is found where each begins in its own.
        var apart = DiagonalMixture(
            weights: [0.2, 0.3, 0.5], means: Array(rows[..<(3 * d)]),
            variances: [Double](repeating: 9, count: 3 * d))
        apart.fit(to: rows, steps: 20, floor: 1e-4)
        for k in 0..<3 {
            #expect(abs(apart.weights[k] - 1.0 / 3) < 0.01)
            for j in 0..<d {
                #expect(abs(apart.means[k * d + j] - centres[k][j]) < 0.5)
                #expect(abs(apart.variances[k * d + j] - 1) < 0.5)
            }
        }
        #expect(mixture.weights.reduce(0, +) > 0.999)
        #expect(
            apart.oddness(of: centres[0].map { Float($0) }) < apart.oddness(of: [4, 4, 4, 4, 4]))
    }
}
