import Foundation
package import Intake
package import Signals

/// What a labels file says of windows, whatever their length.
///
/// Labels come second by second. A window is what the first second in it that is not normal says; of
/// which split it is, its last second says. `score.py` of the accuracy runs reads them alike.
package struct WindowTruth: Sendable {
    /// A label that is no anomaly to be found: the data were missing, and the verdict says so.
    package static let missingData = "silent"
    package static let normal = "normal"

    private let seconds: [AssetName: [Int64: Second]]

    private struct Second: Sendable {
        var split: WindowLabel.Split
        var label: String
        var state: String
    }

    package init(_ labels: [WindowLabel]) {
        var seconds: [AssetName: [Int64: Second]] = [:]
        for label in labels {
            seconds[label.asset, default: [:]][label.windowStart.milliseconds] = Second(
                split: label.split, label: label.label, state: label.state)
        }
        self.seconds = seconds
    }

    /// The label of a window that is to be judged; `nil` for one without a label, of the training
    /// split, or without data.
    package func label(of asset: AssetName, from start: EventTime, to end: EventTime) -> String? {
        let first = start.milliseconds - start.milliseconds % 1000
        let found = stride(from: first, to: end.milliseconds, by: 1000)
            .compactMap { seconds[asset]?[$0] }
        guard let last = found.last, last.split == .test else { return nil }
        let label = (found.first { $0.label != Self.normal } ?? found[0]).label
        return label == Self.missingData ? nil : label
    }

    /// The state that a window was tagged with, by its first moment; `nil` for none.
    package func state(of asset: AssetName, at start: EventTime) -> String? {
        seconds[asset]?[start.milliseconds].flatMap { $0.state.isEmpty ? nil : $0.state }
    }
}
