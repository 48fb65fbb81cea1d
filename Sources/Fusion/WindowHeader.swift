package import Signals
package import Windowing

/// A window without its frames: who was there, how much came, how old it is. What a verdict says
/// beside its score.
package struct WindowHeader: Equatable, Sendable, Codable {
    package var start: EventTime
    package var end: EventTime
    package var streams: [StreamName: Presence]
    package var late: Int
    package var isIncomplete: Bool

    package struct Presence: Equatable, Sendable, Codable {
        package var isPresent: Bool
        package var samples: Int
        /// From the newest sample to the window's end; `nil` without samples.
        package var ageNanoseconds: Int64?
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
