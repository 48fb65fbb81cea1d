package import Signals
import Windowing

/// What one log stream said in a window: how often each template and each word came.
package struct LogSummary: Equatable, Sendable {
    package var lines: Int
    /// Times each term came, by the term's hash. Terms are the templates and the masked words.
    package var counts: [UInt64: Int32]
    /// Lines by severity, from `debug` to `critical`.
    package var severities: [Int32]
    /// The templates in order of time, at most `sequenceMax`, the newest ones.
    package var sequence: [Int32]
    /// The template of the line before the first one; `nil` when unknown.
    package var before: Int32?
    /// Windows without a line up to this one, this one included.
    package var quiet: Int32 = 0

    /// Templates whose order is kept: a burst beyond is odd by its rate.
    package static let sequenceMax = 64

    init(frames: [StreamWindow.Frame]) {
        self.init(
            records: frames.compactMap { frame in
                if case .log(let record) = frame.value { record } else { nil }
            })
    }

    package init(records: [LogRecord]) {
        lines = records.count
        counts = [:]
        severities = [Int32](repeating: 0, count: 5)
        sequence = records.suffix(Self.sequenceMax).map(\.template)
        for record in records {
            counts[Self.term(ofTemplate: record.template), default: 0] += 1
            for term in record.terms { counts[term, default: 0] += 1 }
            if record.severity.rawValue >= 0 { severities[Int(record.severity.rawValue)] += 1 }
        }
    }

    /// A template's place among the terms: its number, hashed apart from all words.
    package static func term(ofTemplate template: Int32) -> UInt64 {
        var fingerprint = Fingerprint()
        fingerprint.add([0])
        withUnsafeBytes(of: template.littleEndian) { fingerprint.add($0) }
        return fingerprint.value
    }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt32(lines))
        writer.write(severities)
        writer.write(UInt32(counts.count))
        for (term, count) in counts.sorted(by: { $0.key < $1.key }) {
            writer.write(term)
            writer.write(count)
        }
        writer.write(sequence)
        writer.write(before.map(Int64.init))
        writer.write(quiet)
    }

    init(from reader: inout ByteReader) throws {
        lines = Int(try reader.read(UInt32.self))
        severities = try reader.readIntegers(Int32.self)
        counts = [:]
        for _ in 0..<(try reader.readCount(elementBytes: 12)) {
            let term = try reader.read(UInt64.self)
            counts[term] = try reader.read(Int32.self)
        }
        sequence = try reader.readIntegers(Int32.self)
        before = try reader.readOptional().map { Int32(truncatingIfNeeded: $0) }
        quiet = try reader.read(Int32.self)
    }
}
