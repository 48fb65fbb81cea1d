import Foundation  // `log1p`.
package import Signals

/// The odd stretches of one asset: since when it has been odd, and what earlier ones looked like.
///
/// A stretch is a run of windows whose score is worth explaining, with gaps no longer than the alarm's
/// off-delay. Of a stretch that reached the alarm's threshold the window with the highest score is
/// remembered, `countMax` of them, the oldest let go.
package struct OddHistory: Equatable, Sendable {
    /// The worst window of one stretch.
    package struct Peak: Equatable, Sendable {
        package var start: EventTime
        package var score: Double
        package var profile: OddProfile
    }

    /// An earlier stretch that a window resembles.
    package struct Likeness: Equatable, Sendable {
        /// Start of that stretch's worst window.
        package let start: EventTime
        /// Cosine of the two windows' excesses, 0 to 1.
        package let similarity: Double
    }

    private struct Stretch: Equatable, Sendable {
        var since: EventTime
        var last: EventTime
        var peak: Peak
        /// `Attribution.standing` after the last window.
        var standing: [StreamName: Double]
    }

    private var current: Stretch?
    private var peaks: [Peak] = []

    private static let countMax = 16
    /// Below it two windows are not alike.
    private static let similarityMin = 0.8

    package init() {}

    /// Start of the stretch that a window starting at `start` belongs to, when it is odd itself.
    package func since(_ start: EventTime, gapMax: Duration) -> EventTime {
        guard let current, start - current.last <= gapMax else { return start }
        return current.since
    }

    /// The earlier stretch that looked most like `profile`; `nil` when none did.
    package func nearest(to profile: OddProfile, at start: EventTime, gapMax: Duration) -> Likeness?
    {
        var earlier = peaks
        // The stretch before this one may not have been put away yet.
        if let current, start - current.last > gapMax { earlier.append(current.peak) }
        let alike = earlier.map {
            Likeness(start: $0.start, similarity: profile.similarity(to: $0.profile))
        }
        guard let best = alike.max(by: { ($0.similarity, $0.start) < ($1.similarity, $1.start) }),
            best.similarity >= Self.similarityMin
        else { return nil }
        return best
    }

    /// What the stretch that a window starting at `start` belongs to says against each sense so far.
    package func standing(_ start: EventTime, gapMax: Duration) -> [StreamName: Double] {
        guard let current, start - current.last <= gapMax else { return [:] }
        return current.standing
    }

    /// Takes an odd window; windows come in order.
    package mutating func note(
        _ start: EventTime, score: Double, profile: OddProfile,
        standing: [StreamName: Double] = [:], threshold: Double, gapMax: Duration
    ) {
        let peak = Peak(start: start, score: score, profile: profile)
        guard let former = current, start - former.last <= gapMax else {
            if let former = current, former.peak.score >= threshold {
                peaks.append(former.peak)
                if peaks.count > Self.countMax { peaks.removeFirst() }
            }
            current = Stretch(since: start, last: start, peak: peak, standing: standing)
            return
        }
        current!.last = start
        current!.standing = standing
        if score > former.peak.score { current!.peak = peak }
    }
}

/// Which statistics of a window are above their usual, and how far: its likeness to other windows.
package struct OddProfile: Equatable, Sendable {
    /// ln(1 + excess), sorted by statistic, only what is above its usual.
    private var entries: [(statistic: Statistic, value: Float)]

    package init(excess: StatisticTable<Double>) {
        entries = excess.filter { $0.value > 0 }.map { ($0.key, Float(log1p($0.value))) }
    }

    /// Cosine, 0 to 1; 0 when nothing is odd in one of them.
    package func similarity(to other: OddProfile) -> Double {
        let theirs = Dictionary(
            uniqueKeysWithValues: other.entries.map { ($0.statistic, Double($0.value)) })
        let inner = entries.reduce(0.0) { $0 + Double($1.value) * (theirs[$1.statistic] ?? 0) }
        let lengths = length * other.length
        return lengths > 0 ? inner / lengths : 0
    }

    private var length: Double {
        entries.reduce(0.0) { $0 + Double($1.value) * Double($1.value) }.squareRoot()
    }

    package static func == (a: OddProfile, b: OddProfile) -> Bool {
        a.entries.elementsEqual(b.entries) { $0.statistic == $1.statistic && $0.value == $1.value }
    }
}

