/// When something happened at the machine, by the machine's own clock.
///
/// Not the time a message reached us: windows are cut in event time only, and the compiler keeps
/// the two apart.
package struct EventTime: Hashable, Comparable, Sendable, Codable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// `milliseconds` since 1970-01-01T00:00:00Z.
    package init(milliseconds: Int64) {
        self.nanoseconds = milliseconds * 1_000_000
    }

    /// Rounded towards the past.
    package var milliseconds: Int64 {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? whole - 1 : whole
    }

    package static func < (a: EventTime, b: EventTime) -> Bool { a.nanoseconds < b.nanoseconds }

    package static func + (time: EventTime, span: Duration) -> EventTime {
        EventTime(nanoseconds: time.nanoseconds + span.nanoseconds)
    }

    package static func - (time: EventTime, span: Duration) -> EventTime {
        EventTime(nanoseconds: time.nanoseconds - span.nanoseconds)
    }

    /// How much later `a` is than `b`.
    package static func - (a: EventTime, b: EventTime) -> Duration {
        .nanoseconds(a.nanoseconds - b.nanoseconds)
    }
}

/// When a message reached us. In a replay both clocks come from the recording's `tst`.
package struct Arrival: Hashable, Sendable, Codable {
    /// The gateway's wall clock, nanoseconds since 1970-01-01T00:00:00Z. May step; only shown, and
    /// used as the event time of payloads that carry none.
    package let wall: Int64

    /// A clock that never steps, nanoseconds since some start. Silence is measured on it.
    package let elapsed: Int64

    package init(wall: Int64, elapsed: Int64) {
        self.wall = wall
        self.elapsed = elapsed
    }
}

extension Duration {
    /// The whole duration in nanoseconds; spans beyond ±292 years are clamped.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        return whole + attoseconds / 1_000_000_000
    }

    /// The whole duration in seconds.
    package var seconds: Double { Double(nanoseconds) / 1e9 }
}
