import Signals

/// How values of one type stand in the settings file.
struct SettingsType<Value>: Sendable {
    /// As the end of "expected".
    var expected: String
    /// An environment variable's text is taken as it is, not read as TOML.
    var isText = false
    /// The words to choose from, where there are only some.
    var choices: [String] = []
    /// In a list that is none of this type, the first element to blame.
    var misfit: @Sendable (SettingsValue) -> SettingsValue? = { _ in nil }
    /// `nil`: not a value of this type.
    var decode: @Sendable (SettingsValue) -> Value?
    /// `nil`: left out of the file. Equal values give equal text.
    var encode: @Sendable (Value) -> SettingsValue?
}

extension SettingsType where Value == Bool {
    static let boolean = SettingsType(
        expected: "true or false",
        decode: { if case .boolean(let value) = $0 { value } else { nil } },
        encode: { .boolean($0) })
}

extension SettingsType where Value == Int {
    static let count = SettingsType(
        expected: "a whole number",
        decode: { if case .integer(let value) = $0 { value } else { nil } },
        encode: { .integer($0) })

    static let size = SettingsType(
        expected: "a size such as \"64MiB\"",
        decode: {
            switch $0 {
            case .integer(let bytes): bytes
            case .text(let text): SizeText.bytes(text)
            default: nil
            }
        },
        encode: { bytes in SizeText.text(for: bytes).map { .text($0) } ?? .integer(bytes) })
}

extension SettingsType where Value == Double {
    static let number = SettingsType(
        expected: "a number",
        decode: {
            switch $0 {
            case .integer(let value): Double(value)
            case .number(let value) where value.isFinite: value
            default: nil
            }
        },
        encode: { .number($0) })
}

extension SettingsType where Value == String {
    static let text = SettingsType(
        expected: "a text in quotes", isText: true,
        decode: { if case .text(let value) = $0 { value } else { nil } },
        encode: { .text($0) })
}

extension SettingsType where Value == StreamName {
    static let streamName = SettingsType(
        expected: "a name in quotes", isText: true,
        decode: { if case .text(let value) = $0 { StreamName(value) } else { nil } },
        encode: { .text($0.text) })
}

extension SettingsType where Value == Duration {
    static let duration = SettingsType(
        expected: "a duration such as \"5s\"", isText: true,
        decode: { if case .text(let text) = $0 { DurationText.duration(text) } else { nil } },
        encode: { .text(DurationText.text(for: $0)) })
}

extension SettingsType where Value == EventTime {
    static let date = SettingsType(
        expected: "a date such as 2000-01-01", isText: true,
        decode: {
            switch $0 {
            case .time(let text), .text(let text): CivilDate.midnight(text)
            default: nil
            }
        },
        encode: { .time(CivilDate.text(for: $0)) })
}

extension SettingsType where Value == QoS {
    static let qos = SettingsType(
        expected: "0, 1 or 2, MQTT's qualities of service",
        decode: {
            guard case .integer(let value) = $0, (0...2).contains(value) else { return nil }
            return QoS(rawValue: Int32(value))
        },
        encode: { .integer(Int($0.rawValue)) })
}

extension SettingsType
where
    Value: RawRepresentable & CaseIterable & SendableMetatype, Value.RawValue == String
{
    /// One of the names of an enumeration's cases.
    static var choice: SettingsType {
        let names = Value.allCases.map(\.rawValue)
        return SettingsType(
            expected: "one of " + names.map { "\"\($0)\"" }.joined(separator: ", "),
            isText: true, choices: names,
            decode: { if case .text(let name) = $0 { Value(rawValue: name) } else { nil } },
            encode: { .text($0.rawValue) })
    }
}

extension SettingsType {
    /// `""` means none: a file that comes later can take back what an earlier one gave.
    static func optional<Wrapped>(_ type: SettingsType<Wrapped>) -> SettingsType
    where Value == Wrapped? {
        SettingsType(
            expected: type.expected, isText: type.isText, choices: type.choices,
            decode: { value in
                if value == .text("") { return .some(nil) }
                return type.decode(value).map { .some($0) }
            },
            encode: { $0.flatMap(type.encode) })
    }

    static func list<Element>(_ type: SettingsType<Element>) -> SettingsType
    where Value == [Element] {
        let element = type.expected.replacing(#/^(an? |one of )/#, with: "")
        return SettingsType(
            expected: type.choices.isEmpty
                ? "a list, each a \(element)" : "a list of some of \(element)",
            choices: type.choices,
            misfit: { value in
                guard case .list(let values) = value else { return nil }
                return values.first { type.decode($0) == nil }
            },
            decode: { value in
                guard case .list(let values) = value else { return nil }
                let elements = values.compactMap(type.decode)
                return elements.count == values.count ? elements : nil
            },
            encode: { .list($0.compactMap(type.encode)) })
    }
}
