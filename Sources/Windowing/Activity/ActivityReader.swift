import Signals

/// Reads one window for one condition.
struct ActivityReader: Equatable, Sendable {
    let condition: ActivityCondition
    /// Hashes of the phrase's words.
    private let phrase: [UInt64]

    /// What a window says of a condition.
    struct Reading: Equatable {
        /// The stream it is about was there.
        var isKnown: Bool
        /// When it held last within the window, in nanoseconds; `nil`: it did not.
        var lastHeld: Int64?
    }

    init(_ condition: ActivityCondition, terms: (String) -> [UInt64]) {
        self.condition = condition
        phrase = condition.phrase.map(terms) ?? []
    }

    func read(_ window: Window, hop: Int64, _ recent: inout RecentCount) -> Reading {
        let end = window.end.nanoseconds
        let share = window.streams[condition.stream]
        let frames = share.map { $0.isHeld ? [] : $0.frames } ?? []
        switch condition.measure {
        case .speaks:
            return Reading(isKnown: true, lastHeld: frames.last?.time.nanoseconds)
        case .contains:
            let said = frames.last { frame in
                if case .log(let record) = frame.value { contains(record.terms) } else { false }
            }
            return Reading(isKnown: true, lastHeld: said?.time.nanoseconds)
        case .rate(let comparison, let period):
            // Sliding windows share samples: each counts in the first window that has it.
            let new = frames.count { $0.time.nanoseconds >= end - hop }
            recent.add(Int64(new), at: end - 1, period: period.length)
            let count = Double(recent.total(at: end - 1, period: period.length))
            return Reading(isKnown: true, lastHeld: comparison.holds(for: count) ? end : nil)
        case .number(let index, let comparison):
            return read(share, at: end, comparison) { Self.mean(of: $0, number: index) }
        case .level(let comparison):
            return read(share, at: end, comparison, Self.level)
        case .spread(let comparison):
            return read(share, at: end, comparison, Self.spread)
        }
    }

    private func contains(_ terms: [UInt64]) -> Bool {
        guard !phrase.isEmpty, terms.count >= phrase.count else { return false }
        return (0...terms.count - phrase.count).contains { start in
            terms[start..<start + phrase.count].elementsEqual(phrase)
        }
    }

    private func read(
        _ share: StreamWindow?, at end: Int64, _ comparison: ActivityCondition.Comparison,
        _ measure: ([[Float]]) -> Double?
    ) -> Reading {
        let vectors = (share?.frames ?? []).compactMap { frame in
            if case .vector(let vector) = frame.value { vector } else { nil }
        }
        guard let value = measure(vectors) else { return Reading(isKnown: false) }
        return Reading(isKnown: true, lastHeld: comparison.holds(for: value) ? end : nil)
    }

    private static func mean(of vectors: [[Float]], number index: Int) -> Double? {
        guard let first = vectors.first, index < first.count else { return nil }
        return vectors.reduce(0) { $0 + Double($1[index]) } / Double(vectors.count)
    }

    private static func level(_ vectors: [[Float]]) -> Double? {
        guard let first = vectors.first, !first.isEmpty else { return nil }
        let squares = vectors.reduce(0) { sum, vector in
            vector.reduce(sum) { $0 + Double($1) * Double($1) }
        }
        return (squares / Double(vectors.count * first.count)).squareRoot()
    }

    private static func spread(_ vectors: [[Float]]) -> Double? {
        guard let first = vectors.first, !first.isEmpty else { return nil }
        let n = Double(vectors.count)
        var squares = 0.0
        for j in first.indices {
            let mean = vectors.reduce(0) { $0 + Double($1[j]) } / n
            squares += vectors.reduce(0) { $0 + (Double($1[j]) - mean) * (Double($1[j]) - mean) }
        }
        return (squares / (n * Double(first.count))).squareRoot()
    }
}

/// How many messages came within the last second, minute or hour of event time: sixty cells, so that
/// it stays small whatever the rate.
struct RecentCount: Equatable, Sendable {
    private static let cells: Int64 = 60
    /// By cell of the period, oldest first.
    private var counts: [(cell: Int64, count: Int64)] = []

    mutating func add(_ count: Int64, at time: Int64, period: Int64) {
        let cell = Self.cell(time, period)
        counts.removeAll { $0.cell <= cell - Self.cells }
        guard count > 0 else { return }
        if let last = counts.last, last.cell == cell {
            counts[counts.count - 1].count += count
        } else {
            counts.append((cell, count))
        }
    }

    func total(at time: Int64, period: Int64) -> Int64 {
        let oldest = Self.cell(time, period) - Self.cells
        return counts.reduce(0) { $1.cell > oldest ? $0 + $1.count : $0 }
    }

    private static func cell(_ time: Int64, _ period: Int64) -> Int64 {
        let (quotient, rest) = time.quotientAndRemainder(dividingBy: period / cells)
        return rest < 0 ? quotient - 1 : quotient
    }

    static func == (a: RecentCount, b: RecentCount) -> Bool {
        a.counts.elementsEqual(b.counts, by: ==)
    }

    func write(to writer: inout ByteWriter) {
        writer.write(counts.map(\.cell))
        writer.write(counts.map(\.count))
    }

    init() {}

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        let cells = try reader.readIntegers(Int64.self)
        let totals = try reader.readIntegers(Int64.self)
        counts = zip(cells, totals).map { ($0, $1) }
    }
}
