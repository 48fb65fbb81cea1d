/// A topic with the placeholders `{asset}` and `{stream}`, each one whole level; `+` stands for a
/// level that does not matter.
struct TopicTemplate: Equatable, Sendable {
    private enum Level: Equatable, Sendable {
        case fixed(String)
        case any, asset, stream
    }

    private let levels: [Level]

    init(_ text: String) {
        levels = text.split(separator: "/", omittingEmptySubsequences: false).map {
            switch $0 {
            case "+": .any
            case "{asset}": .asset
            case "{stream}": .stream
            default: .fixed(String($0))
            }
        }
    }

    /// Whether the topic, not a declaration, names the stream.
    var namesStream: Bool { levels.contains(.stream) }

    /// The MQTT filter that brings the topics of this template.
    var filter: String {
        levels.map { level in
            if case .fixed(let text) = level { text } else { "+" }
        }.joined(separator: "/")
    }

    /// What the placeholders stand for in `topic`, or `nil` when it does not fit.
    func match(_ topic: String) -> (asset: Substring, stream: Substring?)? {
        let parts = topic.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == levels.count else { return nil }
        var asset: Substring?
        var stream: Substring?
        for (part, level) in zip(parts, levels) {
            switch level {
            case .any: continue
            case .asset: asset = part
            case .stream: stream = part
            case .fixed(let text): if part != text { return nil }
            }
        }
        return asset.map { ($0, stream) }
    }

    /// What is wrong with a template, as the rest of a sentence; `nil` when good.
    static func fault(in text: String, needsStream: Bool) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.filter({ $0 == "{asset}" }).count != 1 {
            return "exactly one level must be {asset}."
        }
        let streams = parts.filter { $0 == "{stream}" }.count
        if needsStream ? streams != 1 : streams > 1 {
            return "\(needsStream ? "exactly" : "at most") one level must be {stream}."
        }
        for part in parts where part != "{asset}" && part != "{stream}" && part != "+" {
            if part.contains(where: { "{}+#\0".contains($0) }) {
                return "level \"\(part)\" is neither a plain word, nor +, {asset} or {stream}."
            }
        }
        return nil
    }
}

/// Whether `text` may name an asset or a stream: 1 to 64 bytes of visible characters that mean
/// nothing to MQTT, to a shell's quotes or to a path.
func isName(_ text: some StringProtocol) -> Bool {
    guard (1...64).contains(text.utf8.count), text != ".", text != ".." else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
        if scalar.isASCII {
            return scalar.value > 0x20 && scalar.value < 0x7F
                && !"/+#\"\\'`".contains(Character(scalar))
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .nonspacingMark, .spacingMark, .decimalNumber, .letterNumber, .otherNumber,
            .dashPunctuation, .connectorPunctuation, .otherPunctuation:
            return true
        default:
            // Symbols include U+FFFD, which is what bytes that were not UTF-8 turn into.
            return false
        }
    }
}
