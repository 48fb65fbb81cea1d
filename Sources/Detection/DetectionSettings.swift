package import Signals

/// How embeddings become scores. The `[detection]` section of the settings file.
package struct DetectionSettings: Equatable, Sendable {
    /// Weight of each part in the combination; 0 reports a part without letting it score.
    package var weights = Weights()

    /// Sets of present senses whose calibration is kept built, at most; the one unused for longest
    /// is let go and built again when needed.
    package var masksMax = 4

    /// Score from which a verdict names a sense to blame and gives its reason.
    package var explainAbove = 2.0

    /// Length of a leave-one-out centroid below which it has no direction.
    package var vanishingAnchor = 0.1

    /// How long a calm window counts in what the calibration gains in operation. Longer than the
    /// longest budget's period, which it takes to certify one; short enough that wear ages out.
    package var calibrationKeep: Duration = .seconds(90 * 86_400)

    /// After how long a calm window begins to count there. A fault that raises no alarm looks calm until
    /// somebody notices and tags it: that takes a shift or a day. Never longer than what is kept.
    package var calibrationProbation: Duration = .seconds(86_400)

    /// Assets of a kind, as patterns of names with at most one `*`: those of the first that fits lend each
    /// other calibration windows while one has few of its own.
    package var groups: [String] = []

    package struct Weights: Equatable, Sendable {
        package var disagreement = 1.0
        package var novelty = 1.0
        /// Low: machines change recipes.
        package var departure = 0.2
        package var own = 1.0
        package var log = 1.0

        package init() {}
    }

    package init() {}

    /// The group of an asset, the place of its pattern; `nil`: it stands alone.
    package func group(of asset: AssetName) -> Int? {
        groups.firstIndex { pattern in
            let name = asset.text
            guard let star = pattern.firstIndex(of: "*") else { return name == pattern }
            let head = pattern[..<star]
            let tail = pattern[pattern.index(after: star)...]
            return name.count >= head.count + tail.count && name.hasPrefix(head)
                && name.hasSuffix(tail)
        }
    }

    /// What other tools' patterns are made of is refused: read as a name it would fit nothing.
    private static func isPattern(_ text: String) -> Bool {
        !text.isEmpty && text.count { $0 == "*" } <= 1
            && !text.contains { "[]{}()?|^$/+#\\".contains($0) || $0.isWhitespace }
    }

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        let named = [
            ("disagreement", weights.disagreement), ("novelty", weights.novelty),
            ("departure", weights.departure), ("own", weights.own), ("log", weights.log),
        ]
        for (name, weight) in named where !(weight >= 0 && weight <= 100) {
            problems.append(
                "detection.weights.\(name) is \(weight), but a weight is between 0 and 100.")
        }
        if named.allSatisfy({ $0.1 == 0 }) {
            problems.append("detection.weights are all 0, but something has to make the score.")
        }
        if masksMax < 1 {
            problems.append("detection.masks_max is \(masksMax), but must be at least 1.")
        }
        if !(explainAbove >= 0) {
            problems.append("detection.explain_above is \(explainAbove), but cannot be negative.")
        }
        if !(vanishingAnchor >= 0 && vanishingAnchor < 1) {
            problems.append(
                "detection.vanishing_anchor is \(vanishingAnchor), but must be between 0 and 1.")
        }
        for pattern in groups where !Self.isPattern(pattern) {
            problems.append(
                "detection.groups has \"\(pattern)\", but a pattern is a name with at most one *, such as press-*; brackets, ? and spaces mean nothing in it."
            )
        }
        if calibrationKeep < .seconds(60) {
            problems.append(
                "detection.calibration_keep is \(calibrationKeep), but must be at least a minute.")
        }
        if calibrationProbation < .zero {
            problems.append(
                "detection.calibration_probation is \(calibrationProbation), but cannot be negative."
            )
        }
        return problems
    }
}
