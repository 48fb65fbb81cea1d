/// A log line cut at white space, with what varies in its tokens masked.
///
/// Masking comes before everything else, so what it hides is nowhere afterwards: neither in a
/// template nor in a hash. The arrays are reused from line to line.
struct MaskedLine: Sendable {
    /// Tokens read of one line at most; a longer line is known by its beginning.
    static let tokensMax = 256

    struct Token: Sendable {
        /// FNV-1a of the masked text; never `MaskedLine.wildcard`.
        var hash: UInt64
        var end: Int
        /// Has digits, or begins and ends with a mask: too variable to sort lines by.
        var isVariable: Bool
        /// Has a letter outside its masks: a word that says something.
        var isWord: Bool
    }

    /// Stands for a token that differs between the lines of one template.
    static let wildcard: UInt64 = 0

    private(set) var tokens: [Token] = []
    private var text: [UInt8] = []

    /// The masked text of one token.
    func text(of index: Int) -> String {
        let start = index == 0 ? 0 : tokens[index - 1].end
        return String(decoding: text[start..<tokens[index].end], as: UTF8.self)
    }

    mutating func read(_ line: UnsafeBufferPointer<UInt8>, masking masks: LineMasks) {
        tokens.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        var start = 0
        while tokens.count < Self.tokensMax {
            while start < line.count, line[start] <= 0x20 { start += 1 }
            guard start < line.count else { return }
            var end = start
            while end < line.count, line[end] > 0x20 { end += 1 }
            append(UnsafeBufferPointer(rebasing: line[start..<end]), masking: masks)
            start = end
        }
    }

    private mutating func append(_ token: UnsafeBufferPointer<UInt8>, masking masks: LineMasks) {
        let start = text.count
        var hasDigit = false
        var hasLetter = false
        var beginsMasked = false
        var endsMasked = false
        var position = 0
        while position < token.count {
            if let (mask, end) = masks.match(token, at: position) {
                beginsMasked = beginsMasked || position == 0
                endsMasked = true
                text.append(contentsOf: mask.utf8)
                position = end
            } else {
                let byte = token[position]
                hasDigit = hasDigit || Character.isDigit(byte)
                hasLetter = hasLetter || Character.isLetter(byte)
                endsMasked = false
                text.append(byte)
                position += 1
            }
        }
        tokens.append(
            Token(
                hash: max(1, FNV1a.hash(text[start...])), end: text.count,
                isVariable: hasDigit || beginsMasked && endsMasked, isWord: hasLetter))
    }
}

/// Fowler, Noll and Vo's hash, 64 bits: the same on every machine and in every run.
enum FNV1a {
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(into: 0xCBF2_9CE4_8422_2325) { hash, byte in
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
    }
}

extension Character {
    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Bytes beyond ASCII are parts of letters here: words are not only English.
    static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte >= 0x80
    }
}
