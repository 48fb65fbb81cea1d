/// Finds where each key of a TOML text stands.
///
/// In: a text the parser has accepted. Out: by path, the position of every key, table header and
/// list element; elements of lists and of `[[tables]]` are numbered from `"0"`. It reads no values
/// and judges nothing. Given a text that is not TOML it finds something else, but comes to an end.
struct KeyLocator {
    /// Counted from 1; columns in Unicode scalars, as the parser counts them.
    struct Position: Equatable, Sendable {
        var line: Int
        var column: Int
    }

    /// The parser itself refuses texts nested deeper than that.
    private static let depthMax = 256

    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    private var column = 1
    private var positions: [[String]: Position] = [:]
    private var elementCounts: [[String]: Int] = [:]

    static func positions(in text: String) -> [[String]: Position] {
        var locator = KeyLocator(bytes: Array(text.utf8))
        locator.readDocument()
        return locator.positions
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            at = 3
        }
    }

    private mutating func readDocument() {
        var table: [String] = []
        while true {
            skipBlank(acrossLines: true)
            guard let byte = peek else { return }
            if byte == UInt8(ascii: "[") {
                table = readHeader()
            } else {
                readPair(in: table, depth: 0)
            }
            skipLine()
        }
    }

    /// `[table]` or `[[table]]`; returns the path under which its keys stand.
    private mutating func readHeader() -> [String] {
        let start = position
        advance()
        let isElement = peek == UInt8(ascii: "[")
        if isElement { advance() }
        let names = readKey()
        // A name on the way that is a list of tables means its newest element.
        var path: [String] = []
        for name in names.dropLast() {
            path.append(name)
            if let count = elementCounts[path] { path.append(String(count - 1)) }
        }
        if let last = names.last { path.append(last) }
        if isElement {
            record(path, start)
            let index = elementCounts[path, default: 0]
            elementCounts[path] = index + 1
            path.append(String(index))
        } else if let count = elementCounts[path] {
            path.append(String(count - 1))
        }
        record(path, start)
        return path
    }

    /// `key = value`, where the key may be dotted.
    private mutating func readPair(in table: [String], depth: Int) {
        let start = position
        var path = table
        for name in readKey() {
            path.append(name)
            record(path, start)
        }
        skipBlank(acrossLines: false)
        guard peek == UInt8(ascii: "=") else { return }
        advance()
        skipBlank(acrossLines: false)
        readValue(at: path, depth: depth)
    }

    private mutating func readKey() -> [String] {
        var names: [String] = []
        while true {
            skipBlank(acrossLines: false)
            names.append(readName())
            skipBlank(acrossLines: false)
            guard peek == UInt8(ascii: ".") else { return names }
            advance()
        }
    }

    private mutating func readName() -> String {
        if let quote = peek, isQuote(quote) { return readString() }
        let start = at
        while let byte = peek, !" \t\r\n.=[]{},#\"'".utf8.contains(byte) { advance() }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func readValue(at path: [String], depth: Int) {
        guard let byte = peek, depth < Self.depthMax else { return }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = readString()
        case UInt8(ascii: "["): readList(at: path, depth: depth + 1)
        case UInt8(ascii: "{"): readInlineTable(at: path, depth: depth + 1)
        default: while let byte = peek, !",]}#\n".utf8.contains(byte) { advance() }
        }
    }

    private mutating func readList(at path: [String], depth: Int) {
        advance()
        var index = 0
        while true {
            skipBlank(acrossLines: true)
            guard let byte = peek else { return }
            if byte == UInt8(ascii: "]") { return advance() }
            let start = at
            let element = path + [String(index)]
            record(element, position)
            readValue(at: element, depth: depth)
            skipBlank(acrossLines: true)
            if peek == UInt8(ascii: ",") {
                advance()
                index += 1
            } else if at == start {
                advance()  // Not TOML; go on all the same.
            }
        }
    }

    private mutating func readInlineTable(at path: [String], depth: Int) {
        advance()
        while true {
            skipBlank(acrossLines: true)
            guard let byte = peek else { return }
            if byte == UInt8(ascii: "}") { return advance() }
            let start = at
            readPair(in: path, depth: depth)
            skipBlank(acrossLines: true)
            if peek == UInt8(ascii: ",") || at == start { advance() }
        }
    }

    /// Any of the four strings, from its opening quote to behind its closing one.
    private mutating func readString() -> String {
        guard let quote = peek else { return "" }
        let closing = [quote, quote, quote]
        let isLong = bytes[at...].starts(with: closing)
        let escapes = quote == UInt8(ascii: "\"")
        advance(isLong ? 3 : 1)
        let start = at
        while let byte = peek {
            if escapes && byte == UInt8(ascii: "\\") {
                advance(2)
            } else if isLong ? bytes[at...].starts(with: closing) : byte == quote {
                let text = String(decoding: bytes[start..<at], as: UTF8.self)
                advance(isLong ? 3 : 1)
                // A long string may end in one or two quotes of its own.
                while isLong, peek == quote { advance() }
                return text
            } else if !isLong && byte == UInt8(ascii: "\n") {
                break
            } else {
                advance()
            }
        }
        return String(decoding: bytes[start..<min(at, bytes.count)], as: UTF8.self)
    }

    private mutating func skipBlank(acrossLines: Bool) {
        while let byte = peek {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): advance()
            case UInt8(ascii: "\n") where acrossLines: advance()
            case UInt8(ascii: "#") where acrossLines: skipLine()
            default: return
            }
        }
    }

    private mutating func skipLine() {
        while let byte = peek, byte != UInt8(ascii: "\n") { advance() }
        advance()
    }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where at < bytes.count {
            if bytes[at] == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if bytes[at] & 0xC0 != 0x80 {
                column += 1
            }
            at += 1
        }
    }

    private var position: Position { Position(line: line, column: column) }

    private mutating func record(_ path: [String], _ position: Position) {
        if positions[path] == nil { positions[path] = position }
    }

    private func isQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }
}
