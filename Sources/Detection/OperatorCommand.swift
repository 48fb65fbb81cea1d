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

/// By how much a stream's stamps are taken earlier than they come; 0 takes them as they are.
package struct StampCorrection: Equatable, Sendable, Codable {
    package var stream: StreamName
    /// Nanoseconds; negative: later. In all, not on top of an earlier one.
    package var behind: Int64
    /// What was learnt has the step in it, and is learnt anew.
    package var relearns: Bool

    package init(stream: StreamName, behind: Int64, relearns: Bool = false) {
        self.stream = stream
        self.behind = behind
        self.relearns = relearns
    }
}

/// Something an operator asks of one asset, as the journal keeps it.
package struct OperatorCommand: Equatable, Sendable, Codable {
    package enum Action: Equatable, Sendable, Codable {
        case alarm(AlarmAction)
        case relearn
        case label(OperatorLabel)
        case removeLabel(OperatorLabel)
        case correct(StampCorrection)
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
