import Foundation  // `log10`, `pow`.
package import Fusion
package import Signals

/// The samples for one set of present senses.
package struct MaskCalibration: Sendable {
    package let samples: StatisticTable<ConformalSample>
    package let combined: ConformalSample
    /// How each statistic counts in the combination: one for each of `samples`, in their order.
    let voices: [Voice]
    /// Of the windows that calibrate the combination, in order of time.
    private let scores: [(start: EventTime, value: Double)]
    /// Length of one of them.
    private let length: Duration

    /// How a statistic's p-value counts: raised to a power first (`SenseSteadiness`), then weighed.
    struct Voice: Sendable {
        var weight: Double
        var exponent: Double
    }

    /// One held-back window, measured.
    package struct Row: Sendable {
        package let start: EventTime
        package let end: EventTime
        package let evidence: Evidence

        package init(start: EventTime, end: EventTime, evidence: Evidence) {
            self.start = start
            self.end = end
            self.evidence = evidence
        }
    }

    /// Windows that calibrate the combination, whose rank is what is published.
    package var windows: Int { combined.count }

    /// Held-back windows that have at least these senses, the others masked. `nil` when fewer than
    /// `rowsMin` in either fold do: then this set of senses has no calibration. `partsMax`: only so many,
    /// spread evenly, calibrate each statistic.
    package init?(
        _ calibration: Calibration, present: Set<StreamName>, model: FusionModel,
        settings: DetectionSettings, rowsMin: Int = 10, partsMax: Int = .max
    ) {
        func evidence(_ rows: CalibrationRows, atMost countMax: Int = .max) -> [Row] {
            let every = (rows.count - 1) / max(1, countMax) + 1
            var place = -1
            return rows.compactMap { row in
                place += 1
                guard place.isMultiple(of: every) else { return nil }
                guard present.allSatisfy({ row.window.senses[$0] != nil }) else { return nil }
                let evidence = Evidence(
                    of: row.window, present: present, model: model, reference: row.reference,
                    vanishing: settings.vanishingAnchor)
                return Row(start: row.window.start, end: row.window.end, evidence: evidence)
            }
        }
        self.init(
            parts: evidence(calibration.parts, atMost: partsMax),
            combination: evidence(calibration.combination),
            weights: settings.weights, rowsMin: rowsMin)
    }

    /// `parts` calibrate each statistic, `combination` what they combine to; both in order of time.
    package init?(
        parts: [Row], combination: [Row], weights: DetectionSettings.Weights, rowsMin: Int = 10
    ) {
        guard parts.count >= rowsMin, combination.count >= rowsMin else { return nil }
        var values: [Statistic: [Double]] = [:]
        for row in parts {
            for (key, value) in row.evidence.values { values[key, default: []].append(value) }
        }
        let samples = StatisticTable(
            values.filter { $0.value.count >= rowsMin }.map { key, column in
                (key, ConformalSample(column, resolution: key.measure.resolution))
            })
        let voices = Self.voices(
            samples, weights: weights, steadiness: SenseSteadiness(parts).exponents)
        self.samples = samples
        self.voices = voices
        let statistics = combination.map { row in
            (
                start: row.start,
                value: Self.combine(row.evidence, samples: samples, voices: voices)
            )
        }
        let combined = ConformalSample(statistics.map(\.value), resolution: 0.1)
        self.combined = combined
        scores = statistics.map { ($0.start, -log10(combined.pValue(of: $0.value).p)) }
        length = combination[0].end - combination[0].start
    }

    /// The smallest scores of all runs of `length` held-back windows one `hop` apart.
    package func runs(of length: Int, hop: Duration) -> [Double] {
        guard length > 0, scores.count >= length else { return [] }
        return (0...(scores.count - length)).compactMap { first in
            let run = scores[first..<first + length]
            let isWhole = zip(run, run.dropFirst()).allSatisfy { $1.start - $0.start == hop }
            return isWhole ? run.map(\.value).min() : nil
        }
    }

    /// What its windows are worth beside independent ones.
    package func effectiveCount(hop: Duration) -> EffectiveCount {
        EffectiveCount(scores, hop: hop, length: length)
    }

    /// The combined statistic of a window: the larger, the odder. `note` is told of each statistic that
    /// has a sample, with its place in `samples` and its own p-value.
    package func statistic(
        of evidence: Evidence,
        note: (_ key: Statistic, _ value: Double, _ place: Int, _ p: Double) -> Void = {
            _, _, _, _ in
        }
    ) -> Double {
        Self.combine(evidence, samples: samples, voices: voices, note: note)
    }

    /// In each part every sense has one voice, of the part's weight, and its measures share it by
    /// `Measure.share`: a measure more must not drown the other parts, nor a sense more its neighbours.
    ///
    /// A statistic that never varied takes no share of a voice, so that any number of them changes
    /// nothing while they keep still; and it has a whole one, because when it moves that is news.
    private static func voices(
        _ samples: StatisticTable<ConformalSample>, weights: DetectionSettings.Weights,
        steadiness: [StreamName: Double]
    ) -> [Voice] {
        struct Speaker: Hashable {
            var part: Part
            var stream: StreamName?
        }
        var shares: [Speaker: Double] = [:]
        for (key, sample) in samples where !sample.isConstant {
            shares[Speaker(part: key.measure.part, stream: key.stream), default: 0] +=
                key.measure.share
        }
        return samples.map { key, sample in
            let part = key.measure.part
            let whole = shares[Speaker(part: part, stream: key.stream)]
            let share = sample.isConstant ? 1 : whole.map { key.measure.share / $0 } ?? 1
            let exponent = part == .own ? key.stream.flatMap { steadiness[$0] } : nil
            return Voice(weight: weights.weight(of: part) * share, exponent: exponent ?? 1)
        }
    }

    private static func combine(
        _ evidence: Evidence, samples: StatisticTable<ConformalSample>, voices: [Voice],
        note: (_ key: Statistic, _ value: Double, _ place: Int, _ p: Double) -> Void = {
            _, _, _, _ in
        }
    ) -> Double {
        var terms: [(p: Double, weight: Double)] = []
        terms.reserveCapacity(evidence.values.count)
        // Both in order: what is looked for stands behind what was found.
        var place = 0
        for (key, value) in evidence.values {
            while place < samples.count, samples.keys[place] < key { place += 1 }
            guard place < samples.count, samples.keys[place] == key else { continue }
            let p = samples.values[place].pValue(of: value).p
            let voice = voices[place]
            terms.append((voice.exponent == 1 ? p : pow(p, voice.exponent), voice.weight))
            note(key, value, place, p)
        }
        return truncatedCauchy(terms)
    }
}

extension DetectionSettings.Weights {
    func weight(of part: Part) -> Double {
        switch part {
        case .disagreement: disagreement
        case .novelty: novelty
        case .departure: departure
        case .own: own
        case .log: log
        }
    }
}

extension Evidence {
    /// Measured elsewhere, such as in a simulation.
    package init(values: [Statistic: Double]) {
        self.values = StatisticTable(values)
        anchor = nil
        regime = nil
    }
}
