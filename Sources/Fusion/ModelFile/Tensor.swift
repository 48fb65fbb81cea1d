/// Numbers with a shape, row-major: one named entry of a model file.
package struct Tensor: Equatable, Sendable {
    /// Length of each axis; empty for a single number.
    package let shape: [Int]
    /// `shape.reduce(1, *)` numbers, the last axis fastest.
    package let values: [Float]

    package init(shape: [Int], values: [Float]) {
        precondition(shape.allSatisfy { $0 >= 0 }, "an axis has no negative length")
        precondition(
            shape.reduce(1, *) == values.count, "\(values.count) numbers in the shape \(shape)")
        self.shape = shape
        self.values = values
    }

    /// The numbers as safetensors keeps them: IEEE 754 single precision, little-endian.
    var littleEndian: [UInt8] {
        #if _endian(little)
            values.withUnsafeBytes { Array($0) }
        #else
            values.flatMap { value in
                withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
            }
        #endif
    }

    /// Reads `shape.reduce(1, *)` numbers; the caller saw to it that there are that many bytes.
    init(shape: [Int], littleEndian bytes: ArraySlice<UInt8>) {
        let values = bytes.withUnsafeBytes { stored in
            stride(from: 0, to: stored.count, by: 4).map { offset in
                Float(
                    bitPattern: UInt32(
                        littleEndian: stored.loadUnaligned(
                            fromByteOffset: offset, as: UInt32.self)))
            }
        }
        self.init(shape: shape, values: values)
    }
}
