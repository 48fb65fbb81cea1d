package import Signals

/// Why a message did not become a sample. Each case has its own counter.
package enum Rejection: String, CaseIterable, Comparable, Sendable {
    /// Not the encoding it should be: broken JSON, binary where text belongs, bad base64 letters.
    case malformed
    /// JSON without the field that carries the value or the line.
    case missingField = "missing_field"
    /// NaN, an infinity, null, or a number no float holds.
    case notFinite = "not_finite"
    case wrongDimension = "wrong_dimension"
    case dimensionTooLarge = "dimension_too_large"
    /// Raw or base64 bytes that are not whole numbers.
    case wrongLength = "wrong_length"
    case payloadTooLarge = "payload_too_large"
    case emptyPayload = "empty_payload"
    /// A time that cannot be read in the declared unit.
    case badTimestamp = "bad_timestamp"
    /// A time outside `time_min` and `time_max`.
    case implausibleTime = "implausible_time"
    case unknownTopic = "unknown_topic"
    /// An asset or stream name with characters that names cannot have, or too long a one.
    case badAssetName = "bad_asset_name"
    case tooManyAssets = "too_many_assets"
    case tooManyStreams = "too_many_streams"
    /// Sent from the broker's memory: old, and not the machine speaking now.
    case retained
    /// A log line from a vector stream, or the other way round.
    case wrongKind = "wrong_kind"

    package static func < (a: Rejection, b: Rejection) -> Bool { a.rawValue < b.rawValue }
}

/// What was mended in a message that was taken all the same.
package enum Repair: String, CaseIterable, Sendable {
    /// Bytes that were not UTF-8 were replaced by U+FFFD.
    case utf8Repaired = "utf8_repaired"
    /// A line longer than `line_bytes_max` lost its end.
    case lineCut = "line_cut"
    /// A line needed a template more than `templates_max`.
    case templatesFull = "templates_full"
}

/// One refused message, for a log line. Holds no part of the payload: it may be secret.
package struct Refusal: Error, Equatable, Sendable, CustomStringConvertible {
    package var reason: Rejection
    package var asset: AssetName?
    package var stream: StreamName?
    /// The topic's first 128 characters, printable ones only.
    package var topic = ""
    package var payloadBytes = 0
    /// Numbers or bytes, as the reason has it.
    package var expected: Int?
    package var found: Int?

    init(_ reason: Rejection, expected: Int? = nil, found: Int? = nil) {
        self.reason = reason
        self.expected = expected
        self.found = found
    }

    package var description: String {
        var text = "refused \(payloadBytes) bytes on \"\(topic)\": \(reason.rawValue)"
        if let found { text += ", found \(found)" }
        if let expected { text += ", expected \(expected)" }
        return text
    }

    static func excerpt(of topic: String) -> String {
        String(
            String.UnicodeScalarView(
                topic.unicodeScalars.prefix(128).map {
                    $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : $0
                }))
    }
}
