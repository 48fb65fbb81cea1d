/// A value as the settings file holds it, before anybody asked what it should have been.
enum SettingsValue: Equatable, Sendable {
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    /// Dates and times, as they are written.
    case time(String)
    case list([SettingsValue])
    case table([String: SettingsValue])

    /// As TOML, on one line; equal values give equal text.
    var toml: String {
        switch self {
        case .boolean(let value): String(value)
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .text(let value): Self.quoted(value)
        case .time(let value): value
        case .list(let values): "[" + values.map(\.toml).joined(separator: ", ") + "]"
        case .table(let entries):
            "{ "
                + entries.sorted { $0.key < $1.key }
                .map { "\(Self.bareOrQuoted($0.key)) = \($0.value.toml)" }
                .joined(separator: ", ") + " }"
        }
    }

    /// As the end of "expected ..., found".
    var noun: String {
        switch self {
        case .boolean: toml
        case .integer, .number: "the number \(toml)"
        case .text: "the text \(toml)"
        case .time: "the time \(toml)"
        case .list: "a list"
        case .table: "a table"
        }
    }

    static func bareOrQuoted(_ key: String) -> String {
        let isBare =
            !key.isEmpty
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        return isBare ? key : quoted(key)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let hex = String(scalar.value, radix: 16, uppercase: true)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
