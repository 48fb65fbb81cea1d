/// The masks that the settings choose, tried at each byte of a token: paths, addresses, hexadecimal,
/// numbers. One set of patterns for all systems.
struct LineMasks: Equatable, Sendable {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private let masksNumbers, masksHex, masksAddresses, masksPaths: Bool

    init(_ masks: [LogTemplateSettings.Mask]) {
        masksNumbers = masks.contains(.numbers)
        masksHex = masks.contains(.hex)
        masksAddresses = masks.contains(.ipAddresses)
        masksPaths = masks.contains(.paths)
    }

    /// What begins at `start` and is to be masked, and where it ends.
    func match(_ token: Bytes, at start: Int) -> (mask: String, end: Int)? {
        let byte = token[start]
        let before: UInt8 = start > 0 ? token[start - 1] : 0x20
        if masksPaths, byte == UInt8(ascii: "/"), let end = path(token, start, before) {
            return ("<path>", end)
        }
        guard !isWordByte(before) else { return nil }
        if masksAddresses, Character.isDigit(byte), let end = address(token, start) {
            return ("<ip>", end)
        }
        if masksHex, isHexDigit(byte), let end = hex(token, start) { return ("<hex>", end) }
        if masksNumbers, let end = number(token, start) { return ("<num>", end) }
        return nil
    }

    /// A slash that no word, URL or relative path precedes, and all up to a separator.
    private func path(_ token: Bytes, _ start: Int, _ before: UInt8) -> Int? {
        guard !isWordByte(before), !"._/:-".utf8.contains(before) else { return nil }
        var end = start + 1
        while end < token.count, !",;:()[]\"'=".utf8.contains(token[end]) { end += 1 }
        return end > start + 1 ? end : nil
    }

    /// Four numbers with points between, and a port.
    private func address(_ token: Bytes, _ start: Int) -> Int? {
        var end = start
        for group in 0..<4 {
            if group > 0 {
                guard end < token.count, token[end] == UInt8(ascii: ".") else { return nil }
                end += 1
            }
            let digits = digits(token, end)
            guard (1...3).contains(digits) else { return nil }
            end += digits
        }
        if end < token.count, token[end] == UInt8(ascii: ":") {
            let port = digits(token, end + 1)
            if port > 0, isEnd(token, end + 1 + port) { return end + 1 + port }
        }
        return isEnd(token, end) ? end : nil
    }

    /// `0x` and digits, or six and more hexadecimal digits with both a letter and a digit.
    private func hex(_ token: Bytes, _ start: Int) -> Int? {
        if token[start] == UInt8(ascii: "0"), start + 2 < token.count,
            token[start + 1] | 0x20 == 0x78
        {
            var end = start + 2
            while end < token.count, isHexDigit(token[end]) { end += 1 }
            return end > start + 2 && isEnd(token, end) ? end : nil
        }
        var end = start
        var hasDigit = false
        var hasLetter = false
        while end < token.count, isHexDigit(token[end]) {
            if Character.isDigit(token[end]) { hasDigit = true } else { hasLetter = true }
            end += 1
        }
        return end - start >= 6 && hasDigit && hasLetter && isEnd(token, end) ? end : nil
    }

    /// A sign, groups of digits with points between, and a unit of at most four letters.
    private func number(_ token: Bytes, _ start: Int) -> Int? {
        var end = start
        if token[end] == UInt8(ascii: "-") || token[end] == UInt8(ascii: "+") { end += 1 }
        guard digits(token, end) > 0 else { return nil }
        end += digits(token, end)
        var good = endOfUnit(token, end)
        while end < token.count, token[end] == UInt8(ascii: ".") {
            let group = digits(token, end + 1)
            guard group > 0 else { break }
            end += 1 + group
            good = endOfUnit(token, end) ?? good
        }
        return good
    }

    private func endOfUnit(_ token: Bytes, _ start: Int) -> Int? {
        if start < token.count, token[start] == UInt8(ascii: "%") { return start + 1 }
        var end = start
        while end < token.count, end - start < 4, isASCIILetter(token[end]) { end += 1 }
        return isEnd(token, end) ? end : nil
    }

    private func digits(_ token: Bytes, _ start: Int) -> Int {
        var end = start
        while end < token.count, Character.isDigit(token[end]) { end += 1 }
        return end - start
    }

    private func isEnd(_ token: Bytes, _ position: Int) -> Bool {
        position >= token.count || !isWordByte(token[position])
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        Character.isDigit(byte) || isASCIILetter(byte)
    }

    private func isASCIILetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private func isHexDigit(_ byte: UInt8) -> Bool {
        Character.isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
