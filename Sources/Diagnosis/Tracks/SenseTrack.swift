import Fusion
import Learning
package import LinearAlgebra
package import Signals

/// One sense of one asset over time, as a cloud of unit variance in every direction.
///
/// The principal components of the sense's features, each divided by its deviation:
/// ```
/// xᵢ ∈ Rᵖ,   Σ xᵢ = 0,   Σ xᵢ xᵢᵀ / n = I
/// ```
/// Then the sum of squares of a cross-covariance between two tracks is the sum of their squared
/// canonical correlations: how much they know of each other, whatever their units (Hotelling 1936).
/// Learnt from the track itself and not from a model: a model that was fitted on senses out of step
/// has learnt the step.
package struct SenseTrack: Sendable {
    package let stream: StreamName
    /// Numbers of hops since 1970, rising, one per row.
    package let slots: [Int]
    /// `n × p`
    package let rows: Matrix

    package init(stream: StreamName, slots: [Int], rows: Matrix) {
        precondition(slots.count == rows.rows, "one slot per row")
        self.stream = stream
        self.slots = slots
        self.rows = rows
    }

    /// The stream's track, or `nil` where it has too few windows or never moved.
    init?(_ stream: StreamName, of windows: AssetWindows, settings: DiagnosisSettings) {
        var bySlot: [Int: StreamSummary] = [:]
        for window in windows.windows.suffix(settings.windowsMax) {
            guard let summary = window.streams[stream] else { continue }
            bySlot[settings.slot(of: window.start)] = summary
        }
        let slots = bySlot.keys.sorted()
        guard slots.count >= settings.windowsMin else { return nil }
        let summaries = slots.map { bySlot[$0]! }
        let components = min(settings.componentsMax, slots.count / 20)
        guard let encoder = LinearEncoder.fit(summaries, componentsMax: components) else {
            return nil
        }
        let scores = zip(slots, summaries).compactMap { slot, summary in
            encoder.components(of: summary).map { (slot, $0) }
        }
        guard let width = scores.first?.1.count, width > 0, scores.count >= settings.windowsMin
        else { return nil }
        let raw = Matrix(
            rows: scores.count, columns: width, floats: scores.flatMap(\.1))
        guard let rows = raw.whitened(limit: 5) else { return nil }
        self.init(stream: stream, slots: scores.map(\.0), rows: rows)
    }

    /// All senses of an asset that say enough, sorted by name.
    package static func all(
        of windows: AssetWindows, settings: DiagnosisSettings
    ) -> [SenseTrack] {
        Set(windows.windows.flatMap(\.streams.keys)).sorted().compactMap {
            SenseTrack($0, of: windows, settings: settings)
        }
    }

    /// The same sense with stamps `hops` later.
    package func delayed(by hops: Int) -> SenseTrack {
        SenseTrack(stream: stream, slots: slots.map { $0 + hops }, rows: rows)
    }
}
