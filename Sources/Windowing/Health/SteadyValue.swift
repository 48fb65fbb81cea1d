import Signals

/// How long a vector has been the same to the bit.
///
/// Only a stream that used to change can be stuck: one that has changed often enough, and never
/// before stood still for nearly as long.
struct SteadyValue: Equatable, Sendable {
    /// Changes, and samples alike, before anything is said.
    private static let leastMany: Int64 = 8
    /// A standstill is odd when it is so many times longer than any before.
    private static let timesLonger: Int64 = 4

    /// The newest vector; empty after a restart, when only its hash is known.
    private var last: [Float] = []
    private var storedHash: UInt64?
    private(set) var count = 0
    private var since: Int64 = 0
    private var seenAt: Int64 = 0
    private var alike: Int64 = 0
    private var changes: Int64 = 0
    private var longest: Int64 = 0
    /// This standstill was said to be one: it does not make the next one normal.
    private var wasStuck = false

    /// Nanoseconds of arrival that it has been the same.
    var span: Int64 { seenAt - since }

    private var hasSeen: Bool { !last.isEmpty || storedHash != nil }

    /// `isResting`: the machine stands still, and its values may.
    mutating func see(_ vector: [Float], isResting: Bool, at elapsed: Int64) {
        let isSame = last.isEmpty ? storedHash == Self.hash(vector) : last == vector
        if !hasSeen {
            since = elapsed
        } else if !isSame {
            if !wasStuck { longest = max(longest, elapsed - since) }
            changes += 1
            since = elapsed
            alike = 0
            wasStuck = false
        } else if isResting {
            since = elapsed
            alike = 0
        } else {
            alike += 1
        }
        last = vector
        count = vector.count
        seenAt = elapsed
    }

    /// It was said to be stuck.
    mutating func noteStuck() { wasStuck = true }

    /// `nil` before the first vector.
    func isStuck(after limit: Int64) -> Bool? {
        guard hasSeen else { return nil }
        guard changes >= Self.leastMany, alike >= Self.leastMany else { return false }
        let (odd, isOverflow) = longest.multipliedReportingOverflow(by: Self.timesLonger)
        return !isOverflow && span >= max(limit, odd)
    }

    private static func hash(_ vector: [Float]) -> UInt64 {
        vector.reduce(0xCBF2_9CE4_8422_2325) { hash, number in
            (hash ^ UInt64(number.bitPattern)) &* 0x0000_0100_0000_01B3
        }
    }

    func write(to writer: inout ByteWriter) {
        let hash = last.isEmpty ? storedHash : Self.hash(last)
        writer.write(hash.map { Int64(bitPattern: $0) })
        for number in [Int64(count), since, seenAt, alike, changes, longest] {
            writer.write(number)
        }
        writer.write(wasStuck)
    }

    init() {}

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        storedHash = try reader.readOptional().map { UInt64(bitPattern: $0) }
        count = Int(try reader.read(Int64.self))
        since = try reader.read(Int64.self)
        seenAt = try reader.read(Int64.self)
        alike = try reader.read(Int64.self)
        changes = try reader.read(Int64.self)
        longest = try reader.read(Int64.self)
        wasStuck = try reader.readBool()
    }
}
