/// One thing wrong with the settings: where it stands, what it says, what was meant.
package struct SettingsFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file as it was named, or `environment`.
    package var file: String
    /// Counted from 1; columns in Unicode scalars. `nil` where there is no line to point at.
    package var line: Int?
    package var column: Int?
    /// `section.key`, or the environment's variable.
    package var key: String?
    /// The value as written, masked if it may be a secret.
    package var value: String?
    /// What is wrong, and what is meant.
    package var message: String

    package init(
        file: String, line: Int? = nil, column: Int? = nil, key: String? = nil,
        value: String? = nil, message: String
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.value = value
        self.message = message
    }

    /// `file:line:column: key = value: message`, without the parts that are not known.
    package var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        let setting = key.map { key in value.map { "\(key) = \($0): " } ?? "\(key): " } ?? ""
        return "\(place): \(setting)\(message)"
    }
}

/// Where a value came from.
package enum SettingsOrigin: Equatable, Sendable, CustomStringConvertible {
    case `default`
    case file(String, line: Int, column: Int)
    case environment(String)

    package var description: String {
        switch self {
        case .default: "default"
        case .file(let name, let line, _): "\(name):\(line)"
        case .environment(let variable): "environment \(variable)"
        }
    }
}

/// Keeps secrets out of what is printed. None has a key of its own, so this is for mistakes.
enum SecretMask {
    private static let words = ["password", "passphrase", "secret", "token", "private_key"]

    /// A value as faults show it: on one short line, and of a table nothing, as it may hold anything.
    static func shown(_ value: SettingsValue, key: String) -> String {
        if case .table = value { return "{ ... }" }
        let text = masked(value.toml, key: key)
        return text.count <= 80 ? text : text.prefix(77) + "..."
    }

    /// `text`, or `"***"` when `key` names a secret; a login inside a URL is masked in any value.
    /// A `_file` is a path, and a path is no secret.
    static func masked(_ text: String, key: String) -> String {
        let name = key.lowercased()
        if !name.hasSuffix("_file"), words.contains(where: name.contains) { return "\"***\"" }
        guard let scheme = text.firstRange(of: "://") else { return text }
        let rest = text[scheme.upperBound...]
        let host = rest.prefix { $0 != "/" && $0 != "\"" }
        guard let at = host.lastIndex(of: "@") else { return text }
        return text[..<scheme.upperBound] + "***" + rest[at...]
    }
}
