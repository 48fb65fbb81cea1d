package import Fusion
package import Signals

/// What the senses are drawn to. Every objective is a sum of symmetric InfoNCE terms
/// (`ContrastiveTerm`) between two sets of rows; PAPERS 1.
package enum Objective: Equatable, Sendable {
    /// Each sense to the centroid of the senses present: M terms (CentroBind).
    case centroid(Centroid = Centroid())
    /// Each other sense to one of them: M − 1 terms (FABind). Frozen, the anchor keeps the encoder
    /// it begins with.
    case fixed(StreamName, isFrozen: Bool)
    /// Each sense to each other: M (M − 1) / 2 terms, each weighted 2 / (M − 1).
    case allPairs
    /// Points of one tagged state to each other, with a predictor of the states on top: no contrast,
    /// but `RelevanceObjective` (cross-model CNN).
    case relevance
    /// Each sense's common part to the centroid of the others', its own part kept apart from it
    /// (DecAlign; `DecAlignLoss`).
    case decAlign

    /// How the centroid is formed. As it stands: stop-gradient and not normalised, the best or equal
    /// of four variants (PAPERS 1, ladder and ring).
    package struct Centroid: Equatable, Sendable {
        package var rule: CentroidRule = .mean
        /// Whether the loss also moves the senses through the centroid.
        package var passesGradient = false
        /// Whether the centroid is scaled to unit length. Without, one that the senses disagree
        /// about is short, and asks for less.
        package var isNormalised = false
        /// Whether each sense is drawn to the centroid of the others instead of all.
        package var leavesOneOut = false

        package init() {}
    }

    /// `centroid`, `all-pairs`, `decalign`, `relevance`, `fixed:<stream>` or `frozen:<stream>`; `nil` for another name. The
    /// centroid's variants follow it: `centroid:gradient,normalised,leave-one-out`, or any of these.
    package init?(_ name: String) {
        let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first, parts.count) {
        case ("centroid", 1): self = .centroid()
        case ("centroid", 2):
            var centroid = Centroid()
            for variant in parts[1].split(separator: ",") {
                switch variant {
                case "gradient": centroid.passesGradient = true
                case "normalised": centroid.isNormalised = true
                case "leave-one-out": centroid.leavesOneOut = true
                default: return nil
                }
            }
            self = .centroid(centroid)
        case ("all-pairs", 1): self = .allPairs
        case ("relevance", 1): self = .relevance
        case ("decalign", 1): self = .decAlign
        case ("fixed", 2): self = .fixed(StreamName(parts[1]), isFrozen: false)
        case ("frozen", 2): self = .fixed(StreamName(parts[1]), isFrozen: true)
        default: return nil
        }
    }

    package var name: String {
        switch self {
        case .centroid(let centroid):
            ([
                centroid.passesGradient ? "gradient" : nil,
                centroid.isNormalised ? "normalised" : nil,
                centroid.leavesOneOut ? "leave-one-out" : nil,
            ].compactMap(\.self) as [String]).reduce("centroid") {
                $0 + ($0 == "centroid" ? ":" : ",") + $1
            }
        case .fixed(let stream, let isFrozen): "\(isFrozen ? "frozen" : "fixed"):\(stream)"
        case .allPairs: "all-pairs"
        case .relevance: "relevance"
        case .decAlign: "decalign"
        }
    }
}
