package import Signals

/// What an operator may do to an alarm.
package enum AlarmAction: Equatable, Sendable, Codable {
    case acknowledge
    /// For so many seconds of event time.
    case shelve(seconds: Int64)
    case unshelve, outOfService, inService
}

/// Why an action was refused. Each case has its own counter.
package enum AlarmRefusal: String, CaseIterable, Sendable {
    case nothingToAcknowledge = "nothing_to_acknowledge"
    case notShelved = "not_shelved"
    case notOutOfService = "not_out_of_service"
    case isOutOfService = "is_out_of_service"
}

/// What an operator says of a stretch of an asset's time.
package struct OperatorLabel: Equatable, Sendable, Codable {
    package enum Kind: String, CaseIterable, Sendable, Codable {
        case fault
        case falseAlarm = "false_alarm"
        case planned
    }

    package var from: EventTime
    package var to: EventTime
    package var kind: Kind
    /// Of the fault; empty for none.
    package var name: String

    package init(from: EventTime, to: EventTime, kind: Kind, name: String) {
        self.from = from
        self.to = to
        self.kind = kind
        self.name = name
    }

    /// Windows under it are no normal operation, whatever their scores.
    package var keepsFromLearning: Bool { kind != .falseAlarm }

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

/// What an asset's state remembers of its operators, beside the alarm.
package struct OperatorDesk: Equatable, Sendable {
    /// Labels that windows still to come may fall under.
    package private(set) var labels: [OperatorLabel] = []
    /// Ids of the last commands, oldest first.
    package private(set) var recentIDs: [String] = []
    /// End of the newest window.
    package var newest: EventTime?

    /// The oldest gives way beyond these.
    package static let labelsMax = 64
    package static let idsMax = 64

    package init() {}

    /// Remembers a command's id; `false` when it is known already.
    package mutating func isNew(_ id: String) -> Bool {
        guard !id.isEmpty else { return true }
        guard !recentIDs.contains(id) else { return false }
        recentIDs.append(id)
        if recentIDs.count > Self.idsMax { recentIDs.removeFirst() }
        return true
    }

    package mutating func add(_ label: OperatorLabel) {
        guard label.keepsFromLearning, label.to > newest ?? label.from, !labels.contains(label)
        else { return }
        labels.append(label)
        if labels.count > Self.labelsMax { labels.removeFirst() }
    }

    package mutating func remove(_ label: OperatorLabel) {
        labels.removeAll { $0 == label }
    }

    /// Time has come to `end`; what lies behind it is of no more use.
    package mutating func pass(from start: EventTime, to end: EventTime) {
        newest = max(newest ?? end, end)
        labels.removeAll { $0.to <= start }
    }

    package func keepsFromLearning(from start: EventTime, to end: EventTime) -> Bool {
        labels.contains { $0.covers(from: start, to: end) }
    }
}

extension OperatorDesk {
    func write(to writer: inout ByteWriter) {
        writer.write(newest?.nanoseconds)
        writer.write(UInt32(recentIDs.count))
        for id in recentIDs { writer.write(id) }
        writer.write(UInt32(labels.count))
        for label in labels {
            writer.write(label.from.nanoseconds)
            writer.write(label.to.nanoseconds)
            writer.write(label.kind.rawValue)
            writer.write(label.name)
        }
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        newest = try reader.readOptional().map { EventTime(nanoseconds: $0) }
        for _ in 0..<(try reader.readCount(elementBytes: 1)) {
            recentIDs.append(try reader.readString())
        }
        for _ in 0..<(try reader.readCount(elementBytes: 16)) {
            let from = EventTime(nanoseconds: try reader.read(Int64.self))
            let to = EventTime(nanoseconds: try reader.read(Int64.self))
            let kind = OperatorLabel.Kind(rawValue: try reader.readString()) ?? .planned
            labels.append(
                OperatorLabel(from: from, to: to, kind: kind, name: try reader.readString()))
        }
    }
}
