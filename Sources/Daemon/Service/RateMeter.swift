import Intake
import Signals

/// What came and went per second, over the last stretch between two `counters` messages.
struct RateMeter: Equatable, Sendable {
    struct Source: Hashable, Sendable {
        var asset: AssetName?
        var stream: StreamName?
    }

    /// `nil` before the first stretch is over.
    private(set) var messages: Double?
    private(set) var windows: Double?
    private var streams: [Source: Double] = [:]
    private var told = Totals()

    private struct Totals: Equatable, Sendable {
        var messages = 0
        var windows = 0
        var streams: [Source: Int] = [:]

        init() {}

        init(messages: Int, windows: Int, intake: [IntakeCount]) {
            self.messages = messages
            self.windows = windows
            for count in intake where count.stream != nil {
                streams[Source(asset: count.asset, stream: count.stream)] = count.received.total
            }
        }
    }

    /// Messages per second of one stream; `nil` before its first stretch is over.
    subscript(asset: AssetName, stream: StreamName) -> Double? {
        streams[Source(asset: asset, stream: stream)]
    }

    /// Begins the first stretch: what a restart did once more is no traffic.
    mutating func begin(messages: Int, windows: Int, intake: [IntakeCount]) {
        told = Totals(messages: messages, windows: windows, intake: intake)
    }

    /// Ends a stretch of so many seconds with these totals since the start, and begins the next.
    mutating func measure(messages: Int, windows: Int, intake: [IntakeCount], seconds: Double) {
        guard seconds > 0 else { return }
        let now = Totals(messages: messages, windows: windows, intake: intake)
        self.messages = Double(now.messages - told.messages) / seconds
        self.windows = Double(now.windows - told.windows) / seconds
        // A forgotten asset that is heard again counts from nothing.
        streams = Dictionary(
            uniqueKeysWithValues: now.streams.map { source, total in
                (source, Double(max(0, total - (told.streams[source] ?? 0))) / seconds)
            })
        told = now
    }
}
