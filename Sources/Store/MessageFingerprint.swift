package import Signals

/// A message recognised by what it says: 64 bits of its topic and payload.
///
/// Not of its packet identifier, which a broker may give again to another message. Two different
/// messages share a fingerprint once in 2⁶⁴; nothing secret hangs on it.
package struct MessageFingerprint: Hashable, Sendable, CustomStringConvertible {
    package let bits: UInt64

    package init(bits: UInt64) {
        self.bits = bits
    }

    package init(of message: Message) {
        var mix = Mix(seed: UInt64(message.topic.utf8.count))
        var topic = message.topic
        topic.withUTF8 { mix.absorb(UnsafeRawBufferPointer($0)) }
        message.payload.withUnsafeBytes { mix.absorb($0) }
        bits = mix.finished
    }

    /// The same bytes, whoever hashes them: state blobs are compared with it too.
    init(of bytes: [UInt8]) {
        var mix = Mix(seed: 0)
        bytes.withUnsafeBytes { mix.absorb($0) }
        bits = mix.finished
    }

    package var description: String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Folds eight bytes a step by a widening multiplication, both halves of which are kept.
///
/// The order of steps is part of the files we write (a quarantined fingerprint outlives a restart),
/// so Swift's own `Hasher`, seeded anew in each process, will not do.
private struct Mix {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed ^ 0x9E37_79B9_7F4A_7C15
    }

    mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= bytes.count {
            fold(
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var last: UInt64 = 0
        while offset < bytes.count {
            last = last << 8 | UInt64(bytes[offset])
            offset += 1
        }
        fold(last)
        // The length, so that trailing zeros count.
        fold(UInt64(bytes.count))
    }

    private mutating func fold(_ word: UInt64) {
        // Adding the state first keeps a word that happens to equal the constant from wiping it out.
        let product = (state ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        state = (product.high ^ product.low) &+ (word ^ 0xE703_7ED1_A0B4_28DB)
    }

    var finished: UInt64 {
        let product = (state ^ 0x8EBC_6AF0_9C88_C6E3).multipliedFullWidth(by: 0x5895_65F1_2D3F_8B35)
        return product.high ^ product.low
    }
}
