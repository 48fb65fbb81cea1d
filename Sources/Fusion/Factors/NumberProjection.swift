import Signals

/// Takes directions out of the numbers of one sense: what moves along them is not seen any more.
///
/// With the numbers in standard deviations, `y = (x − m) / s`, and orthonormal directions, the rows of U,
/// ```
/// y' = y − Uᵀ U y,   x' = m + s y'
/// ```
/// An orthogonal projection of y: done twice it is done once, and `x + c s Uₖ` becomes what x becomes. A
/// difference of two vectors has no m.
package struct NumberProjection: Equatable, Sendable {
    /// m, in the unit of the numbers.
    package let centre: [Float]
    /// s, positive.
    package let scale: [Float]
    /// U, `count × dimension`, row-major.
    package let directions: [Float]

    package static let countMax = 8

    package var dimension: Int { centre.count }
    package var count: Int { dimension > 0 ? directions.count / dimension : 0 }

    /// `nil` unless scales are positive, all is finite and there are 1 to `countMax` directions.
    package init?(centre: [Float], scale: [Float], directions: [Float]) {
        guard !centre.isEmpty, scale.count == centre.count,
            directions.count.isMultiple(of: centre.count),
            (1...Self.countMax).contains(directions.count / centre.count),
            scale.allSatisfy({ $0 > 0 && $0.isFinite }),
            (centre + directions).allSatisfy(\.isFinite)
        else { return nil }
        self.centre = centre
        self.scale = scale
        self.directions = directions
    }

    /// A vector in the unit of the numbers.
    package func project(_ x: inout [Float]) {
        x.withUnsafeMutableBufferPointer { project($0, from: centre) }
    }

    /// The difference of two such vectors.
    package func project(change x: inout [Float]) {
        x.withUnsafeMutableBufferPointer { project(change: $0) }
    }

    package func project(_ x: UnsafeMutableBufferPointer<Float>) { project(x, from: centre) }

    package func project(change x: UnsafeMutableBufferPointer<Float>) { project(x, from: nil) }

    private func project(_ x: UnsafeMutableBufferPointer<Float>, from centre: [Float]?) {
        precondition(x.count == dimension, "a vector has the projection's dimension")
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { along in
            for k in 0..<count {
                var sum = 0.0
                for j in x.indices {
                    let y = Double(x[j] - (centre?[j] ?? 0)) / Double(scale[j])
                    sum += Double(directions[k * dimension + j]) * y
                }
                along[k] = sum
            }
            for j in x.indices {
                var sum = 0.0
                for k in 0..<count { sum += along[k] * Double(directions[k * dimension + j]) }
                x[j] = Float(Double(x[j]) - sum * Double(scale[j]))
            }
        }
    }

    func write(to writer: inout ByteWriter) {
        for block in [centre, scale, directions] { writer.write(block) }
    }

    init(from reader: inout ByteReader) throws {
        guard
            let projection = NumberProjection(
                centre: try reader.readFloats(), scale: try reader.readFloats(),
                directions: try reader.readFloats())
        else {
            throw FusionModel.Malformed(reason: "directions of a factor do not fit their sense")
        }
        self = projection
    }
}
