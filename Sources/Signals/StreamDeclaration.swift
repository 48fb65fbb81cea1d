/// What is known about one stream before its first sample. A `[[streams]]` entry of the settings
/// file, or what discovery learnt.
package struct StreamDeclaration: Equatable, Sendable, Codable {
    package var name: StreamName
    /// `nil`: learnt from the first samples.
    package var kind: StreamKind?
    /// Topic with the placeholder `{asset}`, and `{stream}` where one entry names several streams.
    package var topic: String
    package var encoding: Encoding = .auto
    /// Numbers in one vector; `nil`: learnt from the first samples (never for raw encodings).
    package var dimension: Int?
    package var timestamp = TimestampRule()
    /// `nil`: regular for vectors, sporadic for logs.
    package var cadence: Cadence?
    /// How long before a window's end the stream's features reach back; `nil`: the window length.
    package var lookback: Duration?
    /// How long the last vector of a slow stream stands in for a missing one.
    package var hold: Duration = .zero
    /// JSON fields of the payload.
    package var valueField = "v"
    package var lineField = "line"
    /// Names of the vector's numbers, for explanations; empty: they are told by their place.
    package var features: [String] = []

    package enum Encoding: String, Sendable, Codable, CaseIterable {
        /// JSON when the payload starts with `{` or `[`, else a line of text. Vectors in JSON may be
        /// arrays or base64 of little-endian float32.
        case auto
        case json
        /// Little-endian numbers of the declared dimension, with or without an 8-byte head.
        case f32le, f64le
        /// One log line as plain text.
        case text
    }

    /// Where the event time is, and in what unit.
    package struct TimestampRule: Equatable, Sendable, Codable {
        package var source: Source = .field
        package var field = "ts"
        package var unit: Unit = .auto

        package enum Source: String, Sendable, Codable, CaseIterable {
            /// A JSON field. Payloads without it take the arrival time.
            case field
            /// Eight bytes before a raw vector: little-endian unsigned milliseconds since 1970.
            case head
            /// Always the time of arrival.
            case arrival
        }

        package enum Unit: String, Sendable, Codable, CaseIterable {
            case auto, s, ms, us, ns, rfc3339
        }

        package init() {}
    }

    package init(name: StreamName, topic: String) {
        self.name = name
        self.topic = topic
    }
}
