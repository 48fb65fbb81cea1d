package import Signals

/// What one asset's streams delivered in [start, end) of event time.
package struct Window: Equatable, Sendable {
    package var asset: AssetName
    package var start: EventTime
    package var end: EventTime
    /// By stream name. A regular stream that is missing has no entry; a quiet sporadic one has an
    /// entry without samples once the asset has ever heard it.
    package var streams: [StreamName: StreamWindow]
    /// Samples of this asset that came too late for any window, since the last window closed.
    package var late: Int
    /// Why this window may not be whole: a reboot lost part of it.
    package var isIncomplete: Bool

    package init(
        asset: AssetName, start: EventTime, end: EventTime,
        streams: [StreamName: StreamWindow], late: Int = 0, isIncomplete: Bool = false
    ) {
        self.asset = asset
        self.start = start
        self.end = end
        self.streams = streams
        self.late = late
        self.isIncomplete = isIncomplete
    }
}

/// One stream's share of a window, its samples in order of event time (ties: of arrival).
package struct StreamWindow: Equatable, Sendable {
    package var kind: StreamKind
    package var frames: [Frame]
    /// From the newest sample's event time to the window's end; grows when a value is held.
    package var age: Duration
    /// The frames are the last value of an earlier window, carried by `hold`.
    package var isHeld: Bool
    /// Samples beyond `frames_max`, left out.
    package var overflow: Int

    package struct Frame: Equatable, Sendable {
        package var time: EventTime
        package var value: Sample.Value

        package init(time: EventTime, value: Sample.Value) {
            self.time = time
            self.value = value
        }
    }

    package init(
        kind: StreamKind, frames: [Frame], age: Duration, isHeld: Bool = false, overflow: Int = 0
    ) {
        self.kind = kind
        self.frames = frames
        self.age = age
        self.isHeld = isHeld
        self.overflow = overflow
    }
}
