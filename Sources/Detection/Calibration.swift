import Foundation  // `log10`.
package import Fusion
package import Signals

/// What the scores of one asset look like when all is well. Learnt on site from windows that the
/// model was not fitted on, kept apart from the model, immutable.
///
/// It keeps those windows in the unified space, so that the senses missing today can be masked in
/// them: every set of present senses gets its own samples, built when first needed.
package struct Calibration: Equatable, Sendable {
    /// Calibrate each part.
    package let parts: CalibrationRows
    /// Calibrate what the parts combine to.
    package let combination: CalibrationRows
    /// The rolling anchor after the last window.
    package let rollingAnchor: RollingAnchor
    /// Event time up to which windows have been taken.
    package let until: EventTime

    package var windows: Int { parts.count + combination.count }

    /// Takes the windows that the model was fitted on, in the same order: their roles follow from
    /// it. `anchorWeight` is that of one window in the rolling anchor.
    package init(
        model: FusionModel, windows: [WindowSummary], anchorWeight: Double, vanishing: Double
    ) {
        var parts = CalibrationRows()
        var combination = CalibrationRows()
        var rolling = RollingAnchor()
        for (index, summary) in windows.enumerated() {
            let embedded = model.embed(summary)
            let row = CalibrationRows.Row(window: embedded, reference: rolling.centroid)
            switch LinearFit.role(ofWindow: index, of: windows.count) {
            case .fit: break
            case .parts: parts.append(row)
            case .combination: combination.append(row)
            }
            let present = Set(embedded.senses.keys)
            if let anchor = embedded.anchor(of: present, vanishing: vanishing, rule: model.rule) {
                rolling.learn(anchor, weight: anchorWeight)
            }
        }
        self.parts = parts
        self.combination = combination
        rollingAnchor = rolling
        until = windows.last?.end ?? EventTime(nanoseconds: 0)
    }
}

extension Calibration {
    /// The stored form.
    package var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.write(until.nanoseconds)
        writer.write(UInt64(rollingAnchor.windows))
        writer.write(rollingAnchor.centroid)
        parts.write(to: &writer)
        combination.write(to: &writer)
        return writer.bytes
    }

    package init(encoded: [UInt8]) throws {
        var reader = ByteReader(encoded)
        until = EventTime(nanoseconds: try reader.read(Int64.self))
        let windows = Int(try reader.read(UInt64.self))
        rollingAnchor = RollingAnchor(centroid: try reader.readFloats(), windows: windows)
        parts = try CalibrationRows(from: &reader)
        combination = try CalibrationRows(from: &reader)
    }
}

/// The samples for one set of present senses.
package struct MaskCalibration: Sendable {
    package let samples: [Statistic: ConformalSample]
    package let combined: ConformalSample
    /// Of the windows that calibrate the combination, in order of time.
    private let scores: [(start: EventTime, score: Double)]

    /// Windows in the smaller fold.
    package var windows: Int { combined.count }

    /// Held-back windows that have at least these senses, the others masked. `nil` when fewer than
    /// `rowsMin` in either fold do: then this set of senses has no calibration.
    package init?(
        _ calibration: Calibration, present: Set<StreamName>, model: FusionModel,
        settings: DetectionSettings, rowsMin: Int = 10
    ) {
        func evidence(_ rows: CalibrationRows) -> [(start: EventTime, evidence: Evidence)] {
            rows.compactMap { row in
                guard present.allSatisfy({ row.window.senses[$0] != nil }) else { return nil }
                let evidence = Evidence(
                    of: row.window, present: present, model: model, reference: row.reference,
                    vanishing: settings.vanishingAnchor)
                return (row.window.start, evidence)
            }
        }
        let parts = evidence(calibration.parts)
        let combination = evidence(calibration.combination)
        guard parts.count >= rowsMin, combination.count >= rowsMin else { return nil }
        var values: [Statistic: [Double]] = [:]
        for (_, row) in parts {
            for (key, value) in row.values { values[key, default: []].append(value) }
        }
        let samples = values.filter { $0.value.count >= rowsMin }.map { key, column in
            (key, ConformalSample(column, resolution: key.measure.resolution))
        }
        let built = Dictionary(uniqueKeysWithValues: samples)
        self.samples = built
        let statistics = combination.map { row in
            (
                start: row.start,
                value: truncatedCauchy(
                    Self.terms(row.evidence, samples: built, weights: settings.weights))
            )
        }
        let combined = ConformalSample(statistics.map(\.value), resolution: 0.1)
        self.combined = combined
        scores = statistics.map { ($0.start, -log10(combined.pValue(of: $0.value).p)) }
    }

    /// The smallest scores of all runs of `length` held-back windows one `hop` apart.
    package func runs(of length: Int, hop: Duration) -> [Double] {
        guard length > 0, scores.count >= length else { return [] }
        return (0...(scores.count - length)).compactMap { first in
            let run = scores[first..<first + length]
            let isWhole = zip(run, run.dropFirst()).allSatisfy { $1.start - $0.start == hop }
            return isWhole ? run.map(\.score).min() : nil
        }
    }

    /// p-value and weight of each statistic that has a sample.
    static func terms(
        _ evidence: Evidence, samples: [Statistic: ConformalSample],
        weights: DetectionSettings.Weights
    ) -> [(p: Double, weight: Double)] {
        evidence.values.sorted { $0.key < $1.key }.compactMap { key, value in
            guard let sample = samples[key] else { return nil }
            return (
                sample.pValue(of: value).p, weights.weight(of: key.measure.part) * key.measure.share
            )
        }
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
