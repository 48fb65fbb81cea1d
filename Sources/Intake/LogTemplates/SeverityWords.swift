import CSimdjson
import Signals

/// How grave a log line calls itself: by a field, by a syslog head, or by a word in its text.
enum SeverityWords {
    /// Words of syslog (RFC 5424) and of common logging libraries.
    private static let words: [String: Severity] = [
        "trace": .debug, "debug": .debug, "verbose": .debug, "fine": .debug,
        "info": .info, "information": .info, "informational": .info, "notice": .info,
        "warn": .warning, "warning": .warning,
        "err": .error, "error": .error, "severe": .error, "failure": .error,
        "crit": .critical, "critical": .critical, "fatal": .critical, "alert": .critical,
        "emerg": .critical, "emergency": .critical, "panic": .critical,
    ]

    /// A `severity` field: one of the words, or syslog's number (0 emergency to 7 debug).
    static func severity(_ scalar: AnchordScalar) -> Severity? {
        switch scalar.kind {
        case .integer: return syslog(scalar.integer)
        case .text:
            let bytes = scalar.text.buffer
            guard bytes.count <= 16 else { return nil }
            let text = String(decoding: bytes, as: UTF8.self)
            return Int64(text).flatMap(syslog) ?? words[text.lowercased()]
        case .absent, .fraction, .other: return nil
        }
    }

    /// The first word of the line's head that names a severity.
    ///
    /// A word in capitals counts as it stands (`ERROR`); another only where it is set off as a label
    /// (`[error]`, `error:`, `level=error`): "no error found" is no error.
    static func severity(inLine line: UnsafeBufferPointer<UInt8>) -> Severity {
        if let head = syslogHead(line) { return head }
        var start = 0
        var tokens = 0
        while start < line.count, tokens < 16 {
            while start < line.count, line[start] <= 0x20 { start += 1 }
            var end = start
            while end < line.count, line[end] > 0x20 { end += 1 }
            if let severity = severity(ofToken: UnsafeBufferPointer(rebasing: line[start..<end])) {
                return severity
            }
            start = end
            tokens += 1
        }
        return .unknown
    }

    private static func severity(ofToken token: UnsafeBufferPointer<UInt8>) -> Severity? {
        guard (3...40).contains(token.count) else { return nil }
        var first = 0
        if let equals = token.lastIndex(of: UInt8(ascii: "=")) {
            let key = String(decoding: token[..<equals], as: UTF8.self).lowercased()
            guard ["level", "severity", "lvl", "loglevel", "log_level"].contains(key) else {
                return nil
            }
            first = equals + 1
        }
        var last = token.count
        while first < last, !isLetter(token[first]) { first += 1 }
        while first < last, !isLetter(token[last - 1]) { last -= 1 }
        let word = token[first..<last]
        guard (3...13).contains(word.count), word.allSatisfy(isLetter) else { return nil }
        let isCapital = word.allSatisfy { $0 < 0x60 }
        let isLabel =
            first > 0 && "[<=|".utf8.contains(token[first - 1])
            || last < token.count && token[last] == UInt8(ascii: ":")
        guard isCapital || isLabel else { return nil }
        return words[String(decoding: word, as: UTF8.self).lowercased()]
    }

    /// `<34>` before the line: facility times eight plus severity.
    private static func syslogHead(_ line: UnsafeBufferPointer<UInt8>) -> Severity? {
        guard line.count > 2, line[0] == UInt8(ascii: "<") else { return nil }
        var priority: Int64 = 0
        for (index, byte) in line.dropFirst().prefix(4).enumerated() {
            if byte == UInt8(ascii: ">") {
                return index > 0 && priority <= 191 ? syslog(priority % 8) : nil
            }
            guard (0x30...0x39).contains(byte) else { return nil }
            priority = priority * 10 + Int64(byte - 0x30)
        }
        return nil
    }

    private static func syslog(_ number: Int64) -> Severity? {
        switch number {
        case 0...2: .critical
        case 3: .error
        case 4: .warning
        case 5, 6: .info
        case 7: .debug
        default: nil
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
