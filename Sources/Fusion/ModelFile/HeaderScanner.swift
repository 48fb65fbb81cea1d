/// Reads the little JSON that a safetensors header is made of: objects, texts, lists of counts.
///
/// Stricter than JSON: no space between the tokens, no number but a count below 2⁵³, no spelling of
/// a character that has a shorter one. So one content has hardly more than one spelling, and a
/// flipped bit cannot hide. Python's and Rust's writers keep to this.
struct HeaderScanner {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8], from start: Int, to end: Int) {
        self.bytes = bytes
        position = start
        self.end = end
    }

    func fault(_ expected: String) -> ModelFileError {
        .malformedHeader(offset: position, expected: expected)
    }

    private var next: UInt8? { position < end ? bytes[position] : nil }

    private mutating func take(_ token: Unicode.Scalar) -> Bool {
        guard let byte = next, byte == UInt8(ascii: token) else { return false }
        position += 1
        return true
    }

    private mutating func require(_ token: Unicode.Scalar) throws(ModelFileError) {
        guard take(token) else { throw fault("'\(token)'") }
    }

    /// `{"key":…,"key":…}`; `value` reads what follows a key.
    mutating func object(
        _ value: (inout HeaderScanner, String) throws(ModelFileError) -> Void
    ) throws(ModelFileError) {
        try require("{")
        if take("}") { return }
        repeat {
            let key = try string()
            try require(":")
            try value(&self, key)
        } while take(",")
        try require("}")
    }

    /// `[1,2,3]`
    mutating func integers() throws(ModelFileError) -> [Int] {
        try require("[")
        var numbers: [Int] = []
        if take("]") { return numbers }
        repeat { numbers.append(try integer()) } while take(",")
        try require("]")
        return numbers
    }

    private mutating func integer() throws(ModelFileError) -> Int {
        let first = position
        var number = 0
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte {
            guard position == first || number > 0, number < 1 << 49 else {
                throw fault("the end of a count")
            }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
            position += 1
        }
        guard position > first else { throw fault("a count") }
        return number
    }

    mutating func string() throws(ModelFileError) -> String {
        try require("\"")
        let first = position
        var text: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw fault("an escaped control character") }
            position += 1
            text.append(byte == UInt8(ascii: "\\") ? try escaped() : byte)
        }
        try require("\"")
        guard let valid = String(validating: text, as: UTF8.self) else {
            position = first
            throw fault("a text in UTF-8")
        }
        return valid
    }

    /// What follows a backslash: a short form, or `u00` and two lower-case digits for the other
    /// control characters.
    private mutating func escaped() throws(ModelFileError) -> UInt8 {
        guard let byte = next else { throw fault("an escaped character") }
        position += 1
        if let character = shortEscapes[byte] { return character }
        guard byte == UInt8(ascii: "u"), take("0"), take("0") else {
            throw fault("an escaped control character")
        }
        var code: UInt8 = 0
        for _ in 0..<2 {
            switch next {
            case .some(let digit) where UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit:
                code = code << 4 | (digit - UInt8(ascii: "0"))
            case .some(let digit) where UInt8(ascii: "a")...UInt8(ascii: "f") ~= digit:
                code = code << 4 | (digit - UInt8(ascii: "a") + 10)
            default: throw fault("a hexadecimal digit")
            }
            position += 1
        }
        guard code < 0x20, !shortEscapes.values.contains(code) else {
            throw fault("the shorter form of a character")
        }
        return code
    }

    /// Spaces to the end of the header.
    mutating func padding() throws(ModelFileError) {
        while take(" ") {}
        guard position == end else { throw fault("the header's end") }
    }
}

/// A text in quotation marks, as `HeaderScanner` reads it.
func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        if let short = shortEscapes.first(where: { UInt32($0.value) == scalar.value }) {
            quoted += "\\" + String(Unicode.Scalar(short.key))
        } else if scalar.value < 0x20 {
            quoted += (scalar.value < 16 ? "\\u000" : "\\u00") + String(scalar.value, radix: 16)
        } else {
            quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}

/// The characters with a short form, by the letter after the backslash.
private let shortEscapes: [UInt8: UInt8] = [
    UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "b"): 8,
    UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10, UInt8(ascii: "f"): 12, UInt8(ascii: "r"): 13,
]
