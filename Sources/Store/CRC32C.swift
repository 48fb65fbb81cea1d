/// The Castagnoli checksum: finds every burst of damage up to 32 bits, which a hash only probably
/// finds.
///
/// Eight tables take eight bytes a step, a tenth of a microsecond for an ordinary message. zlib's
/// polynomial is weaker at these lengths, and the processor's own instruction needs a build per
/// processor.
///
/// RFC 3720, B.4. Kounavis and Berry 2005, "A Systematic Approach to Building High Performance
/// Software-based CRC Generators".
enum CRC32C {
    /// Table `t`, entry `b`: what byte `b` does to the checksum `t` bytes further on.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1 }
            tables[byte] = crc
        }
        for slot in 256..<8 * 256 {
            let before = tables[slot - 256]
            tables[slot] = (before >> 8) ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()

    /// The checksum of `bytes`.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var crc = ~UInt32(0)
            var offset = 0
            while offset + 8 <= bytes.count {
                let word =
                    UInt64(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    ^ UInt64(crc)
                crc =
                    tables[7 * 256 + Int(word & 0xFF)]
                    ^ tables[6 * 256 + Int((word >> 8) & 0xFF)]
                    ^ tables[5 * 256 + Int((word >> 16) & 0xFF)]
                    ^ tables[4 * 256 + Int((word >> 24) & 0xFF)]
                    ^ tables[3 * 256 + Int((word >> 32) & 0xFF)]
                    ^ tables[2 * 256 + Int((word >> 40) & 0xFF)]
                    ^ tables[1 * 256 + Int((word >> 48) & 0xFF)]
                    ^ tables[Int(word >> 56)]
                offset += 8
            }
            while offset < bytes.count {
                crc = (crc >> 8) ^ tables[Int((crc ^ UInt32(bytes[offset])) & 0xFF)]
                offset += 1
            }
            return ~crc
        }
    }
}
