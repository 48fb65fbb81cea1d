import Signals

/// How long each number of a vector has been the same to the bit, while the others go on.
///
/// Only a number that used to change with most samples can be stuck, and only when it never stood
/// still for nearly as long: a setpoint, a counter of parts or a constant column is none. Vectors of more
/// than `numbersMax` numbers are embeddings, whose numbers come from one network and do not stop alone.
///
/// Bounded: 18 bytes a number.
struct SteadyNumbers: Equatable, Sendable {
    static let numbersMax = 256
    /// Changes before anything is said of a number; and samples alike, before it stands still.
    private static let changesMin: UInt16 = 64
    private static let alikeMin: UInt16 = 8
    /// A standstill is odd when it is so many times longer than any before.
    private static let timesLonger: Int64 = 4
    /// When a number has changed or stayed so often, all that counts for half from then on.
    private static let countMax: UInt16 = 4096
    /// Looked at so often at most, in ticks: a standstill takes minutes to be one, and looking at every
    /// sample of every stream took as long as putting it into its window.
    private static let pause: UInt32 = 10
    /// A run's unit of time, in nanoseconds: 32 bits of tenths of a second are thirteen years.
    private static let tick: Int64 = 100_000_000

    private var last: [Float] = []
    /// When the run of each number began, and its longest run, in ticks.
    private var since: [UInt32] = []
    private var longest: [UInt32] = []
    /// How often it changed; how often it did not, up to the run; and samples alike in the run.
    private var changes: [UInt16] = []
    private var stays: [UInt16] = []
    private var alike: [UInt16] = []
    private var origin: Int64 = 0
    private var seenAt: UInt32 = 0
    /// Runs that were said to be stuck: they do not make the next ones normal.
    private var said: [UInt16] = []
    /// Since when that number stands still which has for longest, among those that used to change.
    private var stillSince = UInt32.max

    var count: Int { last.count }

    /// `isResting`: the machine stands still, and its values may.
    mutating func see(_ vector: [Float], isResting: Bool, at elapsed: Int64) {
        guard vector.count == last.count else { return begin(with: vector, at: elapsed) }
        guard !vector.isEmpty else { return }
        let now = UInt32(clamping: max(0, elapsed - origin) / Self.tick)
        guard now >= seenAt &+ Self.pause else { return }
        seenAt = now
        stillSince = .max
        for j in vector.indices {
            if vector[j] != last[j] {
                if !said.isEmpty, let place = said.firstIndex(of: UInt16(j)) {
                    said.remove(at: place)
                } else {
                    longest[j] = max(longest[j], seenAt &- since[j])
                    stays[j] = min(Self.countMax, stays[j] + min(Self.countMax, alike[j]))
                }
                last[j] = vector[j]
                changes[j] += 1
                if max(changes[j], stays[j]) >= Self.countMax {
                    changes[j] /= 2
                    stays[j] /= 2
                }
                since[j] = seenAt
                alike[j] = 0
            } else if isResting {
                since[j] = seenAt
                alike[j] = 0
            } else if alike[j] < .max {
                alike[j] += 1
            }
            if mayStick(j) { stillSince = min(stillSince, since[j]) }
        }
    }

    /// Numbers that have stood still for `limit` nanoseconds though they used to change; none while all
    /// of them do, which is the whole vector's matter.
    func stuck(after limit: Int64) -> [Int] {
        // At every tick for every stream: most of it ends here.
        guard stillSince != .max, Int64(seenAt - stillSince) * Self.tick >= limit else { return [] }
        let found = last.indices.filter { j in
            let span = Int64(seenAt - since[j])
            return mayStick(j) && span * Self.tick >= limit
                && span >= Self.timesLonger * Int64(longest[j])
        }
        return found.count < last.count ? found : []
    }

    /// Nanoseconds that number `j` has been the same.
    func span(of j: Int) -> Int64 { Int64(seenAt - since[j]) * Self.tick }

    /// These were said to be stuck.
    mutating func note(stuck numbers: [Int]) {
        said = numbers.map { UInt16($0) }
    }

    /// It changed with most samples before it stood still.
    private func mayStick(_ j: Int) -> Bool {
        changes[j] >= max(Self.changesMin, stays[j]) && alike[j] >= Self.alikeMin
    }

    private mutating func begin(with vector: [Float], at elapsed: Int64) {
        self = SteadyNumbers()
        guard vector.count <= Self.numbersMax else { return }
        origin = elapsed
        last = vector
        since = Array(repeating: 0, count: vector.count)
        longest = since
        changes = Array(repeating: 0, count: vector.count)
        stays = changes
        alike = changes
    }
}

extension SteadyNumbers {
    func write(to writer: inout ByteWriter) {
        writer.write(last)
        writer.write(since)
        writer.write(longest)
        writer.write(changes)
        writer.write(stays)
        writer.write(alike)
        writer.write(origin)
        writer.write(Int64(seenAt))
        writer.write(said)
        writer.write(Int64(stillSince))
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        last = try reader.readFloats()
        since = try reader.readIntegers(UInt32.self)
        longest = try reader.readIntegers(UInt32.self)
        changes = try reader.readIntegers(UInt16.self)
        stays = try reader.readIntegers(UInt16.self)
        alike = try reader.readIntegers(UInt16.self)
        origin = try reader.read(Int64.self)
        seenAt = UInt32(clamping: try reader.read(Int64.self))
        said = try reader.readIntegers(UInt16.self)
        stillSince = UInt32(clamping: try reader.read(Int64.self))
        // Of no state that `write` has written: watched from the next sample on.
        let counts = [since, longest].map(\.count) + [changes, stays, alike].map(\.count)
        if counts.contains(where: { $0 != last.count }) { self = SteadyNumbers() }
    }
}
