package import LinearAlgebra

/// Which factors a unified space keeps, and why it drops the others.
///
/// For each factor a linear probe (`FactorProbe`) reads it twice from every sense: from its raw features,
/// and from its embedding. Fitted on one half of the windows, R² on the other. What a space that was drawn
/// together must drop follows from what the senses carry (Cai et al. 2025, "On the Value of Cross-Modal
/// Misalignment", Theorem 4.1):
///
/// | raw features | embeddings | name |
/// |---|---|---|
/// | carried by two senses or more | keep it | kept |
/// | carried by two senses or more | drop it, though every sense carries it | perturbed |
/// | a factor of the machine that some sense does not carry | drop it | selected |
/// | a sense's own factor, carried by no other | drop it | private |
/// | carried by none | | unseen |
///
/// A sense carries what its raw features tell with R² ≥ 0.2, and the space keeps what the embedding of
/// every sense that carries it tells at least half as well as the raw features do. With two senses
/// the windows alone cannot tell a factor of the machine that one never records from what only the
/// other knows; so it is said with each factor where it came from.
package struct FactorAudit: Equatable, Sendable {
    /// A quantity that windows are known by.
    package struct Factor: Equatable, Sendable {
        package var name: String
        /// The sense that it is a statistic of, by its place; `nil` for one of the machine, such as a tag, a
        /// setting or another stream.
        package var owner: Int?

        package init(name: String, owner: Int? = nil) {
            self.name = name
            self.owner = owner
        }
    }

    package enum Verdict: String, Equatable, Sendable, CaseIterable {
        case kept
        case selected
        case perturbed
        case `private`
        case unseen
    }

    /// What is known of one factor.
    package struct Finding: Equatable, Sendable {
        package var factor: Factor
        package var verdict: Verdict
        /// R² on windows that did not fit, by sense.
        package var raw: [Double]
        package var embedded: [Double]
        /// Senses whose raw features do not tell it: they are blind to it.
        package var blind: [Int]
    }

    /// In the order of the factors.
    package let findings: [Finding]

    package static let carriedMin = 0.2
    package static let keptShare = 0.5

    /// - Parameters:
    ///   - raw: features of each sense, a row for each window.
    ///   - embedded: of each sense in the unified space, rows as before.
    ///   - values: `windows × factors`.
    ///   - factors: their names and owners.
    ///   - fit: the first so many windows fit the probes, the others test them.
    package init(raw: [Matrix], embedded: [Matrix], values: Matrix, factors: [Factor], fit: Int) {
        precondition(raw.count == embedded.count, "an embedding for every sense")
        precondition(values.columns == factors.count, "a name for every factor")
        precondition(fit > 0 && fit < values.rows, "windows to fit on and windows to test on")
        let halves = (Array(0..<fit), Array(fit..<values.rows))
        func determination(_ x: Matrix) -> [Double] {
            FactorProbe(
                embeddings: x.selecting(rows: halves.0), factors: values.selecting(rows: halves.0)
            ).determination(
                embeddings: x.selecting(rows: halves.1), factors: values.selecting(rows: halves.1))
        }
        let told = raw.map(determination)
        let kept = embedded.map(determination)
        findings = factors.enumerated().map { k, factor in
            let raw = told.map { $0[k] }
            let embedded = kept.map { $0[k] }
            return Finding(
                factor: factor,
                verdict: Self.verdict(owner: factor.owner, raw: raw, embedded: embedded), raw: raw,
                embedded: embedded,
                blind: raw.indices.filter { raw[$0] < Self.carriedMin })
        }
    }

    /// What a factor is called for these R², by sense; `owner` as in `Factor`.
    package static func verdict(owner: Int?, raw: [Double], embedded: [Double]) -> Verdict {
        let carriers = raw.indices.filter { raw[$0] >= carriedMin }
        guard !carriers.isEmpty else { return .unseen }
        if carriers.count >= 2,
            carriers.allSatisfy({ embedded[$0] >= keptShare * raw[$0] })
        {
            return .kept
        }
        if carriers.count == 1, owner == carriers[0] { return .private }
        return carriers.count == raw.count ? .perturbed : .selected
    }
}
