package import Signals

/// What can be wrong with the data of one stream.
package enum HealthKind: String, CaseIterable, Sendable, Codable {
    /// A regular stream is not heard any more.
    case silent
    /// The same vector to the bit, again and again, though it used to change.
    case stuck
    /// Its stamps disagree with the gateway's clock.
    case wrongClock = "wrong_clock"
    /// Many of its messages cannot be read.
    case refused
    /// Its vectors have another dimension than they had, or it sends another kind of thing.
    case changedDimension = "changed_dimension"
}

/// One data-health alarm of one stream.
///
/// ```
/// clear --holds for `on`--> raised --does not hold for `off`--> clear
/// ```
/// What is unknown at a moment changes nothing.
package struct HealthFlag: Equatable, Sendable {
    package private(set) var isRaised = false
    /// The gateway's wall clock when it was raised or cleared last; `nil`: never.
    package private(set) var since: EventTime?
    /// Why it was raised, for people; empty when it is not.
    package private(set) var reason = ""
    /// Arrival from which on the condition has argued for the other state.
    private var against: Int64?

    /// Its condition argues for the other state.
    var isTurning: Bool { against != nil }

    package init() {}

    /// - Parameters:
    ///   - holds: whether something is wrong now; `nil`: unknown.
    ///   - now: arrival by now.
    ///   - on: how long it has to be wrong, in nanoseconds.
    ///   - off: how long it has to be right.
    ///   - reason: made only when it is raised.
    /// - Returns: whether it was raised or cleared.
    mutating func observe(
        _ holds: Bool?, at now: Arrival, on: Int64, off: Int64, reason: () -> String
    ) -> Bool {
        guard let holds else { return false }
        guard holds != isRaised else {
            against = nil
            return false
        }
        let began = min(against ?? now.elapsed, now.elapsed)
        guard now.elapsed - began >= (holds ? on : off) else {
            against = began
            return false
        }
        isRaised = holds
        since = EventTime(nanoseconds: now.wall)
        self.reason = holds ? reason() : ""
        against = nil
        return true
    }

    func write(to writer: inout ByteWriter) {
        writer.write(isRaised)
        writer.write(since?.nanoseconds)
        writer.write(reason)
        writer.write(against)
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        isRaised = try reader.readBool()
        since = try reader.readOptional().map { EventTime(nanoseconds: $0) }
        reason = try reader.readString()
        against = try reader.readOptional()
    }
}

/// A data-health alarm was raised or cleared.
package struct HealthChange: Equatable, Sendable {
    package var stream: StreamName
    package var kind: HealthKind
    package var isRaised: Bool
    /// The gateway's wall clock: a silent stream has no time of its own.
    package var at: EventTime
    package var reason: String

    package init(
        stream: StreamName, kind: HealthKind, isRaised: Bool, at: EventTime, reason: String
    ) {
        self.stream = stream
        self.kind = kind
        self.isRaised = isRaised
        self.at = at
        self.reason = reason
    }
}
