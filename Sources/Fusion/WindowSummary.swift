package import Signals
package import Windowing

/// A window reduced to what encoders read: small enough to keep thousands per asset.
package struct WindowSummary: Equatable, Sendable {
    package var start: EventTime
    package var end: EventTime
    /// Senses with something to say in this window, by name. A missing sense has no entry.
    package var streams: [StreamName: StreamSummary]

    package init(start: EventTime, end: EventTime, streams: [StreamName: StreamSummary]) {
        self.start = start
        self.end = end
        self.streams = streams
    }

    /// `framesKept`: frames of a vector stream that stay beside their summary.
    package init(_ window: Window, framesKept: Int = 0) {
        start = window.start
        end = window.end
        streams = window.streams.compactMapValues {
            StreamSummary($0, framesKept: framesKept)
        }
    }
}

extension WindowSummary {
    /// At least one sense said something; a quiet log is present, and yet says nothing.
    package var isSpeaking: Bool {
        streams.values.contains { stream in
            switch stream {
            case .vector: true
            case .log(let log): log.lines > 0
            }
        }
    }
}

package enum StreamSummary: Equatable, Sendable {
    case vector(VectorSummary)
    case log(LogSummary)

    /// `nil` for a vector stream without a frame.
    init?(_ window: StreamWindow, framesKept: Int) {
        switch window.kind {
        case .vector:
            guard let summary = VectorSummary(frames: window.frames, keeping: framesKept) else {
                return nil
            }
            self = .vector(summary)
        case .log:
            self = .log(LogSummary(frames: window.frames))
        }
    }
}

extension WindowSummary {
    /// The form kept in the archive.
    package var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.write(start.nanoseconds)
        writer.write(end.nanoseconds)
        writer.write(UInt32(streams.count))
        for (name, summary) in streams.sorted(by: { $0.key < $1.key }) {
            writer.write(name.text)
            switch summary {
            case .vector(let vector):
                writer.write(UInt8(0))
                vector.write(to: &writer)
            case .log(let log):
                writer.write(UInt8(1))
                log.write(to: &writer)
            }
        }
        return writer.bytes
    }

    /// About as many bytes as `encoded` has.
    package var byteCount: Int {
        streams.values.reduce(20) { sum, stream in
            switch stream {
            case .vector(let vector): sum + vector.byteCount
            case .log(let log): sum + 64 + 12 * log.counts.count + 4 * log.sequence.count
            }
        }
    }

    package init(encoded: [UInt8]) throws {
        var reader = ByteReader(encoded)
        start = EventTime(nanoseconds: try reader.read(Int64.self))
        end = EventTime(nanoseconds: try reader.read(Int64.self))
        streams = [:]
        for _ in 0..<(try reader.readCount(elementBytes: 5)) {
            let name = StreamName(try reader.readString())
            switch try reader.read(UInt8.self) {
            case 0: streams[name] = .vector(try VectorSummary(from: &reader))
            default: streams[name] = .log(try LogSummary(from: &reader))
            }
        }
    }
}
