package import Signals

/// What the Store remembers of one asset in a stretch of time.
package struct AssetHistory: Equatable, Sendable {
    package var asset: AssetName
    /// Up to the end of the stretch, also those before it; in order.
    package var alarmSteps: [AlarmStep] = []
    /// Those that touch the stretch.
    package var labels: [Label] = []
    /// Up to the end of the stretch, also those before it; in order.
    package var healthSteps: [HealthEvent] = []
    /// Stored verdicts of the stretch.
    package var verdicts = 0
    /// Cells with at least one of them, and all from the first to the last such cell.
    package var cells = 0
    package var cellsSpanned = 0
    /// Cells by the verdicts' state; a cell with several is shared out.
    package var cellsByState: [String: Double] = [:]
    /// Share of judged windows in which each sense was present.
    package var presence: [StreamName: Double] = [:]

    package init(asset: AssetName) {
        self.asset = asset
    }

    /// An alarm was raised or cleared.
    package struct AlarmStep: Equatable, Sendable {
        package var at: EventTime
        package var isRaised: Bool
        package var score: Double?
        package var why: String
        package var blame: String?

        package init(
            at: EventTime, isRaised: Bool, score: Double? = nil, why: String = "",
            blame: String? = nil
        ) {
            self.at = at
            self.isRaised = isRaised
            self.score = score
            self.why = why
            self.blame = blame
        }
    }

    /// What an operator said of a stretch: `fault`, `false_alarm`, `planned` or `state`.
    package struct Label: Equatable, Sendable {
        package var from: EventTime
        package var to: EventTime
        package var kind: String
        package var name: String

        package init(from: EventTime, to: EventTime, kind: String, name: String) {
            self.from = from
            self.to = to
            self.kind = kind
            self.name = name
        }
    }
}
