import Detection
import Signals

// What operators are answered.
extension AlarmRefusal {
    /// What was attempted, what was found, and what to do.
    func words(of asset: AssetName, _ note: AlarmNote?) -> String {
        let life = (note?.life ?? .normal).words
        return switch self {
        case .nothingToAcknowledge:
            "could not acknowledge \(asset): its alarm is \(life), and nothing waits for an "
                + "acknowledgement" + (note?.life == .shelved ? "; unshelve it first" : "")
        case .notShelved: "could not unshelve \(asset): its alarm is \(life), not shelved"
        case .notOutOfService:
            "could not put \(asset) in service: its alarm is \(life), not out of service"
        case .unknownStream:
            "could not move the stamps of a stream of \(asset): it has not been heard yet"
        case .isOutOfService:
            "could not change the alarm of \(asset): it is out of service; put it in service first"
        }
    }
}

extension OperatorCommand.Action {
    /// What was done.
    func words(of asset: AssetName, _ note: AlarmNote?) -> String {
        let now = "its alarm is \((note?.life ?? .normal).words) now"
        return switch self {
        case .alarm(.acknowledge): "acknowledged \(asset); \(now)"
        case .alarm(.shelve(let seconds)):
            "shelved \(asset) for \(DurationText.text(for: .seconds(seconds))) of its own time"
        case .alarm(.unshelve): "unshelved \(asset); \(now)"
        case .alarm(.outOfService):
            "took \(asset) out of service; nothing is learnt until it is back"
        case .alarm(.inService): "put \(asset) in service; \(now)"
        case .relearn: "\(asset) is learning anew"
        case .label(let label):
            "labelled \(asset): \(label.kind.rawValue)"
                + (label.name.isEmpty ? "" : " \(label.name)")
        case .removeLabel: "removed the label of \(asset)"
        case .correct(let correction):
            correction.behind == 0
                ? "takes the stamps of \(correction.stream) of \(asset) as they come"
                : "\(asset): \(correction.words)" + (correction.relearns ? ", and learns anew" : "")
        }
    }
}

extension AlarmLife {
    var words: String { rawValue.replacing("_", with: " ") }
}
