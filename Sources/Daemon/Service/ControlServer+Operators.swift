import Detection
import Foundation
package import Publishing
import Signals
import Store
import Windowing

// Alarms, history and labels for the command line.
extension ControlServer {
    static func operate(_ request: ControlRequest, _ gateway: Gateway) throws -> ControlReply {
        guard let action = request.action else {
            return ControlReply(error: "could not read the request; it names no action")
        }
        if case .alarm(.shelve(let seconds)) = action,
            seconds < 1 || .seconds(seconds) > gateway.settings.alarms.shelveMax
        {
            return ControlReply(
                error: CommandMessage.shelfWords(
                    DurationText.text(for: .seconds(seconds)), settings: gateway.settings.alarms))
        }
        if case .correct(let correction) = action,
            .nanoseconds(correction.behind.magnitude) >= gateway.settings.windowing.idleAfter
        {
            return ControlReply(
                error: "could not move the stamps of \(correction.stream) so far: a stream that is "
                    + "windowing.idle_after (\(gateway.settings.windowing.idleAfter)) behind the others "
                    + "is taken for missing")
        }
        let command = OperatorCommand(
            action, who: request.who ?? "unknown", why: request.why ?? "",
            givenMs: gateway.clocks.now.wall / 1_000_000)
        let answer = try gateway.command(command, on: AssetName(request.asset ?? ""))
        guard answer.refusal == nil else { return ControlReply(error: answer.text) }
        return ControlReply(text: answer.text)
    }

    static func alarms(_ request: ControlRequest, _ gateway: Gateway) -> ControlReply {
        let entries = gateway.pipeline.assets
            .filter { request.asset == nil || $0.text == request.asset }
            .compactMap { asset in
                gateway.pipeline.alarm(of: asset).map { AlarmEntry($0, of: asset, gateway) }
            }
        if let name = request.asset, entries.isEmpty {
            return unknownAsset(AssetName(name), gateway)
        }
        return ControlReply(alarms: entries)
    }

    static func history(_ request: ControlRequest, _ gateway: Gateway) throws -> ControlReply {
        if gateway.ledger.hasNewsOfOperators { try gateway.commit(isFinal: false) }
        let events = try gateway.store.alarmEvents(
            asset: request.asset.map { AssetName($0) }, from: request.from ?? .distantPast,
            to: request.to ?? .distantFuture, limit: min(request.limit ?? 1000, 100_000))
        // As many as there may be of these steps: each has one at most.
        let seen = Dictionary(
            try gateway.store.seenBefore(
                asset: request.asset.map { AssetName($0) }, from: request.from ?? .distantPast,
                to: request.to ?? .distantFuture, limit: max(1, events.count)
            ).map { (SeenKey(asset: $0.asset, at: $0.at, step: $0.step), $0.list) },
            uniquingKeysWith: { first, _ in first })
        return ControlReply(
            history: events.map { event in
                var entry = AlarmHistoryEntry(event)
                entry.seenBefore = event.step.flatMap {
                    seen[SeenKey(asset: event.asset, at: event.at, step: $0)]
                }
                return entry
            })
    }

    static func labels(_ request: ControlRequest, _ gateway: Gateway) throws -> ControlReply {
        if gateway.ledger.hasNewsOfOperators { try gateway.commit(isFinal: false) }
        let labels = try gateway.store.labels(
            asset: request.asset.map { AssetName($0) }, from: request.from ?? .distantPast,
            to: request.to ?? .distantFuture)
        return ControlReply(labels: labels.map(LabelEntry.init))
    }

