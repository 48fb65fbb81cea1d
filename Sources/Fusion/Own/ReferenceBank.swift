import LinearAlgebra
import Signals

/// Normal points of one sense, to measure distances to: at most `countMax`, evenly taken in order of
/// time, in sixteen bits a number.
///
/// With k nearest neighbours the distance follows where normal points are few (Ramaswamy et al.
/// 2000). A point that is in the bank itself, because the sense repeats a recording or a picture to
/// the bit, is no neighbour: it would make what calibrates look nearer than anything that comes later.
struct ReferenceBank: Equatable, Sendable {
    let dimension: Int
    /// `count × dimension`, row-major: the upper halves of `Float`s.
    private let points: [UInt16]
    /// Squared distance below which two points are the same one.
    private let same: Float

    static let countMax = 128

    var count: Int { dimension > 0 ? points.count / dimension : 0 }

    /// `nil` for fewer than eight points.
    init?(of rows: [[Float]]) {
        guard rows.count >= 8, let d = rows.first?.count, d > 0 else { return nil }
        let short = rows.map { $0.map(\.shortened) }
        var known: Set<[Float]> = []
        let distinct = short.filter { known.insert($0).inserted }
        let chosen = thinned(distinct, to: Self.countMax)
        dimension = d
        points = chosen.flatMap { $0.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) } }
        let bank = ReferenceBank(dimension: d, points: points, same: 0)
        let second = thinned(rows, to: 256).map { bank.nearest(to: $0, 2).last ?? 0 }.sorted()
        same = 0.05 * second[second.count / 2]
    }

    private init(dimension: Int, points: [UInt16], same: Float) {
        self.dimension = dimension
        self.points = points
        self.same = same
    }

    /// Squared distance to the `k`-th nearest point that is not `point` itself.
    func squaredDistance(to point: [Float], k: Int) -> Float {
        let near = nearest(to: point, k + 1)
        guard let first = near.first else { return 0 }
        return first < same ? near[near.count - 1] : near[min(k, near.count) - 1]
    }

    /// The smallest `k` squared distances, rising.
    private func nearest(to point: [Float], _ k: Int) -> [Float] {
        precondition(point.count == dimension, "a point has the bank's dimension")
        var best: [Float] = []
        best.reserveCapacity(k + 1)
        points.withUnsafeBufferPointer { points in
            point.withUnsafeBufferPointer { point in
                var start = 0
                while start < points.count {
                    var lanes = SIMD8<Float>()
                    var j = 0
                    while j + 8 <= dimension {
                        let half = UnsafeRawPointer(points.baseAddress! + start + j)
                            .loadUnaligned(as: SIMD8<UInt16>.self)
                        let upper = SIMD8<UInt32>(truncatingIfNeeded: half) &<< 16
                        let c =
                            UnsafeRawPointer(point.baseAddress! + j)
                            .loadUnaligned(as: SIMD8<Float>.self)
                            - unsafeBitCast(upper, to: SIMD8<Float>.self)
                        lanes += c * c
                        j += 8
                    }
                    var sum = lanes.sum()
                    while j < dimension {
                        let c = point[j] - Float(bitPattern: UInt32(points[start + j]) << 16)
                        sum += c * c
                        j += 1
                    }
                    start += dimension
                    if best.count == k, sum >= best[k - 1] { continue }
                    let place = best.firstIndex { $0 > sum } ?? best.count
                    best.insert(sum, at: place)
                    if best.count > k { best.removeLast() }
                }
            }
        }
        return best
    }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt32(dimension))
        writer.write(points)
        writer.write(same)
    }

    init(from reader: inout ByteReader) throws {
        dimension = Int(try reader.read(UInt32.self))
        points = try reader.readIntegers(UInt16.self)
        same = try reader.readFloat()
        guard dimension > 0, points.count.isMultiple(of: dimension), !points.isEmpty else {
            throw FusionModel.Malformed(reason: "a bank of normal points has no whole points")
        }
    }
}

/// At most `count` of the elements, evenly chosen, the first and the last among them.
func thinned<Element>(_ elements: [Element], to count: Int) -> [Element] {
    guard elements.count > count, count > 1 else { return elements }
    return (0..<count).map { elements[$0 * (elements.count - 1) / (count - 1)] }
}
