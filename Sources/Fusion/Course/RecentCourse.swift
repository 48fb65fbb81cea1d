package import Signals

/// The recent past of one asset's senses, from window to window: gives each summary its course.
///
/// In: summaries in order of their start. Bounded: five numbers for each number of a vector, one
/// template and one count for a log. Part of the asset's state, because the next window's course
/// depends on it.
package struct RecentCourse: Equatable, Sendable {
    private var vectors: [StreamName: Trail<VectorTrail>] = [:]
    private var logs: [StreamName: Trail<LogTrail>] = [:]
    private var window: Int64 = 0
    private var end: EventTime?

    /// Windows without a sense after which its course begins anew.
    private static let absenceMax: Int64 = 32
    /// Senses remembered; a sense beyond them has no course.
    private static let sensesMax = 256

    private struct Trail<Past: Equatable & Sendable>: Equatable, Sendable {
        var past: Past
        /// The last window that had this sense.
        var window: Int64
    }

    /// What a log sense said last, and for how many windows it has been quiet.
    private struct LogTrail: Equatable, Sendable {
        var template: Int32?
        var quiet: Int32 = 0
    }

    package init() {}

    /// Writes into `summary`, the next window, what came before it.
    package mutating func advance(_ summary: inout WindowSummary) {
        window += 1
        let isApart = end.map { $0 <= summary.start } ?? false
        for name in summary.streams.keys.sorted() {
            switch summary.streams[name] {
            case .vector(var vector):
                guard vectors[name] != nil || vectors.count < Self.sensesMax else { continue }
                var trail = vectors[name] ?? Trail(past: VectorTrail(), window: window)
                if window - trail.window > Self.absenceMax { trail.past = VectorTrail() }
                vector.course = trail.past.advance(to: vector.mean)
                trail.window = window
                vectors[name] = trail
                summary.streams[name] = .vector(vector)
            case .log(var log):
                guard logs[name] != nil || logs.count < Self.sensesMax else { continue }
                var trail = logs[name] ?? Trail(past: LogTrail(), window: window)
                // Overlapping windows see the same lines again, and of a burst only the end is kept:
                // then nothing is known of what came before.
                let isWhole = isApart && log.lines == log.sequence.count
                log.before = isWhole ? trail.past.template : nil
                log.quiet = log.lines > 0 ? 0 : min(trail.past.quiet + 1, 1 << 20)
                trail.past.quiet = log.quiet
                if let last = log.sequence.last { trail.past.template = last }
                trail.window = window
                logs[name] = trail
                summary.streams[name] = .log(log)
            case nil: break
            }
        }
        end = summary.end
    }
}

extension RecentCourse {
    package func write(to writer: inout ByteWriter) {
        writer.write(window)
        writer.write(end?.nanoseconds)
        writer.write(UInt32(vectors.count))
        for (name, trail) in vectors.sorted(by: { $0.key < $1.key }) {
            writer.write(name.text)
            writer.write(trail.window)
            trail.past.write(to: &writer)
        }
        writer.write(UInt32(logs.count))
        for (name, trail) in logs.sorted(by: { $0.key < $1.key }) {
            writer.write(name.text)
            writer.write(trail.window)
            writer.write(trail.past.template.map(Int64.init))
            writer.write(trail.past.quiet)
        }
    }

    /// - Throws: `ByteReader.Truncated` for what `write` has not written.
    package init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        window = try reader.read(Int64.self)
        end = try reader.readOptional().map { EventTime(nanoseconds: $0) }
        for _ in 0..<(try reader.readCount(elementBytes: 36)) {
            let name = StreamName(try reader.readString())
            let last = try reader.read(Int64.self)
            vectors[name] = Trail(past: try VectorTrail(from: &reader), window: last)
        }
        for _ in 0..<(try reader.readCount(elementBytes: 17)) {
            let name = StreamName(try reader.readString())
            let last = try reader.read(Int64.self)
            let template = try reader.readOptional().map { Int32(truncatingIfNeeded: $0) }
            let quiet = try reader.read(Int32.self)
            logs[name] = Trail(past: LogTrail(template: template, quiet: quiet), window: last)
        }
    }
}
