import LinearAlgebra
import Signals

/// The places in the unified space where normal anchors gather: k-means of the fit's anchors.
package struct Prototypes: Equatable, Sendable {
    package let centres: [[Float]]

    /// Lloyd's iteration from a farthest-first start (Gonzalez 1985): no dice, same input, same
    /// centres.
    ///
    /// - Parameters:
    ///   - anchors: unit length, all of one dimension.
    ///   - count: of centres at most.
    ///   - known: places to begin at, such as a trained model's regimes. Those that are nearest to
    ///     no anchor are left out: what this machine never does is no prototype of its normal.
    ///   - iterationsMax: of Lloyd's; it ends earlier when no anchor changes its centre.
    package init(
        of anchors: [[Float]], max count: Int, from known: Prototypes = Prototypes(centres: []),
        iterationsMax: Int = 20
    ) {
        guard let first = anchors.first, count > 0 else {
            centres = []
            return
        }
        let visited = Set(anchors.compactMap(known.nearest))
        var centres = known.centres.indices.filter(visited.contains).prefix(count).map {
            known.centres[$0]
        }
        if centres.isEmpty { centres = [first] }
        var nearest = anchors.map { anchor in
            centres.reduce(Float.infinity) { min($0, squaredDistance(anchor, $1)) }
        }
        while centres.count < count {
            var far = 0
            for i in nearest.indices where nearest[i] > nearest[far] { far = i }
            guard nearest[far] > 1e-8 else { break }
            centres.append(anchors[far])
            for i in nearest.indices {
                nearest[i] = min(nearest[i], squaredDistance(anchors[i], anchors[far]))
            }
        }
        var owner = [Int](repeating: -1, count: anchors.count)
        for _ in 0..<iterationsMax {
            let closest = anchors.map { anchor in
                var best = 0
                var least = Float.infinity
                for (k, centre) in centres.enumerated() {
                    let distance = squaredDistance(anchor, centre)
                    if distance < least { (best, least) = (k, distance) }
                }
                return best
            }
            if closest == owner { break }
            owner = closest
            for k in centres.indices {
                let members = anchors.indices.filter { owner[$0] == k }
                guard !members.isEmpty else { continue }
                centres[k] = first.indices.map { j in
                    members.reduce(0) { $0 + anchors[$1][j] } / Float(members.count)
                }
            }
        }
        self.centres = centres
    }

    package init(centres: [[Float]]) { self.centres = centres }

    /// The number of the nearest prototype, from 0; `nil` without prototypes.
    package func nearest(to anchor: [Float]) -> Int? {
        centres.indices.min {
            squaredDistance(centres[$0], anchor) < squaredDistance(centres[$1], anchor)
        }
    }

    /// Euclidean distance from an anchor to the nearest prototype; `nil` without prototypes.
    package func distance(to anchor: [Float]) -> Double? {
        centres.map { squaredDistance($0, anchor) }.min().map { Double($0).squareRoot() }
    }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt32(centres.count))
        for centre in centres { writer.write(centre) }
    }

    init(from reader: inout ByteReader) throws {
        var centres: [[Float]] = []
        for _ in 0..<(try reader.readCount(elementBytes: 4)) {
            centres.append(try reader.readFloats())
        }
        self.centres = centres
    }
}
