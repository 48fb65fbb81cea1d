import CSimdjson
import Signals

/// Turns what a payload says about its time into event time.
enum Timestamp {
    typealias Unit = StreamDeclaration.TimestampRule.Unit

    /// The event time `scalar` says in `unit`, or `nil` when it says none (it is absent).
    static func time(_ scalar: AnchordScalar, unit: Unit) throws(Refusal) -> EventTime? {
        switch scalar.kind {
        case .absent: return nil
        case .integer: return try time(integer: scalar.integer, unit: unit)
        case .fraction: return try time(fraction: scalar.fraction, unit: unit)
        case .text: return try time(text: scalar.text.buffer, unit: unit)
        case .other: throw Refusal(.badTimestamp)
        }
    }

    static func time(integer: Int64, unit: Unit) throws(Refusal) -> EventTime {
        guard let scale = nanoseconds(per: unit, magnitude: Double(integer)) else {
            throw Refusal(.badTimestamp)
        }
        let (nanoseconds, overflow) = integer.multipliedReportingOverflow(by: scale)
        guard !overflow else { throw Refusal(.implausibleTime) }
        return EventTime(nanoseconds: nanoseconds)
    }

    /// A fraction is a `Double`, good to a quarter of a microsecond in our century: rounding to
    /// whole microseconds gives back the decimal that was written.
    private static func time(fraction: Double, unit: Unit) throws(Refusal) -> EventTime {
        guard let scale = nanoseconds(per: unit, magnitude: fraction) else {
            throw Refusal(.badTimestamp)
        }
        let microseconds = (fraction * (Double(scale) / 1000)).rounded()
        guard microseconds.magnitude < 9e15 else { throw Refusal(.implausibleTime) }
        return EventTime(nanoseconds: Int64(microseconds) * 1000)
    }

    private static func time(
        text: UnsafeBufferPointer<UInt8>, unit: Unit
    ) throws(Refusal) -> EventTime {
        if unit == .auto || unit == .rfc3339, let nanoseconds = RFC3339.nanoseconds(text) {
            return EventTime(nanoseconds: nanoseconds)
        }
        guard text.count <= 40, unit != .rfc3339 else { throw Refusal(.badTimestamp) }
        let number = String(decoding: text, as: UTF8.self)
        if let integer = Int64(number) { return try time(integer: integer, unit: unit) }
        guard let fraction = Double(number), fraction.isFinite else {
            throw Refusal(.badTimestamp)
        }
        return try time(fraction: fraction, unit: unit)
    }

    /// Nanoseconds in one `unit`. Automatically: seconds up to the year 5138, milliseconds,
    /// microseconds and nanoseconds from 1973 on never look alike.
    static func nanoseconds(per unit: Unit, magnitude: Double) -> Int64? {
        switch unit {
        case .s: 1_000_000_000
        case .ms: 1_000_000
        case .us: 1000
        case .ns: 1
        case .rfc3339: nil
        case .auto:
            switch magnitude.magnitude {
            case ..<1e11: 1_000_000_000
            case ..<1e14: 1_000_000
            case ..<1e17: 1000
            default: 1
            }
        }
    }
}
