package import Signals

/// Moves the event times that payloads carry by whole seconds, and changes nothing else in them.
///
/// Whole seconds, because then every unit, every fraction of a second and the grid of windows of whole
/// seconds stay exactly what they were: no number is rounded. Which field carries the time is said by
/// the settings, as for reading. A payload without a time is left as it is.
package struct Restamper: Sendable {
    private typealias Rule = StreamDeclaration.TimestampRule

    private let sources: [(template: TopicTemplate, rule: Rule, isRaw: Bool)]
    private let seconds: Int64

    /// Messages whose time was moved, and those that had none to move.
    package private(set) var movedTotal = 0
    package private(set) var untouchedTotal = 0

    /// `settings` without problems; times move by `seconds` towards the future.
    package init(settings: IntakeSettings, seconds: Int64) {
        sources = settings.streams.map {
            let isRaw = $0.encoding == .f32le || $0.encoding == .f64le
            return (TopicTemplate($0.topic), $0.timestamp, isRaw)
        }
        self.seconds = seconds
    }

    package mutating func restamp(_ message: Message) -> Message {
        let source = sources.first { $0.template.match(message.topic) != nil }
        let rule = source?.rule ?? Rule()
        let payload: [UInt8]? =
            switch rule.source {
            case .arrival: nil
            case .head: source?.isRaw == true ? movedHead(message.payload) : nil
            case .field: movedField(message.payload, rule)
            }
        guard let payload else {
            untouchedTotal += 1
            return message
        }
        movedTotal += 1
        var moved = message
        moved.payload = payload
        return moved
    }

    /// Eight bytes, little-endian milliseconds.
    private func movedHead(_ payload: [UInt8]) -> [UInt8]? {
        guard payload.count >= 8 else { return nil }
        let head = payload.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
        }
        guard let stamp = Int64(exactly: head) else { return nil }
        let (moved, overflow) = stamp.addingReportingOverflow(seconds * 1000)
        guard !overflow, moved >= 0 else { return nil }
        return withUnsafeBytes(of: UInt64(moved).littleEndian) { Array($0) } + payload[8...]
    }

    private func movedField(_ payload: [UInt8], _ rule: Rule) -> [UInt8]? {
        guard let place = JSONFields.value(of: rule.field, in: payload),
            let value = moved(payload[place], rule.unit)
        else { return nil }
        return payload[..<place.lowerBound] + value + payload[place.upperBound...]
    }

    /// A stamp's own text, a number or a string, moved.
    private func moved(_ text: ArraySlice<UInt8>, _ unit: Rule.Unit) -> [UInt8]? {
        let quote = UInt8(ascii: "\"")
        guard text.first == quote else { return movedNumber(text, unit) }
        let inner = text.dropFirst().dropLast()
        let moved =
            unit == .auto || unit == .rfc3339
            ? RFC3339.moved(inner, seconds: seconds) ?? movedNumber(inner, unit)
            : movedNumber(inner, unit)
        return moved.map { [quote] + $0 + [quote] }
    }

    /// Only the digits before the point change, because the shift is whole in every unit.
    private func movedNumber(_ text: ArraySlice<UInt8>, _ unit: Rule.Unit) -> [UInt8]? {
        let whole = text.prefix { (0x30...0x39).contains($0) }
        let rest = text[whole.endIndex...]
        // Powers of ten and negative times are nobody's clock.
        guard let number = Int64(String(decoding: whole, as: UTF8.self)),
            rest.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
            let scale = Timestamp.nanoseconds(per: unit, magnitude: Double(number))
        else { return nil }
        let (shift, tooFar) = seconds.multipliedReportingOverflow(by: 1_000_000_000 / scale)
        let (sum, overflow) = number.addingReportingOverflow(shift)
        guard !tooFar, !overflow, sum >= 0 else { return nil }
        return Array(String(sum).utf8) + rest
    }
}

extension RFC3339 {
    /// The same text, later by `seconds`; fraction and offset stay as they were written.
    static func moved(_ text: ArraySlice<UInt8>, seconds: Int64) -> [UInt8]? {
        // `2026-11-21T01:49:05`
        let length = 19
        guard text.count > length else { return nil }
        let head = Array(text.prefix(length)) + [UInt8(ascii: "Z")]
        guard let local = head.withUnsafeBufferPointer(nanoseconds),
            text.withUnsafeBufferPointer({ nanoseconds($0) }) != nil
        else { return nil }
        let (shift, tooFar) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (moved, overflow) = local.addingReportingOverflow(shift)
        guard !tooFar, !overflow else { return nil }
        var date = Array(Self.text(nanoseconds: moved).utf8.prefix(length))
        date[10] = head[10]
        return date + text.dropFirst(length)
    }
}
