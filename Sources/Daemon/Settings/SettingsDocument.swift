import Foundation
import TOMLKit

/// One file of settings, read: its values, and where each of them stands.
struct SettingsDocument {
    var file: String
    var root: [String: SettingsValue]
    private var positions: [[String]: KeyLocator.Position]

    /// Reads TOML.
    ///
    /// TOMLKit tells the position of a syntax error but of no good value, so a locator of our own
    /// finds those. The parser stops at the first syntax error.
    init(parsing text: String, file: String) throws(SettingsFault) {
        self.file = file
        if let zero = text.utf8.firstIndex(of: 0) {
            let line = text.utf8[..<zero].count { $0 == UInt8(ascii: "\n") } + 1
            throw SettingsFault(
                file: file, line: line, message: "not valid TOML: a NUL byte; is this a text file?")
        }
        do {
            let table = try TOMLTable(string: text)
            root = withExtendedLifetime(table) { Self.entries(of: table) }
        } catch let error as TOMLParseError {
            let (line, column) = (error.source.begin.line, error.source.begin.column)
            throw SettingsFault(
                file: file, line: line, column: column,
                message: "not valid TOML: \(error.description)" + Self.hint(line, of: text))
        } catch {
            throw SettingsFault(file: file, message: "not valid TOML: \(error)")
        }
        positions = KeyLocator.positions(in: text)
    }

    /// Reads the file's bytes, then the TOML in them.
    init(readingFileAt path: String) throws(SettingsFault) {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let reason =
                FileManager.default.fileExists(atPath: path)
                ? "it is there, but may not be read" : "there is no such file"
            throw SettingsFault(file: path, message: "could not read the settings: \(reason).")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsFault(
                file: path, message: "not valid TOML: not UTF-8; save the file as UTF-8.")
        }
        try self.init(parsing: text, file: path)
    }

    /// Where the key at `path` stands; else where the nearest table around it does; else the top.
    func position(of path: [String]) -> KeyLocator.Position {
        var path = path
        while !path.isEmpty {
            if let position = positions[path] { return position }
            path.removeLast()
        }
        return KeyLocator.Position(line: 1, column: 1)
    }

    /// A value in an environment variable, read as TOML where it is TOML, else as text.
    static func value(inEnvironment text: String) -> SettingsValue {
        guard !text.utf8.contains(0), !text.contains("\n"),
            let table = try? TOMLTable(string: "value = \(text)")
        else { return .text(text) }
        return withExtendedLifetime(table) { entries(of: table) }["value"] ?? .text(text)
    }

    private static func entries(of table: TOMLTable) -> [String: SettingsValue] {
        var entries: [String: SettingsValue] = [:]
        for key in table.keys { entries[key] = table[key].map { value($0.tomlValue) } }
        return entries
    }

    private static func value(_ node: TOMLValue) -> SettingsValue {
        switch node.type {
        case .bool: .boolean(node.bool ?? false)
        case .int: .integer(node.int ?? 0)
        case .double: .number(node.double ?? .nan)
        case .string: .text(node.string ?? "")
        case .table: .table(node.table.map(entries) ?? [:])
        case .array: .list((node.array.map(Array.init) ?? []).map { value($0.tomlValue) })
        case .date, .time, .dateTime: .time(node.debugDescription)
        }
    }

    /// The commonest slip: `length = 5s` without quotes.
    private static func hint(_ number: Int, of text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(number - 1) else { return "" }
        let sides = lines[number - 1].split(separator: "=", maxSplits: 1)
        guard sides.count == 2 else { return "" }
        let value = sides[1].prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
        guard DurationText.duration(value) != nil || SizeText.bytes(value) != nil else { return "" }
        return "; durations and sizes stand in quotes: \"\(value)\""
    }
}
