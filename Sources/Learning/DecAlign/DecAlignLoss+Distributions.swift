import Fusion
import LinearAlgebra

/// The terms between senses: their prototypes are carried, their distributions matched.
extension DecAlignLoss {
    /// L_hete and the residual.
    func carry(weight: Double) -> (loss: Double, residual: Double) {
        let d = dimension
        let chosen = senses.filter { $0.present.count >= 2 * settings.prototypes }
        guard chosen.count >= 2 else { return (0, 0) }
        var units: [Double] = []
        let prototypes = chosen.map { sense -> SensePrototypes in
            let n = sense.present.count
            var x = [Double](repeating: 0, count: n * d)
            var square = 0.0
            for i in 0..<n {
                for j in 0..<d {
                    x[i * d + j] = Double(sense.parts.base[i * 2 * d + j])
                    square += x[i * d + j] * x[i * d + j]
                }
            }
            let unit = max(1e-8, (square / Double(n * d)).squareRoot())
            for k in x.indices { x[k] /= unit }
            units.append(unit)
            return SensePrototypes(
                of: x, dimension: d, count: settings.prototypes, steps: DecAlignSettings.steps,
                floor: DecAlignSettings.varianceFloor)
        }
        let transport = PrototypeTransport(prototypes)
        for (m, sense) in chosen.enumerated() {
            let (x, g) = (prototypes[m].rows, transport.gradients[m])
            let along = zip(x, g).reduce(0) { $0 + $1.0 * $1.1 } / Double(x.count)
            for i in 0..<sense.present.count {
                for j in 0..<d {
                    let k = i * d + j
                    sense.dParts.base[i * 2 * d + j] += S(weight * (g[k] - x[k] * along) / units[m])
                }
            }
        }
        return (weight * transport.loss, transport.residual)
    }

    func match(weight: Double) -> Double {
        let chosen = senses.filter { $0.present.count >= 2 }
        guard chosen.count >= 2 else { return 0 }
        let whole = chosen.map {
            DistributionMatching.Rows(
                x: $0.common, gradient: $0.dCommon, count: $0.present.count)
        }
        let some = chosen.map {
            DistributionMatching.Rows(
                x: $0.common, gradient: $0.dCommon,
                count: min($0.present.count, DecAlignSettings.matchedRowsMax))
        }
        return DistributionMatching.moments(whole, dimension: dimension, weight: weight)
            + DistributionMatching.discrepancy(
                some, dimension: dimension,
                bandwidth: DistributionMatching.bandwidth(some, dimension: dimension),
                weight: weight)
    }
}
