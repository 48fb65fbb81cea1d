import Foundation
import Signals
import Tools

/// One line to standard output, at once. When nobody reads it any more, the tool is to end.
func say(_ text: String) {
    do {
        try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    } catch {
        Interruption.ask()
    }
}

/// A line that is written over and over; nothing where standard error is no terminal.
final class StatusLine {
    private let isShown = isatty(STDERR_FILENO) != 0

    func show(_ text: String) {
        guard isShown else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }

    func clear() {
        show("")
    }
}

/// Times as text.
enum TimeText {
    /// `2026-01-01T00:05:10Z`
    static func utc(_ time: EventTime) -> String {
        var seconds = time_t(time.milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return String(
            format: "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
            parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec)
    }

    /// `14:05:10`, by the clock on the wall.
    static func local(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return String(format: "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec)
    }
}
