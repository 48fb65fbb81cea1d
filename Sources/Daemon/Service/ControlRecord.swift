import Detection
import Diagnosis
import Foundation
import Signals

/// A decision from outside the messages that changes what the pipeline does, as the journal keeps
/// it.
enum ControlRecord: Equatable, Sendable, Codable {
    /// The connection came (back).
    case resumed(Arrival)
    /// Of earlier versions: nobody's name was kept.
    case relearn(AssetName)
    /// An operator's command, from the command line.
    case operate(AssetName, OperatorCommand)
    case forget(AssetName)
    /// A trained model is wanted in service, by its id.
    case propose(AssetName, network: String, isForced: Bool)
    /// A diagnosis beside the flow has changed what is known of an asset.
    case looked(DiagnosisLook)

    var encoded: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Names and two numbers: nothing in it can fail to encode.
        return (try? encoder.encode(self)).map { [UInt8]($0) } ?? []
    }

    init?(encoded: [UInt8]) {
        guard let record = try? JSONDecoder().decode(Self.self, from: Data(encoded)) else {
            return nil
        }
        self = record
    }
}
