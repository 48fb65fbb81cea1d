package import Signals

/// All that a `WindowAssembler` knows, except the frames of its open windows.
///
/// Small, so that it can be written once a second; the frames come back from the journal through
/// `WindowAssembler.refill`. Its counters are what status and metrics show.
package struct WindowingState: Equatable, Sendable {
    package let asset: AssetName
    /// In order of first hearing.
    package internal(set) var streams: [StreamState] = []
    /// Windows of a gap that were too many to report one by one.
    package internal(set) var gapWindowsSkipped = 0
    /// Windows that came out.
    package internal(set) var windowsClosed = 0

    /// No window that ends at or before this takes samples. Never goes back.
    var watermark: Int64?
    /// The next window to come out; may still move back before the first one has.
    var nextWindow: Int64?
    var hasClosed = false
    /// The number of the last window that has closed: it starts so many hops after the epoch.
    package var lastClosed: Int64? { hasClosed ? nextWindow.map { $0 - 1 } : nil }
    /// Empty windows that came out since the last one with frames.
    var emptyRun = 0
    /// Late samples since the last window closed.
    var lateSinceClose = 0
    /// Windows up to this one lost frames.
    var incompleteThrough: Int64?

    /// The newest event time of any stream.
    var newest: Int64?
    /// Whether the asset's time is beyond doubt; before that no window closes.
    var isClockSettled = false
    /// Event time and arrival of the first sample since the asset's clock was (re)started.
    var firstTime: Int64?
    var startedAt: Int64 = 0

    // Arrivals, all on the clock of `Arrival.elapsed`.
    var now: Int64 = .min
    var acceptedAt: Int64?
    /// Silence is not counted from before this: the connection was away or had a backlog.
    var silenceFrom: Int64 = .min
    /// The broker has a backlog for us: nothing is silent until it is drained.
    var isBacklogged = false
    var isSilenceReported = false
    var steppedBackFrom: Int64?
    var steppedBackUntil: Int64 = .min

    init(asset: AssetName) {
        self.asset = asset
    }

    /// Whether the stream's quiet is an absence; `false` for one that was never heard.
    package func isRegular(_ stream: StreamName) -> Bool {
        // By index: a closure over the elements would copy each, for every sample.
        for s in streams.indices where streams[s].name == stream {
            return streams[s].cadence == .regular
        }
        return false
    }

    package subscript(stream: StreamName) -> StreamState? {
        streams.first { $0.name == stream }
    }
}

/// What is known about one stream of an asset: its clock and its losses.
package struct StreamState: Equatable, Sendable {
    package let name: StreamName
    package internal(set) var kind: StreamKind
    package internal(set) var cadence: Cadence
    /// Samples that every window had closed to.
    package internal(set) var late = 0
    /// The last of them, and how far it was behind the watermark.
    package internal(set) var lastLate: EventTime?
    package internal(set) var lastLateBy: Duration = .zero
    /// Samples refused because their stamp was too far ahead of the asset's other streams.
    package internal(set) var future = 0
    /// Samples beyond `frames_max` in every window they belong to.
    package internal(set) var overflow = 0
    /// Samples that a lookback shorter than the hop leaves out of all windows, by setting.
    package internal(set) var outside = 0

    /// The newest event time; stamps from the future do not count.
    package var newestTime: EventTime? { newest.map { EventTime(nanoseconds: $0) } }

    var lookback: Int64
    var hold: Int64
    var newest: Int64?
    /// The oldest event time that entered a window.
    var oldest: Int64?
    /// Arrival of the last sample that was not put aside, and of the last that entered a window.
    var heardAt: Int64?
    var acceptedAt: Int64?
    /// The sample put aside until another one agrees with it or refutes it.
    var aside: Aside?
    /// Refused samples that the asset's time has not passed yet: a refill must leave them out.
    var refusedAhead: [Aside] = []
    /// Event time of the newest frame no window needs any more, and its vector if it may be held.
    var past: Int64?
    var held: [Float]?

    /// Stamps of this stream are taken so much earlier than they came, before they reach us.
    package internal(set) var behind: Int64 = 0

    static let refusedAheadMax = 64

    struct Aside: Equatable, Sendable {
        let time: Int64
        let arrival: Arrival
        /// Ahead of the asset's clock, or behind one that is not settled.
        let isAhead: Bool
        /// The sample waited for too long and was counted as refused; its stamp still bears witness.
        var isLetGo = false
    }
}
