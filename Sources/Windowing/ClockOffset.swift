/// How far one stream's clock is behind the gateway's: arrival by the wall clock minus event time.
///
/// Delays on the way only ever add to it, and a drained backlog adds hours, so the least value of
/// each second of arrival is kept, for the last minute or so. Shown to people; moves nothing.
package struct ClockOffset: Equatable, Sendable {
    private static let secondsMax = 64

    private var seconds: [Int64] = []
    private var second: Int64?

    package init() {}

    /// The least offset of the recent past, the best estimate of the clocks' difference.
    package var minimum: Duration? { seconds.min().map { .nanoseconds($0) } }

    /// The usual offset of the recent past, transport included.
    package var median: Duration? {
        seconds.isEmpty ? nil : .nanoseconds(seconds.sorted()[seconds.count / 2])
    }

    mutating func observe(wall: Int64, time: Int64, elapsed: Int64) {
        let offset = wall.subtractingReportingOverflow(time).partialValue
        let now = elapsed / 1_000_000_000
        if second == now, let least = seconds.last {
            if offset < least { seconds[seconds.count - 1] = offset }
            return
        }
        second = now
        if seconds.count == Self.secondsMax { seconds.removeFirst() }
        seconds.append(offset)
    }
}
