package import Detection
package import Foundation  // `Data` of a model file.
package import Signals

/// What the command line asks of the running daemon, a line of JSON each way.
package struct ControlRequest: Codable, Equatable, Sendable {
    package enum Command: String, Codable, Sendable {
        case status
        case forget, relearn
        case quarantine, release
        case models, useModel, removeModel
        case alarms, alarmHistory, operate
        case labels, removeLabel
        /// What may tell an asset's work from its rest.
        case activity
        /// Among remembered windows.
        case search
    }

    /// A model file travels as Base64, in a request of 64 MiB at most.
    package static let fileBytesMax = 45 << 20

    package var command: Command
    package var asset: String?
    /// A quarantined message's id, `nil`: all; or a trained model's, its first digits will do.
    package var id: String?
    /// A model file.
    package var file: Data?
    /// Without trial and shadow.
    package var isForced: Bool?
    /// What an operator wants done, and who asks and why.
    package var action: OperatorCommand.Action?
    package var who: String?
    package var why: String?
    /// A stretch of event time.
    package var from: EventTime?
    package var to: EventTime?
    package var limit: Int?
    package var search: SearchRequest?

    package init(
        _ command: Command, asset: String? = nil, id: String? = nil, file: Data? = nil,
        isForced: Bool? = nil
    ) {
        self.command = command
        self.asset = asset
        self.id = id
        self.file = file
        self.isForced = isForced
    }
}

package struct ControlReply: Codable, Equatable, Sendable {
    package var error: String?
    package var status: StatusReport?
    /// What is in quarantine, or what was released from it.
    package var quarantine: [QuarantineEntry]?
    package var models: ModelList?
    /// The trained model that a request was about.
    package var model: String?
    package var alarms: [AlarmEntry]?
    /// Newest first.
    package var history: [AlarmHistoryEntry]?
    package var labels: [LabelEntry]?
    package var activity: [ActivityProposal]?
    package var search: SearchReply?
    /// What was done, for people.
    package var text: String?

    package init(
        error: String? = nil, status: StatusReport? = nil, quarantine: [QuarantineEntry]? = nil,
        models: ModelList? = nil, model: String? = nil, alarms: [AlarmEntry]? = nil,
        history: [AlarmHistoryEntry]? = nil, labels: [LabelEntry]? = nil,
        activity: [ActivityProposal]? = nil, text: String? = nil
    ) {
        self.error = error
        self.status = status
        self.quarantine = quarantine
        self.models = models
        self.model = model
        self.alarms = alarms
        self.history = history
        self.labels = labels
        self.activity = activity
        self.text = text
    }
}
