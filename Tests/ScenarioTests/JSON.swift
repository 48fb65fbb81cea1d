import Foundation  // `JSONDecoder`.

/// A JSON value, so that expectations need no Swift.
enum JSON: Equatable, Sendable, Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSON].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    init(_ text: some StringProtocol) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
    }

    subscript(key: String) -> JSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var members: [String: JSON] { if case .object(let members) = self { members } else { [:] } }
}

extension JSON: CustomStringConvertible {
    var description: String {
        switch self {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .number(let number): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .text(let text): "\"\(text)\""
        case .list(let list): "[" + list.map(\.description).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
                .joined(separator: ",") + "}"
        }
    }
}

extension JSON {
    /// What `found` lacks of this pattern, as sentences; empty when it has all of it.
    ///
    /// Objects are matched by the members they name. `null` wants null or nothing at all.
    /// `{"min": a, "max": b}` bounds a number, `{"contains": "words"}` a text.
    func differences(from found: JSON?, at path: String = "") -> [String] {
        let shown = found.map(\.description) ?? "nothing"
        switch self {
        case .null:
            return found == nil || found == .null ? [] : ["\(path) is \(shown), not null"]
        case .object(let members) where isBounds:
            guard let number = found?.number else { return ["\(path) is \(shown), no number"] }
            var faults: [String] = []
            if let min = members["min"]?.number, number < min {
                faults.append("\(path) is \(shown), below \(JSON.number(min))")
            }
            if let max = members["max"]?.number, number > max {
                faults.append("\(path) is \(shown), above \(JSON.number(max))")
            }
            return faults
        case .object(let members) where members.count == 1 && members["contains"] != nil:
            guard let part = members["contains"]?.text, let text = found?.text, text.contains(part)
            else { return ["\(path) is \(shown), without \(members["contains"] ?? .null)"] }
            return []
        case .object(let members):
            guard case .object = found else { return ["\(path) is \(shown), no object"] }
            return members.sorted { $0.key < $1.key }.flatMap { key, wanted in
                wanted.differences(
                    from: found?[key], at: path.isEmpty ? key : "\(path).\(key)")
            }
        default:
            return found == self ? [] : ["\(path) is \(shown), not \(self)"]
        }
    }

    /// Whether this is `{"min": a}`, `{"max": b}` or both.
    var isBounds: Bool {
        !members.isEmpty
            && members.allSatisfy { ["min", "max"].contains($0.key) && $0.value.number != nil }
    }
}
