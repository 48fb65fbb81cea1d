import Foundation
package import Signals

/// A moment as people name it, on the command line and in commands: the same everywhere.
package enum Moment {
    /// Reads a date (`2026-11-25`) or a time (`2026-11-25T10:00`, `2026-11-25T10:00:30Z`) in UTC, a time
    /// with its zone (`2026-11-25T10:00:30+01:00`), milliseconds since 1970, `now`, or how long before
    /// `now` (`7d`, `36h`, `10m`); `nil` for anything else.
    package static func read(_ text: String, now: EventTime) -> EventTime? {
        if text == "now" { return now }
        if let milliseconds = Int64(text) {
            return milliseconds.magnitude < 1 << 43 ? EventTime(milliseconds: milliseconds) : nil
        }
        if let day = CivilDate.midnight(text) { return day }
        if let span = DurationText.duration(text) { return span >= .zero ? now - span : nil }
        return timeOfDay(text) ?? zoned(text)
    }

    /// As the end of "… is …".
    package static let words =
        "a date (2026-11-25), a time in UTC (2026-11-25T10:00), milliseconds since 1970, now, or how long "
        + "ago (10m, 7d)"

    private static func timeOfDay(_ text: String) -> EventTime? {
        let pattern = #/(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?Z?/#
        guard let match = text.wholeMatch(of: pattern),
            let day = CivilDate.midnight(String(match.1)), let hour = Int64(match.2),
            let minute = Int64(match.3), let second = Int64(match.4 ?? "0"), hour < 24, minute < 60,
            second < 60
        else { return nil }
        return day + .seconds(hour * 3600 + minute * 60 + second)
    }

    private static func zoned(_ text: String) -> EventTime? {
        // The reader of dates does not mind what follows.
        let pattern = #/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:?\d{2})/#
        guard text.wholeMatch(of: pattern) != nil, let date = try? Date(text, strategy: .iso8601)
        else { return nil }
        return EventTime(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}
