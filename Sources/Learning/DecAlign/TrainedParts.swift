package import Fusion
package import Signals

/// What a finished training makes of its windows' two parts: networks whose common part is held to what
/// senses share, the mixture of each sense's own part, and the regimes, where the centroids of the
/// common parts gather.
package struct TrainedParts {
    package let networks: [StreamName: SenseNetwork]
    /// What the common parts were held to; `nil` when they stay as they were trained.
    package let directions: SharedDirections?
    package let mixtures: [StreamName: DiagonalMixture]
    package let regimes: Prototypes
    /// Rows looked at, in order, and which regime each belongs to; `nil` with fewer than two senses.
    package let rows: [Int]
    package let regimeOfRow: [Int?]

    /// Windows looked at: more say little more.
    private static let rowsMax = 4096
    private static let regimesMax = 8

    /// - Parameters:
    ///   - rows: that were trained on.
    ///   - networks: with own parts; senses without one are left out.
    ///   - prototypes: Gaussians per sense.
    /// - Throws: what `rows` throws.
    package init(
        of rows: any TrainingRows, networks: [StreamName: SenseNetwork], prototypes: Int
    ) throws {
        let count = min(rows.count, Self.rowsMax)
        let chosen = (0..<count).map { $0 * rows.count / count }
        var common = [[[Float]?]](
            repeating: [[Float]?](repeating: nil, count: count), count: rows.senses.count)
        var mixtures: [StreamName: DiagonalMixture] = [:]
        func numbers(_ m: Int, _ row: Int, of network: SenseNetwork) throws -> [Float] {
            var numbers = [Float](repeating: 0, count: network.architecture.rowWidth)
            try numbers.withUnsafeMutableBufferPointer { try rows.fill([row], sense: m, into: $0) }
            return numbers
        }
        // What every sense shows the others, with attention: by sense, then by row looked at.
        let shown = try rows.senses.enumerated().map { m, sense -> [[Float]?] in
            guard let network = networks[sense.name], network.attention != nil else {
                return [[Float]?](repeating: nil, count: count)
            }
            return try chosen.map {
                rows.isPresent(m, in: $0) ? network.sequence(try numbers(m, $0, of: network)) : nil
            }
        }
        // The order in which service has them.
        let order = rows.senses.indices.sorted { rows.senses[$0].name < rows.senses[$1].name }
        for (m, sense) in rows.senses.enumerated() {
            guard let network = networks[sense.name] else { continue }
            var own: [Double] = []
            for (slot, row) in chosen.enumerated() where rows.isPresent(m, in: row) {
                let numbers = try numbers(m, row, of: network)
                let parts =
                    shown[m][slot].map { sequence in
                        network.parts(
                            numbers, showing: sequence,
                            beside: order.compactMap { $0 == m ? nil : shown[$0][slot] })
                    } ?? network.parts(numbers)
                common[m][slot] = parts.common
                own += (parts.own ?? []).map(Double.init)
            }
            guard let d = network.architecture.ownDimension, own.count >= 2 * d else { continue }
            mixtures[sense.name] = DiagonalMixture(
                ofOwnParts: own, dimension: d, count: prototypes)
        }
        self.mixtures = mixtures
        let directions = SharedDirections(
            of: common, dimension: networks.values.first?.architecture.dimension ?? 0)
        self.directions = directions
        self.networks = networks.mapValues { directions?.hold($0) ?? $0 }
        let anchors = (0..<count).map { slot in
            let parts = rows.senses.enumerated().compactMap { m, sense in
                common[m][slot].map { (sense.name, directions?.hold($0) ?? $0) }
            }
            return parts.count >= 2 ? Anchor(of: parts, vanishing: 0)?.centroid : nil
        }
        let regimes = Prototypes(
            of: anchors.compactMap(\.self), max: min(Self.regimesMax, max(1, count / 50)))
        self.regimes = regimes
        self.rows = chosen
        regimeOfRow = anchors.map { $0.flatMap { regimes.nearest(to: $0) } }
    }
}
