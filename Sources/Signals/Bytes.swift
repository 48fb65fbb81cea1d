/// Writes numbers and texts as little-endian bytes: the form of stored models and summaries.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func write(_ value: Float) { write(value.bitPattern) }
    package mutating func write(_ value: Double) { write(value.bitPattern) }
    package mutating func write(_ value: Bool) { write(UInt8(value ? 1 : 0)) }

    package mutating func write(_ text: String) {
        let utf8 = Array(text.utf8)
        write(UInt32(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    package mutating func write(_ values: [Float]) {
        write(UInt32(values.count))
        for value in values { write(value) }
    }

    package mutating func write(_ values: [Double]) {
        write(UInt32(values.count))
        for value in values { write(value) }
    }

    package mutating func write(_ values: [some FixedWidthInteger]) {
        write(UInt32(values.count))
        for value in values { write(value) }
    }
}

/// Reads what `ByteWriter` wrote; a short or torn text throws instead of trapping.
package struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    package struct Truncated: Error, CustomStringConvertible {
        package let position: Int
        package var description: String { "the stored bytes end at \(position), before their time" }
    }

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var isAtEnd: Bool { position == bytes.count }

    private mutating func take(_ count: Int) throws(Truncated) -> Int {
        guard count >= 0, count <= bytes.count - position else {
            throw Truncated(position: bytes.count)
        }
        defer { position += count }
        return position
    }

    package mutating func read<T: FixedWidthInteger>(_: T.Type) throws(Truncated) -> T {
        let start = try take(MemoryLayout<T>.size)
        return bytes.withUnsafeBytes {
            T(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: T.self))
        }
    }

    package mutating func readFloat() throws(Truncated) -> Float {
        Float(bitPattern: try read(UInt32.self))
    }

    package mutating func readDouble() throws(Truncated) -> Double {
        Double(bitPattern: try read(UInt64.self))
    }

    package mutating func readBool() throws(Truncated) -> Bool { try read(UInt8.self) != 0 }

    /// A count of elements that each take at least `size` bytes: a torn length is caught here.
    package mutating func readCount(elementBytes size: Int) throws(Truncated) -> Int {
        let count = Int(try read(UInt32.self))
        guard count * size <= bytes.count - position else { throw Truncated(position: bytes.count) }
        return count
    }

    package mutating func readString() throws(Truncated) -> String {
        let count = try readCount(elementBytes: 1)
        let start = try take(count)
        return String(decoding: bytes[start..<start + count], as: UTF8.self)
    }

    package mutating func readFloats() throws(Truncated) -> [Float] {
        let count = try readCount(elementBytes: 4)
        var values: [Float] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try readFloat()) }
        return values
    }

    package mutating func readDoubles() throws(Truncated) -> [Double] {
        let count = try readCount(elementBytes: 8)
        var values: [Double] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try readDouble()) }
        return values
    }

    package mutating func readIntegers<T: FixedWidthInteger>(_: T.Type) throws(Truncated) -> [T] {
        let count = try readCount(elementBytes: MemoryLayout<T>.size)
        var values: [T] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(T.self)) }
        return values
    }
}

/// FNV-1a, 64 bits: a stable fingerprint, the same on every machine and in every run. Not a defence
/// against someone who wants a collision.
package struct Fingerprint: Sendable {
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    package mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    /// Sixteen hexadecimal digits.
    package var hex: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    package static func hex(of bytes: some Sequence<UInt8>) -> String {
        var fingerprint = Fingerprint()
        fingerprint.add(bytes)
        return fingerprint.hex
    }
}
