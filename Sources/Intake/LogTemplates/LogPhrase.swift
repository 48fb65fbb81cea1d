/// Words to look for in log lines, as a line is remembered: by the hashes of its masked words.
package enum LogPhrase {
    /// The terms that a line with these words has, one after the other. Empty when all of them are
    /// masked, so that no line can be known by them.
    package static func terms(of phrase: String, masking: [LogTemplateSettings.Mask]) -> [UInt64] {
        var line = MaskedLine()
        Array(phrase.utf8).withUnsafeBufferPointer { line.read($0, masking: LineMasks(masking)) }
        return line.tokens.filter(\.isWord).map(\.hash)
    }
}
