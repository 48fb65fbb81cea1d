package import Signals

/// A moment as people name it on the command line.
package enum ReportMoment {
    /// Reads `2026-11-25`, `2026-11-25T10:00`, `2026-11-25T10:00:30Z` (UTC), `now`, or how long
    /// before `now`: `7d`, `36h`; `nil` for anything else.
    package static func time(_ text: String, now: EventTime) -> EventTime? {
        if text == "now" { return now }
        if let day = CivilDate.midnight(text) { return day }
        if let span = DurationText.duration(text), span >= .zero { return now - span }
        let pattern = #/(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?Z?/#
        guard let match = text.wholeMatch(of: pattern),
            let day = CivilDate.midnight(String(match.1)), let hour = Int64(match.2),
            let minute = Int64(match.3), let second = Int64(match.4 ?? "0"), hour < 24, minute < 60,
            second < 60
        else { return nil }
        return day + .seconds(hour * 3600 + minute * 60 + second)
    }
}