extension OddProfile {
    /// The names of streams are in `names`, which the reader has to know: seventeen profiles of forty
    /// statistics are kept, and are written with every commit.
    fileprivate func write(to writer: inout ByteWriter, names: [String]) {
        writer.write(UInt32(entries.count))
        for (statistic, value) in entries {
            writer.write(UInt8(Statistic.Measure.allCases.firstIndex(of: statistic.measure)!))
            let place = statistic.stream.flatMap { names.firstIndex(of: $0.text) }
            writer.write(place.map { UInt16($0) } ?? .max)
            writer.write(value)
        }
    }

    fileprivate init(
        from reader: inout ByteReader, names: [String]
    ) throws(ByteReader.Truncated) {
        entries = []
        for _ in 0..<(try reader.readCount(elementBytes: 7)) {
            let measure = Int(try reader.read(UInt8.self))
            let place = Int(try reader.read(UInt16.self))
            let value = try reader.readFloat()
            // Torn bytes say nothing.
            guard measure < Statistic.Measure.allCases.count else { continue }
            let stream = place < names.count ? StreamName(names[place]) : nil
            entries.append((Statistic(Statistic.Measure.allCases[measure], stream), value))
        }
    }

    fileprivate var streams: [String] { entries.compactMap { $0.statistic.stream?.text } }
}

extension OddHistory {
    func write(to writer: inout ByteWriter) {
        let known = peaks.map(\.profile) + (current.map { [$0.peak.profile] } ?? [])
        let names = Set(known.flatMap(\.streams)).sorted()
        writer.write(UInt16(names.count))
        for name in names { writer.write(name) }
        writer.write(current != nil)
        if let current {
            writer.write(current.since.nanoseconds)
            writer.write(current.last.nanoseconds)
            current.peak.write(to: &writer, names: names)
            writer.write(UInt32(current.standing.count))
            for (name, value) in current.standing.sorted(by: { $0.key < $1.key }) {
                writer.write(name.text)
                writer.write(value)
            }
        }
        writer.write(UInt32(peaks.count))
        for peak in peaks { peak.write(to: &writer, names: names) }
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        var names: [String] = []
        for _ in 0..<(try reader.read(UInt16.self)) { names.append(try reader.readString()) }
        if try reader.readBool() {
            let since = EventTime(nanoseconds: try reader.read(Int64.self))
            let last = EventTime(nanoseconds: try reader.read(Int64.self))
            let peak = try Peak(from: &reader, names: names)
            var standing: [StreamName: Double] = [:]
            for _ in 0..<(try reader.readCount(elementBytes: 12)) {
                let name = StreamName(try reader.readString())
                standing[name] = try reader.readDouble()
            }
            current = Stretch(since: since, last: last, peak: peak, standing: standing)
        }
        for _ in 0..<(try reader.readCount(elementBytes: 20)) {
            peaks.append(try Peak(from: &reader, names: names))
        }
    }
}

extension OddHistory.Peak {
    fileprivate func write(to writer: inout ByteWriter, names: [String]) {
        writer.write(start.nanoseconds)
        writer.write(score)
        profile.write(to: &writer, names: names)
    }

    fileprivate init(
        from reader: inout ByteReader, names: [String]
    ) throws(ByteReader.Truncated) {
        start = EventTime(nanoseconds: try reader.read(Int64.self))
        score = try reader.readDouble()
        profile = try OddProfile(from: &reader, names: names)
    }
}
