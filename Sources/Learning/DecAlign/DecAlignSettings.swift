/// Weights and sizes of the terms that part what senses share from what only one of them knows.
///
/// ```
/// L = L_centroid + decoupling L_dec + reconstruction L_rec + transport c(t) L_hete + matching f(t) L_homo
/// c(t) = 1 − t/2,   f(t) = min(1, 2 t)
/// ```
/// with t the share of the epochs that are done: prototypes first, single windows' distributions
/// after them. The published .1 for the last two is in the region where its own results fall, and
/// .5 collapses (PAPERS 4(c)); hence .05.
package struct DecAlignSettings: Equatable, Sendable {
    /// Of the contrastive term: 1 but where its share is measured.
    package var contrast = 1.0
    /// Of the squared cosine between a window's own and common part.
    package var decoupling = 1.0
    /// Of the squared error of what both parts say of the sense's standardised numbers: without it
    /// nothing keeps a part from vanishing.
    package var reconstruction = 1.0
    /// α: of the transport between the senses' prototypes.
    package var transport = 0.05
    /// β: of the senses' common distributions, by their moments and MMD.
    package var matching = 0.05
    /// K: Gaussians per sense.
    package var prototypes = 7

    package init() {}

    /// EM steps inside a batch.
    static let steps = 6
    /// Smallest variance of a prototype, in units of the own part's own variance.
    static let varianceFloor = 1e-2
    /// λ: of the mean cost, so that the transport is as sharp whatever the scale.
    static let smoothing = 0.1
    package static let tolerance = 1e-3
    static let iterationsMax = 500
    /// Rows of a sense that MMD compares: its cost grows with their square.
    static let matchedRowsMax = 128

    package static func coarse(at progress: Double) -> Double { 1 - progress / 2 }
    package static func fine(at progress: Double) -> Double { min(1, 2 * progress) }

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    func problems() -> [String] {
        var problems: [String] = []
        for (name, weight) in [
            ("decoupling", decoupling), ("reconstruction", reconstruction),
            ("transport", transport), ("matching", matching),
        ] where !(weight >= 0 && weight.isFinite) {
            problems.append("\(name) is \(weight), but a weight cannot be negative.")
        }
        if !(2...32).contains(prototypes) {
            problems.append("prototypes is \(prototypes), but a sense needs 2 to 32.")
        }
        return problems
    }
}

/// What a training watches of the two parts: a part that vanishes says nothing any more.
package struct PartsWatch: Equatable, Sendable, Codable {
    /// Mean length of the own part, and of the common one before it is scaled to unit length.
    package var own = 0.0
    package var common = 0.0
    /// Mean |cos| between them.
    package var cosine = 0.0
    /// Mean squared error of the reconstruction, 1 for none.
    package var error = 0.0
    /// The same on windows held back, without noise; `nil` when none are.
    package var heldBackError: Double?
    /// Largest error of a marginal that a transport was left with.
    package var residual = 0.0

    package init() {}

    mutating func add(_ other: PartsWatch, share: Double) {
        own += share * other.own
        common += share * other.common
        cosine += share * other.cosine
        error += share * other.error
        residual = max(residual, other.residual)
    }
}
