import Foundation  // `asinh`.
import LinearAlgebra
import Signals

/// The inverse of a sense's shrunk covariance, by its principal components.
///
/// The sample covariance S of n windows with D features is drawn towards a multiple of the identity,
/// ```
/// Σ = (1 − ρ) S + ρ μ I,   μ = tr S / D,
/// ρ = min(1, Σᵢ ‖xᵢ xᵢᵀ − S‖² / n² / ‖S − μ I‖²)
/// ```
/// as Ledoit and Wolf (2004) show to be closest to the truth. What k components leave over has one
/// common variance.
struct ShrunkMetric: Equatable, Sendable {
    /// Of each component: λ of Σ.
    private let variances: [Float]
    /// Of every feature outside the components.
    private let rest: Double

    var componentCount: Int { variances.count }

    init(of x: Matrix, components: PrincipalComponents) {
        let d = Double(x.columns)
        let n = Double(x.rows)
        let mu = components.totalVariance / d
        let spread = components.squaredVariances - d * mu * mu
        var fourth = 0.0
        for row in 0..<x.rows {
            let square = x.row(row).reduce(0) { $0 + $1 * $1 }
            fourth += square * square
        }
        let noise = (fourth / n - components.squaredVariances) / n
        let rho = spread > 0 ? max(0, min(1, noise / spread)) : 1
        variances = components.variances.map { Float((1 - rho) * $0 + rho * mu) }
        let left = max(0, components.totalVariance - components.variances.reduce(0, +))
        let outside = max(1, d - Double(components.variances.count))
        rest = (1 - rho) * left / outside + rho * mu + 1e-9
    }

    /// The scores t in standard deviations.
    func whitened(_ scores: [Float]) -> [Float] {
        scores.indices.map { scores[$0] / variances[$0].squareRoot() }
    }

    /// `xᵀ Σ⁻¹ y`, of features x and y with their scores.
    private func inner(
        _ x: [Float], _ xScores: [Float], _ y: [Float], _ yScores: [Float]
    ) -> Double {
        var inside = 0.0
        var weighted = 0.0
        for j in variances.indices {
            let product = Double(xScores[j]) * Double(yScores[j])
            inside += product
            weighted += product / Double(variances[j])
        }
        return weighted + (dot(x, y) - inside) / rest
    }

    /// How far x lies in the direction of the level l, as far as l itself does.
    func shift(_ x: [Float], _ xScores: [Float], from l: [Float], _ lScores: [Float]) -> Double {
        let length = max(inner(l, lScores, l, lScores), 1e-12).squareRoot()
        let along = inner(x, xScores, l, lScores) / length
        return asinh(3 * min(along, length) / Double(x.count).squareRoot())
    }

    func write(to writer: inout ByteWriter) {
        writer.write(variances)
        writer.write(rest)
    }

    init(from reader: inout ByteReader) throws {
        variances = try reader.readFloats()
        rest = try reader.readDouble()
    }
}
