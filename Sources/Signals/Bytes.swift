/// Writes numbers and texts as little-endian bytes: the form of stored models and summaries.
package struct ByteWriter: Sendable {
    @usableFromInline package internal(set) var bytes: [UInt8] = []

    package init() {}

    @inlinable package mutating func write(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func write(_ value: Float) { write(value.bitPattern) }
    package mutating func write(_ value: Double) { write(value.bitPattern) }
    package mutating func write(_ value: Bool) { write(UInt8(value ? 1 : 0)) }

    package mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// A flag, and the number if there is one.
    package mutating func write(_ value: Int64?) {
        write(value != nil)
        if let value { write(value) }
    }

    package mutating func write(_ values: [Float]) {
        write(UInt32(values.count))
        append(values) { $0.bitPattern }
    }

    package mutating func write(_ values: [Double]) {
        write(UInt32(values.count))
        append(values) { $0.bitPattern }
    }

    @inlinable package mutating func write(_ values: [some FixedWidthInteger]) {
        write(UInt32(values.count))
        append(values) { $0 }
    }

    /// States and summaries are mostly such columns: one copy where the machine's order is ours.
    @inlinable mutating func append<Value, Number: FixedWidthInteger>(
        _ values: [Value], _ number: (Value) -> Number
    ) {
        #if _endian(little)
            values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        #else
            for value in values { write(number(value)) }
        #endif
    }
}

/// Reads what `ByteWriter` wrote; a short or torn text throws instead of trapping.
package struct ByteReader {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var position = 0

    package struct Truncated: Error, CustomStringConvertible {
        package let position: Int
        package var description: String { "the stored bytes end at \(position), before their time" }
    }

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var isAtEnd: Bool { position == bytes.count }

    @usableFromInline mutating func take(_ count: Int) throws(Truncated) -> Int {
        guard count >= 0, count <= bytes.count - position else {
            throw Truncated(position: bytes.count)
        }
        defer { position += count }
        return position
    }

    @inlinable package mutating func read<T: FixedWidthInteger>(_: T.Type) throws(Truncated) -> T {
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

    /// A number that `write(_: Int64?)` wrote.
    package mutating func readOptional() throws(Truncated) -> Int64? {
        try readBool() ? try read(Int64.self) : nil
    }

    package mutating func readFloats() throws(Truncated) -> [Float] {
        try readColumn { Float(bitPattern: $0) }
    }

    package mutating func readDoubles() throws(Truncated) -> [Double] {
        try readColumn { Double(bitPattern: $0) }
    }

    @inlinable package mutating func readIntegers<T: FixedWidthInteger>(
        _: T.Type
    ) throws(Truncated) -> [T] {
        #if _endian(little)
            // One copy: number by number is slow wherever the compiler has not made this for one type.
            let size = MemoryLayout<T>.size
            let count = try readCount(elementBytes: size)
            let start = try take(count * size)
            return bytes.withUnsafeBytes { stored in
                [T](unsafeUninitializedCapacity: count) { column, filled in
                    UnsafeMutableRawBufferPointer(column).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: stored[start..<start + count * size])
                    )
                    filled = count
                }
            }
        #else
            return try readColumn { (number: T) in number }
        #endif
    }

    @inlinable mutating func readColumn<Value, Number: FixedWidthInteger>(
        _ value: (Number) -> Value
    ) throws(Truncated) -> [Value] {
        let size = MemoryLayout<Number>.size
        let count = try readCount(elementBytes: size)
        let start = try take(count * size)
        return bytes.withUnsafeBytes { stored in
            [Value](unsafeUninitializedCapacity: count) { column, filled in
                for index in 0..<count {
                    let number = stored.loadUnaligned(
                        fromByteOffset: start + index * size, as: Number.self)
                    column.initializeElement(at: index, to: value(Number(littleEndian: number)))
                }
                filled = count
            }
        }
    }
}

/// FNV-1a, 64 bits: a stable fingerprint, the same on every machine and in every run. Not a defence
/// against someone who wants a collision.
package struct Fingerprint: Sendable {
    @usableFromInline package internal(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    @inlinable package mutating func add(_ bytes: some Sequence<UInt8>) {
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
