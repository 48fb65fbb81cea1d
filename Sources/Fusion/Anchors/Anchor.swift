import Foundation  // `exp2`.
import LinearAlgebra
package import Signals

/// The centroid of the common parts of the senses present in one window.
///
/// ```
/// a = Σ_m z_m / M,     a₋ₘ = (Σ_k z_k − z_m) / (M − 1)
/// ```
/// Not re-normalised: its length says how far the senses agree. PAPERS 0 and 1 (CentroBind).
package struct Anchor: Equatable, Sendable {
    package let centroid: [Float]
    /// Per sense: cosine to the centroid of the *other* senses. `nil` when that centroid all but
    /// vanishes (two opposed senses): the disagreement is then not localised.
    package let agreement: [StreamName: Double?]

    private init(centroid: [Float], agreement: [StreamName: Double?]) {
        self.centroid = centroid
        self.agreement = agreement
    }

    /// `nil` for no senses at all. One sense alone has an anchor and no agreement.
    /// A leave-one-out centroid shorter than `vanishing` has no direction. Under another rule than
    /// the plain mean both centroids are weighted: `a = Σ w_m z_m`, `a₋ₘ = Σ_{k≠m} w_k z_k / (1 − w_m)`.
    package init?(
        of parts: [(name: StreamName, common: [Float])], vanishing: Double,
        rule: CentroidRule = .mean
    ) {
        guard let d = parts.first?.common.count else { return nil }
        if rule == .mean || parts.count < 3 {
            self.init(averaging: parts, dimension: d, vanishing: vanishing)
        } else {
            self.init(weighing: parts, vanishing: vanishing, rule: rule)
        }
    }

    private init(
        averaging parts: [(name: StreamName, common: [Float])], dimension d: Int, vanishing: Double
    ) {
        var sum = [Float](repeating: 0, count: d)
        for part in parts { for j in 0..<d { sum[j] += part.common[j] } }
        let count = Float(parts.count)
        centroid = sum.map { $0 / count }
        var agreement: [StreamName: Double?] = [:]
        if parts.count > 1 {
            for part in parts {
                let others = (0..<d).map { (sum[$0] - part.common[$0]) / (count - 1) }
                agreement[part.name] =
                    .some(norm(others) < vanishing ? nil : cosine(part.common, others))
            }
        }
        self.agreement = agreement
    }

    /// Three senses or more: with two, no rule can tell which one is bad.
    private init(
        weighing parts: [(name: StreamName, common: [Float])], vanishing: Double,
        rule: CentroidRule
    ) {
        let gram = parts.flatMap { part in parts.map { dot(part.common, $0.common) } }
        let w = rule.weights(gram: gram, count: parts.count)
        let sum = (0..<parts[0].common.count).map { j in
            zip(w, parts).reduce(0.0) { $0 + $1.0 * Double($1.1.common[j]) }
        }
        centroid = sum.map { Float($0) }
        var agreement: [StreamName: Double?] = [:]
        for (w, part) in zip(w, parts) {
            let others = sum.indices.map {
                Float((sum[$0] - w * Double(part.common[$0])) / (1 - w))
            }
            agreement[part.name] =
                .some(norm(others) < vanishing ? nil : cosine(part.common, others))
        }
        self.agreement = agreement
    }
}

/// The centroid of the recent normal anchors of one asset: where this machine usually is.
///
/// An exponential mean over windows, `c ← c + w (a − c)`, with `w = 1 − 2^(−hop / halfLife)`.
package struct RollingAnchor: Equatable, Sendable {
    package private(set) var centroid: [Float] = []
    package private(set) var windows = 0

    package init() {}

    package init(centroid: [Float], windows: Int) {
        self.centroid = centroid
        self.windows = windows
    }

    /// `1 − 2^(−hop / halfLife)`.
    package static func weight(hop: Duration, halfLife: Duration) -> Double {
        1 - exp2(-hop.seconds / halfLife.seconds)
    }

    package mutating func learn(_ anchor: Anchor, weight: Double) {
        windows += 1
        guard centroid.count == anchor.centroid.count else {
            centroid = anchor.centroid
            return
        }
        // A young mean is plain: the first windows count alike.
        let w = Float(max(weight, 1 / Double(windows)))
        for j in centroid.indices { centroid[j] += w * (anchor.centroid[j] - centroid[j]) }
    }

    /// Half of 1 − cosine: 0 in the usual direction, 1 in the opposite one; `nil` while the
    /// reference has not been learnt.
    package static func departure(of anchor: Anchor, from reference: [Float]) -> Double? {
        guard reference.count == anchor.centroid.count, !reference.isEmpty else { return nil }
        return (1 - cosine(reference, anchor.centroid)) / 2
    }
}

extension Anchor {
    /// A stored centroid; its agreements have been judged already.
    package init(restoring centroid: [Float]) {
        self.init(centroid: centroid, agreement: [:])
    }
}
