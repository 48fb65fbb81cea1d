/// Bytes being gathered for one write; emptied and used again, so that steady work allocates
/// nothing.
struct ByteBuffer: ~Copyable {
    private var storage: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(capacity: Int) {
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        storage.deallocate()
    }

    /// Empties the buffer. Room beyond `capacityMax` bytes, left by one huge batch, is given back.
    mutating func removeAll(capacityMax: Int) {
        count = 0
        guard storage.count > capacityMax else { return }
        storage.deallocate()
        storage = .allocate(byteCount: capacityMax, alignment: 16)
    }

    mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        let bytes = MemoryLayout<Number>.size
        reserve(bytes)
        storage.storeBytes(of: number.littleEndian, toByteOffset: count, as: Number.self)
        count += bytes
    }

    mutating func append(bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        (storage.baseAddress! + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Overwrites what was appended at `offset`.
    mutating func set(_ number: UInt32, at offset: Int) {
        precondition(offset + 4 <= count, "only what was appended can be overwritten")
        storage.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    /// Valid until the buffer is next changed.
    func bytes(from start: Int = 0) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: storage[start..<count])
    }

    private mutating func reserve(_ more: Int) {
        guard count + more > storage.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(count + more, 2 * storage.count), alignment: 16)
        larger.baseAddress!.copyMemory(from: storage.baseAddress!, byteCount: count)
        storage.deallocate()
        storage = larger
    }
}

extension UnsafeRawBufferPointer {
    /// The little-endian number at `offset`, which must lie within.
    func read<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type, at offset: Int) -> Number
    {
        Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
