import Signals

/// The plant's dice. Written out, so that no library's update changes a recording.
extension SeededGenerator {
    /// A generator of its own for each `role` of each machine: what one stream draws never changes
    /// what another one says.
    init(seed: UInt64, asset: Int, role: UInt64) {
        var mixer = SeededGenerator(
            seed: seed &+ UInt64(asset) &* 0xD1B5_4A32_D192_ED03 &+ role &* 0xAEF1_7502_108E_F2D9)
        self.init(seed: mixer.next())
    }

    /// Uniform in [0, 1).
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func between(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + unit() * (range.upperBound - range.lowerBound)
    }

    /// Uniform in 0 ..< `count`.
    mutating func below(_ count: Int) -> Int { Int(unit() * Double(count)) }

    /// Nearly normal, mean 0 and variance 1, within ±√12.
    ///
    /// The sum of four uniform 16-bit parts of one draw: a tenth of the price of a logarithm and a
    /// cosine, and the same on every machine.
    mutating func normal() -> Double {
        let bits = next()
        let sum =
            (bits & 0xFFFF) &+ ((bits >> 16) & 0xFFFF) &+ ((bits >> 32) & 0xFFFF) &+ (bits >> 48)
        return (Double(sum) - 131_070) * (3.0.squareRoot() / 65_536)
    }

    /// A random order of 0 ..< `count`.
    mutating func order(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, below(i + 1)) }
        return order
    }
}
