/// Something that somebody should know, with what it rests on and what to do about it.
package struct Finding: Equatable, Sendable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// Two assets' streams are exchanged.
        case swapped
        /// A stream belongs to another asset.
        case misplaced
        /// A stream carries another's numbers.
        case copy
        /// A sense is out of step with the others.
        case lag
        /// Many windows of a sense do not go with the others.
        case pairing
        /// The embeddings of a sense have moved.
        case drift
        /// Factors that one sense alone shows.
        case blind
    }

    package enum Severity: Int, Sendable, Codable, Comparable {
        /// Nothing is wrong, yet it limits what can be found.
        case note
        /// Something has changed, or may be wrong.
        case doubtful
        /// What is scored is not what it seems.
        case wrong

        package static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }

        package var name: String {
            switch self {
            case .note: "note"
            case .doubtful: "doubtful"
            case .wrong: "wrong"
            }
        }
    }

    package let kind: Kind
    package let severity: Severity
    package let asset: String
    package let stream: String?
    /// The other asset or sense that it is about.
    package let other: String?
    /// One sentence.
    package let headline: String
    package let evidence: String
    /// From 0 to 1.
    package let confidence: Double
    package let advice: String
    /// How much, in the kind's own unit: seconds, a share, a ratio; sorts within a severity.
    package let size: Double

    package init(
        kind: Kind, severity: Severity, asset: String, stream: String?, other: String?,
        headline: String, evidence: String, confidence: Double, advice: String, size: Double
    ) {
        self.kind = kind
        self.severity = severity
        self.asset = asset
        self.stream = stream
        self.other = other
        self.headline = headline
        self.evidence = evidence
        self.confidence = confidence
        self.advice = advice
        self.size = size
    }

    /// The same thing found again has the same one.
    package var identity: String { "\(kind.rawValue)/\(asset)/\(stream ?? "")/\(other ?? "")" }

    /// Worst first; an order that does not depend on how they were found.
    static func isWorse(_ a: Finding, _ b: Finding) -> Bool {
        if a.severity != b.severity { return a.severity > b.severity }
        let (x, y) = (Kind.allCases.firstIndex(of: a.kind)!, Kind.allCases.firstIndex(of: b.kind)!)
        if x != y { return x < y }
        if abs(a.size) != abs(b.size) { return abs(a.size) > abs(b.size) }
        return a.identity < b.identity
    }
}
