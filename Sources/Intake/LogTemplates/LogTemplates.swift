/// What one stream's log lines have in common: templates, learnt line by line.
///
/// Drain, with masking before the tree. Frozen, the templates known so far no longer change and a
/// line that fits none of them makes a new one, marked unseen; unfreezing adopts those.
struct LogTemplates: Sendable {
    private struct Template: Sendable {
        var tokens: [UInt64]
        var words: [String]
        let path: [UInt64]
        var example: String?
        var wildcards: Int
        /// Of a template made while frozen: its text then, which what is said about it must not depend
        /// on later lines.
        var first: String?
    }

    struct Match: Equatable, Sendable {
        /// -1: no template, and no room for one.
        var template: Int32
        var isUnseen: Bool
        var isFull = false
        /// Whether what `state` returns has changed.
        var hasLearnt = false
    }

    private let settings: LogTemplateSettings
    private var templates: [Template] = []
    private var tree: TemplateTree
    /// Templates below this number are frozen.
    private var frozenCount: Int?
    /// Those below this number were frozen before the last `unfreeze`: a fit asked for before it may
    /// still want their names.
    private var namedCount: Int?

    init(settings: LogTemplateSettings) {
        self.settings = settings
        tree = TemplateTree(depth: settings.depth, childrenMax: settings.childrenMax)
    }

    var count: Int { templates.count }
    var isFrozen: Bool { frozenCount != nil }

    /// The text of one template, `<*>` where its lines differ.
    func text(of template: Int) -> String { templates[template].words.joined(separator: " ") }

    /// The same, as long as it is unseen: as it was first met.
    func name(of template: Int) -> String { templates[template].first ?? text(of: template) }

    /// Of the templates frozen last; of all when none ever were.
    var frozenTexts: [String] { (0..<(frozenCount ?? namedCount ?? count)).map(text) }

    mutating func freeze() { frozenCount = frozenCount ?? templates.count }

    mutating func unfreeze() {
        namedCount = frozenCount ?? namedCount
        frozenCount = nil
    }

    /// Finds or makes the template of a line. `raw` is kept as its example where settings allow.
    mutating func learn(_ line: MaskedLine, raw: UnsafeBufferPointer<UInt8>) -> Match {
        let candidates = tree.candidates(for: line)
        var best: (index: Int, equal: Int, wildcards: Int)?
        for index in candidates {
            let equal = equalTokens(templates[index], line)
            let wildcards = templates[index].wildcards
            if best.map({ (equal, wildcards) > ($0.equal, $0.wildcards) }) ?? true {
                best = (index, equal, wildcards)
            }
        }
        if let best, Double(best.equal) >= settings.similarity * Double(line.tokens.count) {
            return Match(
                template: Int32(best.index), isUnseen: isUnseen(best.index),
                hasLearnt: generalise(best.index, to: line))
        }
        guard templates.count < settings.templatesMax else {
            // When nothing may be unseen any more, the nearest will do; when frozen, it would hide
            // that the line is new.
            let nearest = isFrozen ? nil : best?.index
            return Match(template: Int32(nearest ?? -1), isUnseen: isFrozen, isFull: true)
        }
        let words = line.tokens.indices.map(line.text)
        let template = Template(
            tokens: line.tokens.map(\.hash), words: words, path: tree.path(for: line),
            example: settings.storeRawLines ? String(decoding: raw, as: UTF8.self) : nil,
            wildcards: 0, first: isFrozen ? words.joined(separator: " ") : nil)
        tree.insert(templates.count, length: template.tokens.count, path: template.path)
        templates.append(template)
        return Match(
            template: Int32(templates.count - 1), isUnseen: isFrozen, hasLearnt: true)
    }

    private func isUnseen(_ index: Int) -> Bool { frozenCount.map { index >= $0 } ?? false }

    private func equalTokens(_ template: Template, _ line: MaskedLine) -> Int {
        var equal = 0
        for (a, b) in zip(template.tokens, line.tokens) where a == b.hash { equal += 1 }
        return equal
    }

    private mutating func generalise(_ index: Int, to line: MaskedLine) -> Bool {
        if let frozenCount, index < frozenCount { return false }
        var hasChanged = false
        for (i, token) in line.tokens.enumerated()
        where templates[index].tokens[i] != token.hash
            && templates[index].tokens[i] != MaskedLine.wildcard
        {
            templates[index].tokens[i] = MaskedLine.wildcard
            templates[index].words[i] = "<*>"
            templates[index].wildcards += 1
            hasChanged = true
        }
        return hasChanged
    }
}

/// What must survive a restart of one stream's templates. A template's number is its place.
package struct LogTemplatesState: Equatable, Sendable, Codable {
    package struct Template: Equatable, Sendable, Codable {
        package var words: [String]
        /// Places where the lines differ.
        package var wildcards: [Int]
        /// Its way in the tree, which cannot be told from the words any more.
        package var path: [UInt64]
        package var example: String?
        /// Its text when it was made, of those made while frozen.
        package var first: String?
    }

    package var templates: [Template]
    package var frozenCount: Int?
    package var namedCount: Int?
}

extension LogTemplates {
    var state: LogTemplatesState {
        LogTemplatesState(
            templates: templates.map { template in
                LogTemplatesState.Template(
                    words: template.words,
                    wildcards: template.tokens.indices.filter {
                        template.tokens[$0] == MaskedLine.wildcard
                    },
                    path: template.path, example: template.example, first: template.first)
            },
            frozenCount: frozenCount, namedCount: namedCount)
    }

    init(settings: LogTemplateSettings, state: LogTemplatesState) {
        self.init(settings: settings)
        for saved in state.templates {
            var tokens = saved.words.map { max(1, FNV1a.hash($0.utf8)) }
            for place in saved.wildcards where tokens.indices.contains(place) {
                tokens[place] = MaskedLine.wildcard
            }
            // A tree of another depth, set since, is found by the words alone.
            let path =
                saved.path.count == tree.pathLength(ofTokens: tokens.count)
                ? saved.path : Array(tokens.prefix(tree.pathLength(ofTokens: tokens.count)))
            tree.insert(templates.count, length: tokens.count, path: path)
            templates.append(
                Template(
                    tokens: tokens, words: saved.words, path: path,
                    example: settings.storeRawLines ? saved.example : nil,
                    wildcards: tokens.count { $0 == MaskedLine.wildcard }, first: saved.first))
        }
        frozenCount = state.frozenCount
        namedCount = state.namedCount
    }
}
