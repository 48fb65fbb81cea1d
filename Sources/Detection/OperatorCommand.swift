package import Signals

/// What an operator says of a stretch of an asset's time.
package struct OperatorLabel: Equatable, Sendable, Codable {
    package enum Kind: String, CaseIterable, Sendable, Codable {
        case fault
        case falseAlarm = "false_alarm"
        case planned
        /// What the machine was doing, a recipe or a phase: no word on whether it was well.
        case state
    }

    package var from: EventTime
    package var to: EventTime
    package var kind: Kind
    /// Of the fault or state; empty for none.
    package var name: String

    package init(from: EventTime, to: EventTime, kind: Kind, name: String) {
        self.from = from
        self.to = to
        self.kind = kind
        self.name = name
    }

    /// Windows under it are no normal operation, whatever their scores.
    package var keepsFromLearning: Bool { kind == .fault || kind == .planned }

    package func covers(from start: EventTime, to end: EventTime) -> Bool {
        from < end && start < to
    }
}

/// Something an operator asks of one asset, as the journal keeps it.
package struct OperatorCommand: Equatable, Sendable, Codable {
    package enum Action: Equatable, Sendable, Codable {
        case alarm(AlarmAction)
        case relearn
        case label(OperatorLabel)
        case removeLabel(OperatorLabel)
    }

    package var action: Action
    package var who: String
    package var why: String
    /// Of the sender's choosing: the same again is the same command. Empty for none.
    package var id: String
    /// When it reached the gateway, by its wall clock.
    package var givenMs: Int64

    package init(_ action: Action, who: String, why: String, id: String = "", givenMs: Int64) {
        self.action = action
        self.who = who
        self.why = why
        self.id = id
        self.givenMs = givenMs
    }
}
