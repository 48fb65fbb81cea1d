import Foundation
import Glibc
import Logging

/// Log lines on standard error: one fixed sentence, facts behind it.
struct LogOutput: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let isJournald: Bool

    static func logger(_ settings: LogSettings, environment: [String: String]) -> Logger {
        let isJournald =
            switch settings.format {
            case .journald: true
            case .text: false
            // systemd sets it when standard error goes to the journal.
            case .auto: environment["JOURNAL_STREAM"] != nil
            }
        let level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
        return Logger(label: "anchord") { _ in
            LogOutput(logLevel: level, isJournald: isJournald)
        }
    }

    private init(logLevel: Logger.Level, isJournald: Bool) {
        self.logLevel = logLevel
        self.isJournald = isJournald
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = isJournald ? "<\(priority(event.level))>" : "\(Self.time()) \(event.level): "
        line += "\(event.message)"
        let facts = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in facts.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.quoted("\(value)"))"
        }
        line += "\n"
        FileHandle.standardError.write(Data(line.utf8))
    }

    /// syslog's numbers, which journald reads from the front of a line.
    private func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    private static func quoted(_ value: String) -> String {
        let plain = value.replacingOccurrences(of: "\n", with: " ")
        return plain.contains(" ")
            ? "\"\(plain.replacingOccurrences(of: "\"", with: "'"))\"" : plain
    }

    private static func time() -> String {
        var now = time_t()
        Glibc.time(&now)
        var parts = tm()
        gmtime_r(&now, &parts)
        return String(
            format: "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
            parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec)
    }
}
