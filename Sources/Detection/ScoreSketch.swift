import Signals

/// Very many values in little room: the largest ones exactly, the others counted in bins.
///
/// A p-value asks how many values are not below x. Above the smallest of the kept ones the answer is
/// exact; below, a whole bin counts, so that p errs upwards, by an eighth at most where the values
/// are `truncatedCauchy` statistics, whose ln p falls one for one. About 600 bytes for a million values.
package struct ScoreSketch: Equatable, Sendable {
    package private(set) var count = 0
    /// Falling.
    private(set) var top: [Float] = []
    private var bins: [UInt32] = []

    static let topMax = 32
    static let binWidth: Float = 0.125
    static let binsMax = 128

    package init() {}

    /// `value` ≥ 0.
    package mutating func insert(_ value: Double) {
        let value = Float(value)
        count += 1
        add(1, toBin: Self.bin(value))
        keep(value)
    }

    /// As if all that went into `other` had come here.
    package mutating func merge(_ other: ScoreSketch) {
        // Values that either has let go lie below its smallest kept one; so do all that is exact here
        // afterwards, once nothing below the higher of the two floors is kept.
        let floor = max(floor ?? -.infinity, other.floor ?? -.infinity)
        count += other.count
        for (bin, number) in other.bins.enumerated() { add(number, toBin: bin) }
        for value in other.top { keep(value) }
        top.removeAll { $0 < floor }
    }

    /// Every value above it is kept; `nil` when every value at all is.
    var floor: Float? { top.count < count ? top.last : nil }

    /// How many values are not below x; never fewer than there are.
    package func countAtLeast(_ x: Double) -> Int {
        let x = Float(x)
        if floor.map({ x > $0 }) ?? true { return top.count { $0 >= x } }
        let bin = Self.bin(x)
        guard bin < bins.count else { return top.count }
        return max(top.count, bins[bin...].reduce(0) { $0 + Int($1) })
    }

    /// The same, falling steadily from one kept value or one bin to the next instead of in steps; below
    /// the kept ones it errs upwards by two bins at most.
    package func rankAbove(_ x: Double) -> Double {
        let x = Float(x)
        if floor.map({ x > $0 }) ?? true {
            let count = top.count { $0 >= x }
            guard count > 0, count < top.count else { return Double(count) }
            let (above, below) = (top[count - 1], top[count])
            return Double(count) + Double((above - x) / (above - below))
        }
        let bin = Self.bin(x)
        let atLeast = bin < bins.count ? bins[bin...].reduce(0) { $0 + Int($1) } : 0
        // The bin below counts in part: none of it at this bin's end.
        let share = bin > 0 ? max(0, Float(bin + 1) - max(0, x) / Self.binWidth) : 0
        let below = bin > 0 && bin <= bins.count ? Double(bins[bin - 1]) : 0
        return max(Double(top.count), Double(atLeast) + Double(min(1, share)) * below)
    }

    private static func bin(_ value: Float) -> Int {
        min(binsMax - 1, Int(max(0, value) / binWidth))
    }

    private mutating func add(_ number: UInt32, toBin bin: Int) {
        if bin >= bins.count {
            bins.append(contentsOf: repeatElement(0, count: bin + 1 - bins.count))
        }
        bins[bin] &+= number
    }

    private mutating func keep(_ value: Float) {
        guard top.count < Self.topMax || value > top[top.count - 1] else { return }
        top.insert(value, at: top.firstIndex { $0 < value } ?? top.count)
        if top.count > Self.topMax { top.removeLast() }
    }
}

extension ScoreSketch {
    func write(to writer: inout ByteWriter) {
        writer.write(Int64(count))
        writer.write(top)
        // Most bins count less than 128: seven bits to a byte, the eighth says that more follow.
        var packed: [UInt8] = []
        for number in bins {
            var rest = number
            while rest >= 0x80 {
                packed.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            packed.append(UInt8(rest))
        }
        writer.write(packed)
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        count = Int(try reader.read(Int64.self))
        top = try reader.readFloats()
        var number: UInt32 = 0
        var shift: UInt32 = 0
        for byte in try reader.readIntegers(UInt8.self) {
            number |= UInt32(byte & 0x7F) << shift
            if byte & 0x80 != 0 {
                shift += 7
            } else {
                bins.append(number)
                (number, shift) = (0, 0)
            }
        }
    }
}
