/// Drain's tree: lines are sorted by length, then by their first tokens, and the leaf holds the few
/// templates worth comparing.
///
/// He et al. 2017, "Drain: An Online Log Parsing Approach with Fixed Depth Tree". Nodes are made for
/// templates only, so `templatesMax` bounds the tree too, and the paths of all templates rebuild it.
struct TemplateTree: Sendable {
    private struct Node: Sendable {
        var children: [UInt64: Int] = [:]
        var templates: [Int] = []
    }

    private var nodes: [Node] = []
    /// Number of tokens to node.
    private var roots: [Int: Int] = [:]
    private let tokenLevels: Int
    private let childrenMax: Int

    init(depth: Int, childrenMax: Int) {
        // Root, length level and leaf are counted in Drain's depth; a leaf hangs below its last token.
        tokenLevels = max(1, depth - 2)
        self.childrenMax = childrenMax
    }

    func pathLength(ofTokens count: Int) -> Int { min(tokenLevels, count) }

    /// The templates in the leaf that `line` falls into.
    func candidates(for line: MaskedLine) -> [Int] {
        guard var node = roots[line.tokens.count] else { return [] }
        for token in line.tokens.prefix(tokenLevels) {
            let children = nodes[node].children
            guard let next = children[token.hash] ?? children[MaskedLine.wildcard] else {
                return []
            }
            node = next
        }
        return nodes[node].templates
    }

    /// The way a new template of `line` takes: what is variable, and what comes when a node is full,
    /// goes under the wildcard.
    func path(for line: MaskedLine) -> [UInt64] {
        var node = roots[line.tokens.count]
        return line.tokens.prefix(tokenLevels).map { token in
            let children = node.map { nodes[$0].children } ?? [:]
            let key: UInt64
            if children[token.hash] != nil {
                key = token.hash
            } else {
                // One place is kept for the wildcard.
                let places = childrenMax - (children[MaskedLine.wildcard] == nil ? 1 : 0)
                let isFull = children.count >= places
                key = token.isVariable || isFull ? MaskedLine.wildcard : token.hash
            }
            node = children[key]
            return key
        }
    }

    mutating func insert(_ template: Int, length: Int, path: [UInt64]) {
        var node = roots[length] ?? newNode()
        roots[length] = node
        for key in path {
            if let next = nodes[node].children[key] {
                node = next
            } else {
                let next = newNode()
                nodes[node].children[key] = next
                node = next
            }
        }
        nodes[node].templates.append(template)
    }

    private mutating func newNode() -> Int {
        nodes.append(Node())
        return nodes.count - 1
    }
}
