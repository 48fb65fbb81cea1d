import Signals

extension Float {
    /// The nearest number that sixteen bits can hold: the exponent of a `Float`, eight bits of
    /// fraction, so within 0.4 % of it. What is not finite stays so.
    var shortened: Float {
        guard isFinite else { return self }
        let bits = bitPattern
        let rounded = bits &+ 0x7FFF &+ ((bits >> 16) & 1)
        let short = Float(bitPattern: rounded & 0xFFFF_0000)
        return short.isFinite ? short : Float(bitPattern: bits & 0xFFFF_0000)
    }
}

extension ByteWriter {
    /// Numbers that are `shortened`, two bytes each.
    mutating func writeShort(_ values: [Float]) {
        write(values.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) })
    }
}

extension ByteReader {
    /// Numbers that `writeShort` wrote.
    mutating func readShortFloats() throws(Truncated) -> [Float] {
        try readIntegers(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    }
}
