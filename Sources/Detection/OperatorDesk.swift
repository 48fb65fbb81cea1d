package import Signals

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
