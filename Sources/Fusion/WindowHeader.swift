package import Signals
package import Windowing

/// A window without its frames: who was there, how much came, how old it is. What a verdict says
/// beside its score.
package struct WindowHeader: Equatable, Sendable {
    package var start: EventTime
    package var end: EventTime
    package var streams: [StreamName: Presence]
    package var late: Int
    package var isIncomplete: Bool

    package struct Presence: Equatable, Sendable {
        package var isPresent: Bool
        package var samples: Int
        /// From the newest sample to the window's end; `nil` without samples.
        package var ageNanoseconds: Int64?
    }

    /// Of a window of which only the summary was kept: a score needs no more.
    package init(of summary: WindowSummary) {
        start = summary.start
        end = summary.end
        streams = [:]
        late = 0
        isIncomplete = false
    }

    package init(_ window: Window) {
        start = window.start
        end = window.end
        streams = window.streams.mapValues { stream in
            Presence(
                isPresent: stream.kind == .log || !stream.frames.isEmpty,
                samples: stream.isHeld ? 0 : stream.frames.count,
                ageNanoseconds: stream.frames.isEmpty ? nil : stream.age.nanoseconds)
        }
        late = window.late
        isIncomplete = window.isIncomplete
    }
}

extension WindowHeader {
    package func write(to writer: inout ByteWriter) {
        writer.write(start.nanoseconds)
        writer.write(end.nanoseconds)
        writer.write(Int64(late))
        writer.write(isIncomplete)
        writer.write(UInt32(streams.count))
        for (name, presence) in streams.sorted(by: { $0.key < $1.key }) {
            writer.write(name.text)
            writer.write(presence.isPresent)
            writer.write(Int64(presence.samples))
            writer.write(presence.ageNanoseconds)
        }
    }

    /// - Throws: `ByteReader.Truncated` for what `write` has not written.
    package init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        start = EventTime(nanoseconds: try reader.read(Int64.self))
        end = EventTime(nanoseconds: try reader.read(Int64.self))
        late = Int(try reader.read(Int64.self))
        isIncomplete = try reader.readBool()
        streams = [:]
        for _ in 0..<(try reader.readCount(elementBytes: 14)) {
            let name = StreamName(try reader.readString())
            let isPresent = try reader.readBool()
            let samples = Int(try reader.read(Int64.self))
            streams[name] = Presence(
                isPresent: isPresent, samples: samples,
                ageNanoseconds: try reader.readOptional())
        }
    }
}
