/// Little-endian numbers as they come, with or without eight bytes of time before them.
enum RawVector {
    /// Reads exactly `dimension` numbers.
    static func numbers(
        in bytes: UnsafeBufferPointer<UInt8>, isDouble: Bool, dimension: Int
    ) throws(Refusal) -> [Float] {
        let width = isDouble ? 8 : 4
        guard bytes.count % width == 0 else {
            throw Refusal(.wrongLength, expected: dimension * width, found: bytes.count)
        }
        guard bytes.count == dimension * width else {
            throw Refusal(.wrongDimension, expected: dimension, found: bytes.count / width)
        }
        let raw = UnsafeRawBufferPointer(bytes)
        var allFinite = true
        let numbers = [Float](unsafeUninitializedCapacity: dimension) { buffer, count in
            for i in 0..<dimension {
                let number =
                    isDouble
                    ? Float(Double(bitPattern: raw.littleEndian(UInt64.self, at: i * 8)))
                    : Float(bitPattern: raw.littleEndian(UInt32.self, at: i * 4))
                allFinite = allFinite && number.isFinite
                buffer.initializeElement(at: i, to: number)
            }
            count = dimension
        }
        guard allFinite else { throw Refusal(.notFinite) }
        return numbers
    }

    /// Splits off the head: unsigned milliseconds since 1970.
    static func head(
        of bytes: UnsafeBufferPointer<UInt8>
    ) throws(Refusal) -> (milliseconds: UInt64, rest: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= 8 else { throw Refusal(.wrongLength, found: bytes.count) }
        let milliseconds = UnsafeRawBufferPointer(bytes).littleEndian(UInt64.self, at: 0)
        return (milliseconds, UnsafeBufferPointer(rebasing: bytes[8...]))
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func littleEndian<Word: FixedWidthInteger & BitwiseCopyable>(
        _: Word.Type, at offset: Int
    ) -> Word {
        Word(littleEndian: loadUnaligned(fromByteOffset: offset, as: Word.self))
    }
}