    static func removeLabel(_ request: ControlRequest, _ gateway: Gateway) throws -> ControlReply {
        if gateway.ledger.hasNewsOfOperators { try gateway.commit(isFinal: false) }
        guard let id = Int64(request.id ?? ""), let row = try gateway.store.label(id: id),
            let kind = OperatorLabel.Kind(rawValue: row.kind)
        else {
            return ControlReply(
                error:
                    "there is no label \(request.id ?? ""); `anchord label list` names those that are"
            )
        }
        let label = OperatorLabel(from: row.from, to: row.to, kind: kind, name: row.name)
        let command = OperatorCommand(
            .removeLabel(label), who: request.who ?? "unknown", why: request.why ?? "",
            givenMs: gateway.clocks.now.wall / 1_000_000)
        let answer = try gateway.command(command, on: row.asset)
        guard answer.refusal == nil else { return ControlReply(error: answer.text) }
        return ControlReply(text: answer.text)
    }
}

private struct SeenKey: Hashable {
    let asset: AssetName
    let at: EventTime
    let step: Int64
}

extension SeenBeforeRow {
    /// What `seen` says; nothing where it cannot be read.
    var list: [SeenBefore] {
        (try? JSONDecoder().decode([SeenBefore].self, from: Data(seen.utf8))) ?? []
    }
}

extension EventTime {
    fileprivate static let distantPast = EventTime(nanoseconds: .min)
    fileprivate static let distantFuture = EventTime(nanoseconds: .max)
}

/// One asset's alarm as `anchord alarms list` shows it.
package struct AlarmEntry: Codable, Equatable, Sendable {
    package var asset: String
    /// As ISA-18.2 names it.
    package var life: String
    /// What the scores say: normal, pending, raised, clearing.
    package var condition: String
    package var sinceMs: Int64?
    package var shelvedUntilMs: Int64?
    package var suppressedBy: String?
    package var score: Double?
    package var blame: String?
    package var reason: String?
    /// Where the alarm began.
    package var firstAtMs: Int64?
    package var firstPart: String?
    package var firstSense: String?
    /// The asset whose alarm began the group.
    package var firstOut: String?
    /// What it looked like before, where anything did.
    package var seenBefore: [SeenBefore]?

    init(_ alarm: Alarm, of asset: AssetName, _ gateway: Gateway) {
        let note = alarm.note
        let last = gateway.latest[asset]
        self.asset = asset.text
        life = note.life.rawValue
        condition = alarm.state.rawValue
        sinceMs = last?.alarmSince?.milliseconds
        shelvedUntilMs = note.shelvedUntil?.milliseconds
        suppressedBy = note.suppression?.rawValue
        score = last?.score
        blame = last?.blame?.text
        reason = last?.reason
        firstAtMs = note.first?.at.milliseconds
        firstPart = note.first?.part
        firstSense = note.first?.sense
        firstOut = note.first == nil ? nil : gateway.board.firstOut(of: asset)?.asset.text
        seenBefore = note.first == nil ? nil : gateway.seenBefore[asset]
    }
}

/// One step of an alarm as `anchord alarms history` shows it.
package struct AlarmHistoryEntry: Codable, Equatable, Sendable {
    package var asset: String
    package var atMs: Int64
    package var change: String
    package var from: String
    package var to: String
    package var rings: Bool
    package var who: String
    package var why: String
    package var score: Double?
    package var blame: String?
    package var reason: String?
    /// What a raise looked like before, where anything did.
    package var seenBefore: [SeenBefore]?

    init(_ event: AlarmEvent) {
        asset = event.asset.text
        atMs = event.at.milliseconds
        change = event.change
        from = event.from
        to = event.to
        rings = event.rings
        who = event.who
        why = event.why
        score = event.score
        blame = event.blame
        reason = event.reason
    }
}

/// A label as `anchord label list` shows it.
package struct LabelEntry: Codable, Equatable, Sendable {
    package var id: Int64
    package var asset: String
    package var fromMs: Int64
    package var toMs: Int64
    package var kind: String
    package var name: String
    package var who: String
    package var why: String
    package var createdMs: Int64

    init(_ row: LabelRow) {
        id = row.id
        asset = row.asset.text
        fromMs = row.from.milliseconds
        toMs = row.to.milliseconds
        kind = row.kind
        name = row.name
        who = row.who
        why = row.why
        createdMs = row.createdMs
    }
}
