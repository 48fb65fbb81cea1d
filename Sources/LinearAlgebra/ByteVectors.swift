private import CBLASKernels

/// Directions in a space of `width` numbers, a byte each: an eighth of the room that doubles take.
///
/// A row holds `xⱼ = round(127 zⱼ / maxⱼ |zⱼ|)` of a vector z. Its length is left out: what is compared
/// are directions, and the unit vector comes back as `x / ‖x‖`. With b = max |zⱼ| / ‖z‖ the direction is off by
/// no more than `b √d / 254` in length (half a step in every number), so a cosine by no more than that;
/// at random signs by √d less.
package struct ByteVectors: Equatable, Sendable {
    package let width: Int
    /// `count × width`, row-major.
    package private(set) var numbers: [Int8]
    /// `1 / ‖x‖` of each row; 0 of a row of zeros, which is like nothing.
    package private(set) var inverseLengths: [Float]

    package var count: Int { inverseLengths.count }

    package init(width: Int) {
        precondition(width > 0, "a direction needs at least one number")
        self.width = width
        numbers = []
        inverseLengths = []
    }

    /// Rows that were taken from `numbers` before.
    package init(width: Int, numbers: [Int8]) {
        precondition(width > 0 && numbers.count.isMultiple(of: width), "whole rows of \(width)")
        self.width = width
        self.numbers = numbers
        inverseLengths = []
        inverseLengths.reserveCapacity(numbers.count / width)
        numbers.withUnsafeBufferPointer { numbers in
            for start in stride(from: 0, to: numbers.count, by: width) {
                var sum: Int32 = 0
                for k in start..<start + width { sum &+= Int32(numbers[k]) &* Int32(numbers[k]) }
                inverseLengths.append(sum > 0 ? 1 / Float(sum).squareRoot() : 0)
            }
        }
    }

    /// The bytes of one vector of any length; all 0 for a vector that vanishes or is not finite.
    package static func bytes(of vector: [Float]) -> [Int8] {
        let most = vector.reduce(0) { max($0, abs($1)) }
        guard most > 0, most.isFinite, vector.allSatisfy(\.isFinite) else {
            return [Int8](repeating: 0, count: vector.count)
        }
        return vector.map { Int8(($0 / most * 127).rounded()) }
    }

    package mutating func append(_ bytes: [Int8]) {
        precondition(bytes.count == width, "\(bytes.count) bytes are no row of \(width)")
        numbers.append(contentsOf: bytes)
        var sum: Int32 = 0
        for byte in bytes { sum &+= Int32(byte) &* Int32(byte) }
        inverseLengths.append(sum > 0 ? 1 / Float(sum).squareRoot() : 0)
    }

    package func row(_ index: Int) -> ArraySlice<Int8> {
        numbers[index * width..<(index + 1) * width]
    }

    /// The unit vector of one row.
    package func direction(_ index: Int) -> [Float] {
        row(index).map { Float($0) * inverseLengths[index] }
    }

    /// The cosines of rows `range` with `query`, into `cosines`, which has room for so many.
    package func cosines(
        of range: Range<Int>, with query: ByteQuery, into cosines: inout [Float]
    ) {
        precondition(query.numbers.count == width, "query and rows are of one space")
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count, "rows \(range) of \(count)")
        guard !range.isEmpty else { return }
        precondition(cosines.count >= range.count, "no room for \(range.count) cosines")
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: range.count) { sums in
            numbers.withUnsafeBufferPointer { rows in
                byte_products(
                    rows.baseAddress! + range.lowerBound * width, range.count, width,
                    query.numbers, sums.baseAddress!)
            }
            for k in 0..<range.count {
                cosines[k] =
                    Float(sums[k]) * query.scale * inverseLengths[range.lowerBound + k]
            }
        }
    }

    /// The cosine of one row with `query`.
    package func cosine(_ index: Int, with query: ByteQuery) -> Float {
        precondition(query.numbers.count == width, "query and rows are of one space")
        var sum: Int32 = 0
        numbers.withUnsafeBufferPointer { rows in
            byte_products(rows.baseAddress! + index * width, 1, width, query.numbers, &sum)
        }
        return Float(sum) * query.scale * inverseLengths[index]
    }
}

/// A direction that rows of bytes are compared with, in sixteen bits: it adds no error worth naming.
package struct ByteQuery: Equatable, Sendable {
    package let numbers: [Int16]
    /// What an integer product is to be multiplied by.
    package let scale: Float

    /// - Parameter vector: of any length; `nil` when it vanishes or is not finite.
    package init?(_ vector: [Float]) {
        let length = norm(vector)
        guard length > 1e-12, length.isFinite else { return nil }
        let most = vector.reduce(0) { max($0, abs($1)) }
        // Σ |x q| ≤ d · 127 · top stays within 32 bits.
        let top = min(Float(Int16.max), Float(Int32.max / 127 / Int32(vector.count)) - 1)
        let step = top / most
        numbers = vector.map { Int16(($0 * step).rounded()) }
        scale = 1 / (step * Float(length))
    }
}
