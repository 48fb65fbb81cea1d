/// Finds where a field's value stands in the text of a JSON object, for those who change it in place.
enum JSONFields {
    /// The bytes of the value of `name`, at the top level of `object`; the first, if there are several.
    ///
    /// For objects that are well formed; of others, `nil` or any range within them.
    static func value(of name: String, in object: [UInt8]) -> Range<Int>? {
        var reader = Reader(text: object)
        let wanted = Array(name.utf8)
        reader.skipSpace()
        guard reader.take("{") else { return nil }
        while true {
            reader.skipSpace()
            guard let key = reader.string() else { return nil }
            reader.skipSpace()
            guard reader.take(":") else { return nil }
            reader.skipSpace()
            guard let value = reader.value() else { return nil }
            if object[key].elementsEqual(wanted) { return value }
            reader.skipSpace()
            guard reader.take(",") else { return nil }
        }
    }

    private struct Reader {
        let text: [UInt8]
        var position = 0

        init(text: [UInt8]) { self.text = text }

        mutating func skipSpace() {
            while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) {
                position += 1
            }
        }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < text.count, text[position] == UInt8(character.value) else {
                return false
            }
            position += 1
            return true
        }

        /// Between the quotes; escapes are passed over, not read.
        mutating func string() -> Range<Int>? {
            guard take("\"") else { return nil }
            let start = position
            while position < text.count {
                switch text[position] {
                case UInt8(ascii: "\\"): position += 2
                case UInt8(ascii: "\""):
                    position += 1
                    return start..<position - 1
                default: position += 1
                }
            }
            return nil
        }

        mutating func value() -> Range<Int>? {
            let start = position
            var depth = 0
            while position < text.count {
                switch text[position] {
                case UInt8(ascii: "\""):
                    guard string() != nil else { return nil }
                    if depth == 0 { return start..<position }
                    continue
                case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"):
                    if depth == 0 { return end(of: start) }
                    depth -= 1
                    if depth == 0 {
                        position += 1
                        return start..<position
                    }
                case UInt8(ascii: ",") where depth == 0: return end(of: start)
                default: break
                }
                position += 1
            }
            return nil
        }

        /// A number or a word ends before the space that may follow it.
        private func end(of start: Int) -> Range<Int>? {
            var end = position
            while end > start, [0x20, 0x09, 0x0A, 0x0D].contains(text[end - 1]) { end -= 1 }
            return end > start ? start..<end : nil
        }
    }
}
