package import Signals

/// Cuts the samples of one asset into windows of event time.
///
/// In: samples, in any order. Out: windows, each exactly once, in order of their start, after the
/// watermark has passed their end. The watermark is the least of (newest event time - lateness)
/// over the regular streams that are not idle, and never goes back. A sample whose windows have all
/// closed is late: it is counted, not used.
///
/// The first windows wait until the asset's time is beyond doubt: until a second stream agrees with
/// the first one, or nobody has objected for `close_after` of arrival or `future_max` of event time.
///
/// The gateway's wall clock closes nothing, so old recordings, slow machine clocks and drained
/// backlogs give the windows they would have given live. Silence is measured by arrival.
///
/// A value with no clock, no tasks and no I/O; time arrives with the samples.
package struct WindowAssembler: Sendable {
    let framesMax: Int
    let gapWindowsMax: Int
    let spans: Spans
    let grid: WindowGrid

    /// What survives a restart, counters among it.
    package internal(set) var state: WindowingState
    /// Whether the last tick changed anything that windows to come depend on. One that did not may be
    /// left out when the same inputs are given again: the next sample brings its own arrival time.
    package private(set) var hadTickEffect = false
    // In step with `state.streams`.
    var buffers: [FrameBuffer]
    var asideValues: [Sample.Value?]
    private var offsets: [ClockOffset]

    package init(asset: AssetName, settings: WindowingSettings) {
        self.init(restoring: WindowingState(asset: asset), settings: settings)
    }

    /// Goes on where `state` was taken; `refill` then brings back the frames of its open windows.
    package init(restoring state: WindowingState, settings: WindowingSettings) {
        precondition(settings.problems().isEmpty, "check settings before building on them")
        self.framesMax = settings.framesMax
        self.gapWindowsMax = settings.gapWindowsMax
        self.spans = Spans(settings)
        self.grid = WindowGrid(length: spans.length, hop: spans.hop)
        self.state = state
        self.buffers = state.streams.map { _ in FrameBuffer() }
        self.asideValues = state.streams.map { _ in nil }
        self.offsets = state.streams.map { _ in ClockOffset() }
    }

    /// Says how a stream behaves. A stream nobody declares has the default cadence of its kind
    /// (vectors regular, logs sporadic), the window length as lookback, and no hold.
    ///
    /// - Parameters:
    ///   - stream: The stream, before its first sample or with it.
    ///   - kind: What it carries.
    ///   - cadence: Whether it holds the watermark; `nil`: the default of its kind.
    ///   - lookback: How long before a window's end the stream's frames reach back; `nil`: the
    ///     window length.
    ///   - hold: How long the stream's last vector stands in when a window has none.
    package mutating func declare(
        _ stream: StreamName, kind: StreamKind, cadence: Cadence? = nil, lookback: Duration? = nil,
        hold: Duration = .zero
    ) {
        let s = index(of: stream, kind: kind)
        state.streams[s].kind = kind
        state.streams[s].cadence = cadence ?? kind.defaultCadence
        state.streams[s].lookback = lookback.map(Spans.bounded) ?? spans.length
        state.streams[s].hold = Spans.bounded(hold)
    }

    /// From now on samples of `stream` come with stamps `behind` nanoseconds earlier than they had.
    ///
    /// A regular stream holds the watermark back by itself. A sporadic one never does, and all it says would
    /// be late: the watermark waits for it by so much more than `lateness`. Returns `false` for a stream that
    /// was never heard.
    package mutating func expect(_ stream: StreamName, behind: Int64) -> Bool {
        guard let s = state.streams.firstIndex(where: { $0.name == stream }) else { return false }
        state.streams[s].behind = behind
        return true
    }

    /// Takes one sample and returns the windows it closed.
    ///
    /// A sample that Intake held back after it had arrived comes with `releasedAt`, the arrival time
    /// by now: arrival time does not go back for it.
    package mutating func ingest(_ sample: Sample, releasedAt: Int64? = nil) -> [Window] {
        precondition(sample.asset == state.asset, "\(sample.asset) is not \(state.asset)")
        let s = index(of: sample.stream, kind: sample.kind)
        advanceArrival(to: releasedAt ?? sample.arrival.elapsed)
        offsets[s].observe(
            wall: sample.arrival.wall, time: sample.time.nanoseconds, elapsed: state.now)
        settleClockAfterSilence()
        consider(sample, of: s)
        return closeReached()
    }

    /// Lets arrival time pass and returns the windows that silence closed.
    ///
    /// When the whole asset has been silent for `close_after`, all windows that have begun close,
    /// and one more, without samples, says that there is silence. Then nothing until it speaks.
    /// `isDrained` says that the broker has no backlog for us; while it has, nothing is silent, and
    /// silence counts from the first tick after it.
    package mutating func tick(_ arrival: Arrival, isDrained: Bool) -> [Window] {
        let before = footing
        var isUneven = arrival.elapsed < state.now
        defer { hadTickEffect = isUneven || footing != before }
        advanceArrival(to: arrival.elapsed)
        if letGoOfOldAsides() { isUneven = true }
        if state.isBacklogged == isDrained {
            state.isBacklogged = !isDrained
            state.silenceFrom = state.now
        }
        guard isDrained else { return [] }
        guard let acceptedAt = state.acceptedAt, !state.isSilenceReported else { return [] }
        settleClockAfterSilence()
        guard state.now - max(acceptedAt, state.silenceFrom) >= spans.closeAfter else {
            return closeReached()
        }
        settleClock()
        state.isSilenceReported = true
        var closed = closeBegun()
        if let next = state.nextWindow { closed.append(close(next)) }
        return closed
    }

    /// All that a tick may change and windows depend on, beside clocks that go back and samples let
    /// go. That a window came out shows in the next one.
    private struct Footing: Equatable {
        var watermark: Int64?
        var nextWindow: Int64?
        var isClockSettled: Bool
        var isSilenceReported: Bool
        var isBacklogged: Bool
    }

    private var footing: Footing {
        Footing(
            watermark: state.watermark, nextWindow: state.nextWindow,
            isClockSettled: state.isClockSettled, isSilenceReported: state.isSilenceReported,
            isBacklogged: state.isBacklogged)
    }

    /// The connection came, or came back: silence counts anew.
    package mutating func resumed(_ arrival: Arrival) {
        advanceArrival(to: arrival.elapsed)
        state.silenceFrom = state.now
    }

    /// The recording ends: closes all windows that have begun.
    package mutating func flush() -> [Window] {
        settleClock()
        for s in state.streams.indices { refuseAside(of: s) }
        return closeBegun()
    }

    /// How far the stream's clock is behind the gateway's, over the last minute or so.
    package func clockOffset(of stream: StreamName) -> ClockOffset? {
        state.streams.firstIndex { $0.name == stream }.map { offsets[$0] }
    }

    /// Every stream disagrees with the gateway's clock by more than `future_max`, so the gateway's
    /// clock is the suspect. Says nothing while a backlog is drained: its delays look the same.
    package var isGatewayClockSuspect: Bool {
        let least = offsets.compactMap(\.minimum?.nanoseconds)
        return !least.isEmpty && least.allSatisfy { $0.magnitude > spans.futureMax.magnitude }
    }

    /// The place of a stream in `state.streams`; a new one gets the defaults of its kind.
    private mutating func index(of stream: StreamName, kind: StreamKind) -> Int {
        if let known = state.streams.firstIndex(where: { $0.name == stream }) { return known }
        state.streams.append(
            StreamState(
                name: stream, kind: kind, cadence: kind.defaultCadence, lookback: spans.length,
                hold: 0))
        buffers.append(FrameBuffer())
        asideValues.append(nil)
        offsets.append(ClockOffset())
        return state.streams.count - 1
    }
}

extension StreamKind {
    var defaultCadence: Cadence {
        switch self {
        case .vector: .regular
        case .log: .sporadic
        }
    }
}

/// The settings' spans in nanoseconds, bounded so that no sum with an event time overflows.
struct Spans: Sendable {
    let length, hop, lateness, idleAfter, closeAfter, futureMax: Int64
    /// How long a sample put aside is kept, by arrival: a second stream proves it within
    /// `close_after`, or, with nobody else speaking, its own next sample; that one may take longer.
    let asideMax: Int64
    private static let asideHops: Int64 = 60

    init(_ settings: WindowingSettings) {
        length = Self.bounded(settings.length)
        hop = Self.bounded(settings.effectiveHop)
        lateness = Self.bounded(settings.lateness)
        idleAfter = Self.bounded(settings.idleAfter)
        closeAfter = Self.bounded(settings.closeAfter)
        futureMax = Self.bounded(settings.futureMax)
        asideMax = max(closeAfter, Self.asideHops * min(hop, .max / (2 * Self.asideHops)))
    }

    /// At most ten years.
    static func bounded(_ span: Duration) -> Int64 {
        min(span.nanoseconds, 10 * 366 * 86_400 * 1_000_000_000)
    }
}
