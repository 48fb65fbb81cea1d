package import Signals

/// An alarm as operators see it: the states of ISA-18.2.
///
/// The condition (`AlarmState`: is the machine odd just now?) and what people have made of it
/// (`AlarmHandling`) are two small values that know nothing of each other; this is what they say
/// together. The first that holds, from the top:
/// ```
///  out of service   an operator took the alarm away, without a limit
///  shelved          an operator took it away, until a time
///  suppressed       anchord took it away: warming up, bad quality, not running
///
///                    |  nobody has to acknowledge  |  somebody has to
///  condition raised  |  acknowledged               |  unacknowledged
///  condition normal  |  normal                     |  returned-unacknowledged
/// ```
/// So an acknowledgement that is owed survives the return to normal.
package enum AlarmLife: String, CaseIterable, Sendable, Codable {
    case normal, unacknowledged, acknowledged
    case returnedUnacknowledged = "returned_unacknowledged"
    case shelved, suppressed
    case outOfService = "out_of_service"

    /// Somebody has to acknowledge it.
    package var isUnacknowledged: Bool {
        self == .unacknowledged || self == .returnedUnacknowledged
    }
}

/// Why anchord itself keeps an alarm quiet: "suppressed by design".
package enum Suppression: String, CaseIterable, Sendable, Codable {
    case warmingUp = "warming_up"
    case badQuality = "bad_quality"
    /// The machine does not run, or has only just begun to.
    case idle, starting

    /// As the end of "the alarm is suppressed: …".
    package var words: String {
        switch self {
        case .warmingUp: "the asset is warming up"
        case .badQuality: "too few senses speak for a score"
        case .idle: "the machine is not running"
        case .starting: "the machine is starting"
        }
    }
}

/// What people, and rules on their behalf, have made of an alarm.
package struct AlarmHandling: Equatable, Sendable {
    /// The alarm rang and nobody has acknowledged it.
    package var isOwed = false
    /// The condition rose while the alarm was quiet, and still stands.
    package var isUntold = false
    /// The end of the shelf, in event time.
    package var shelvedUntil: EventTime?
    package var isOutOfService = false
    package var suppression: Suppression?

    package init() {}

    package var isQuiet: Bool { isOutOfService || shelvedUntil != nil || suppression != nil }

    package func life(isRaised: Bool) -> AlarmLife {
        if isOutOfService { return .outOfService }
        if shelvedUntil != nil { return .shelved }
        if suppression != nil { return .suppressed }
        return switch (isRaised, isOwed) {
        case (true, true): .unacknowledged
        case (true, false): .acknowledged
        case (false, true): .returnedUnacknowledged
        case (false, false): .normal
        }
    }
}

/// One step of an alarm's life, for the history and for those who listen.
package struct AlarmStep: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case raised, cleared
        case acknowledged, shelved, unshelved
        case shelfExpired = "shelf_expired"
        case outOfService = "out_of_service"
        case inService = "in_service"
        case suppressed, unsuppressed, relearn
    }

    package var kind: Kind
    package var from: AlarmLife
    package var to: AlarmLife
    /// Somebody should look up: the alarm stands, and nobody has been told yet.
    package var rings: Bool
    /// Counts the steps of one alarm, so that the same step told twice is known as one.
    package var number: Int64
    /// End of the asset's newest window, by the machine's clock.
    package var at: EventTime
    /// `anchord`, or the operator's name.
    package var who: String
    package var why: String

    package static let ourselves = "anchord"
}

/// Where the newest alarm began: what was odd first, in the window that made it pending.
package struct AlarmOnset: Equatable, Sendable {
    package var at: EventTime
    /// The part with the smallest p-value; empty when none scored.
    package var part: String
    /// The sense that was blamed; empty when none was.
    package var sense: String
}

/// What a verdict says of its alarm beyond the condition.
package struct AlarmNote: Equatable, Sendable {
    package var life: AlarmLife = .normal
    package var suppression: Suppression?
    package var shelvedUntil: EventTime?
    package var first: AlarmOnset?

    package init() {}
}
