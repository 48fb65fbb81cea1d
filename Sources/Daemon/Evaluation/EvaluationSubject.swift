package import Fusion
package import Signals

/// What makes one row of an evaluation.
package enum EvaluationSubject: Sendable {
    /// A trained model.
    case network(name: String, NetworkModel)
    /// The model without training, as the daemon fits it on site.
    case linear
    /// The same, shown only one sense.
    case sense(StreamName)

    package var name: String {
        switch self {
        case .network(let name, _): name
        case .linear: "linear"
        case .sense(let sense): "\(sense) alone"
        }
    }

    var kind: EvaluationReport.Kind {
        switch self {
        case .network: .model
        case .linear: .linear
        case .sense: .sense
        }
    }

    var network: NetworkModel? {
        if case .network(_, let model) = self { return model }
        return nil
    }

    /// What it sees of a window.
    func seeing(_ window: WindowSummary) -> WindowSummary {
        guard case .sense(let sense) = self else { return window }
        var window = window
        window.streams = window.streams.filter { $0.key == sense }
        return window
    }
}
