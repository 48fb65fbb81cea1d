/// The machine being watched: one token of the topic.
package struct AssetName: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package init(from decoder: any Decoder) throws {
        self.text = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }

    package static func < (a: AssetName, b: AssetName) -> Bool { a.text < b.text }
}

/// One sense of an asset: `camera`, `audio`, `log`, ...
package struct StreamName: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package init(from decoder: any Decoder) throws {
        self.text = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }

    package static func < (a: StreamName, b: StreamName) -> Bool { a.text < b.text }
}

package enum StreamKind: String, Sendable, Codable, CaseIterable {
    case vector, log
}

/// Whether a stream's quiet means anything.
package enum Cadence: String, Sendable, Codable, CaseIterable {
    /// Speaks steadily: it holds the watermark, and its silence is an absence.
    case regular
    /// Speaks when there is something to say: it never holds the watermark, and its silence is a
    /// count of zero.
    case sporadic
}

/// One decoded message: stream, event time, and a vector or a log line.
package struct Sample: Equatable, Sendable, Codable {
    package var asset: AssetName
    package var stream: StreamName
    package var time: EventTime
    package var arrival: Arrival
    package var value: Value

    package enum Value: Equatable, Sendable, Codable {
        case vector([Float])
        case log(LogRecord)
    }

    package init(
        asset: AssetName, stream: StreamName, time: EventTime, arrival: Arrival, value: Value
    ) {
        self.asset = asset
        self.stream = stream
        self.time = time
        self.arrival = arrival
        self.value = value
    }

    package var kind: StreamKind {
        switch value {
        case .vector: .vector
        case .log: .log
        }
    }
}

/// What a log line says, without the line.
package struct LogRecord: Equatable, Sendable, Codable {
    /// The template's number, stable across restarts within one asset's stream.
    package var template: Int32
    /// The template was born after this asset's templates were frozen.
    package var isUnseen: Bool
    /// Stable 64-bit hashes of the line's masked tokens, in order: which words it used, whatever
    /// the template makes of them. Masked numbers and addresses are left out.
    package var terms: [UInt64]
    package var severity: Severity

    package init(template: Int32, isUnseen: Bool, terms: [UInt64], severity: Severity) {
        self.template = template
        self.isUnseen = isUnseen
        self.terms = terms
        self.severity = severity
    }
}

/// How grave a log line calls itself; `unknown` when it does not.
package enum Severity: Int8, Sendable, Codable, Comparable, CaseIterable {
    case unknown = -1
    case debug, info, warning, error, critical

    package static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
}
