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
