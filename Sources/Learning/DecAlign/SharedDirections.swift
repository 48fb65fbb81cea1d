import Foundation  // `pow`.
import Fusion
import LinearAlgebra

/// The directions of the common space in which senses really meet.
///
/// No term of the loss empties a direction that senses have nothing to share in: there the shared head
/// keeps what chance gave it, or what the reconstruction put there, which is each sense's own. So the
/// last step of a training finds the directions that have more of what is shared than of what is not,
/// and holds the head to them.
/// ```
/// S = mean over senses m of E z_m z_mᵀ,   B = mean over pairs m ≠ m′ of E z_m z_m′ᵀ
/// B w = ρ S w,  wᵀ S w = 1;   P = Σ over ρ ≥ ½ of w (S w)ᵀ;   h ↦ h P for rows h of the head
/// ```
/// ρ is the share of a direction's mean square that senses have in common (correlated components:
/// Dmochowski et al. 2012; here of second moments, so that the mean, which tells nothing, stays).
package struct SharedDirections: Sendable {
    /// ρ of all directions, largest first.
    package let shares: [Double]
    /// Directions held to.
    package let count: Int
    /// P, `d × d`: rows are multiplied by it from the right.
    let projection: Matrix

    /// ρ from which a direction is more shared than not.
    package static let shareMin = 0.5
    /// A unit vector of one direction has nothing left to say.
    private static let countMin = 2
    /// Added to S, in its mean eigenvalue: directions that a head does not use at all have no share.
    private static let ridge = 1e-6

    /// `z` holds the common parts of each sense by row, `nil` where the sense is absent; `dimension` is d.
    /// `nil` with fewer than two directions to hold to, or no rows to find them on.
    package init?(of z: [[[Float]?]], dimension d: Int) {
        var within = Matrix(rows: d, columns: d)
        var between = within
        var (senses, pairs) = (0.0, 0.0)
        for a in z.indices {
            for b in z.indices where b <= a {
                let rows = z[a].indices.filter { z[a][$0] != nil && z[b][$0] != nil }
                guard rows.count >= 2 else { continue }
                func matrix(_ m: Int) -> Matrix {
                    Matrix(
                        rows: rows.count, columns: d,
                        elements: rows.flatMap { z[m][$0]!.map(Double.init) })
                }
                let moment = matrix(a).transposedTimes(matrix(b)).scaled(
                    by: 1 / Double(rows.count))
                if a == b {
                    within = within.adding(moment)
                    senses += 1
                } else {
                    between = between.adding(moment)
                    pairs += 1
                }
            }
        }
        guard pairs > 0 else { return nil }
        within = within.scaled(by: 1 / senses)
        let trace = (0..<d).reduce(0) { $0 + within[$1, $1] }
        for j in 0..<d { within[j, j] += Self.ridge * trace / Double(d) }
        // Either order of a pair counts alike.
        let both = Matrix(
            rows: d, columns: d,
            elements: (0..<d * d).map {
                (between[$0 / d, $0 % d] + between[$0 % d, $0 / d]) / (2 * pairs)
            })
        // S = V λ Vᵀ, so that with w = S^(−½) v the problem is an ordinary one.
        guard let spread = SymmetricEigen(within), let smallest = spread.values.last, smallest > 0
        else { return nil }
        func power(_ exponent: Double) -> Matrix {
            var scaled = spread.vectors
            for k in scaled.elements.indices {
                scaled.elements[k] *= pow(spread.values[k / d], exponent)
            }
            return spread.vectors.transposedTimes(scaled)
        }
        let (root, inverse) = (power(0.5), power(-0.5))
        guard let shared = SymmetricEigen(inverse.times(both).times(inverse)) else { return nil }
        shares = shared.values
        count = shares.count { $0 >= Self.shareMin }
        guard count >= Self.countMin else { return nil }
        let kept = shared.vectors.selecting(rows: Array(0..<count))
        projection = inverse.times(kept.transposedTimes(kept)).times(root)
    }

    /// The network with its common head held to the directions; its own part stays.
    func hold(_ network: SenseNetwork) -> SenseNetwork {
        let architecture = network.architecture
        guard let head = architecture.layers.last else { return network }
        let d = architecture.dimension
        var parameters = network.parameters
        // Row by row of the weight, then the bias; the common part comes first.
        for row in 0...head.inputs {
            let first = head.offset + row * head.outputs
            let told = Matrix(
                rows: 1, columns: d,
                elements: network.parameters[first..<first + d].map(Double.init)
            ).times(projection)
            for j in 0..<d { parameters[first + j] = Float(told[0, j]) }
        }
        return SenseNetwork(
            architecture: architecture, mean: network.mean, scale: network.scale,
            parameters: parameters)
    }

    /// The place of a row whose common part was `z`, of unit length.
    func hold(_ z: [Float]) -> [Float] {
        let told = Matrix(rows: 1, columns: z.count, elements: z.map(Double.init)).times(projection)
        let length = told.elements.reduce(0) { $0 + $1 * $1 }.squareRoot() + 1e-8
        return told.elements.map { Float($0 / length) }
    }
}
