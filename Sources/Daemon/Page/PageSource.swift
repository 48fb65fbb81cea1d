import Foundation
import MQTT
import Signals
import Status
import Store
import Synchronization

/// Knows what the page shows: the present from the broker thread, once a second at most however many
/// look, and the past from the Store, over a connection of its own that holds up nobody.
final class PageSource: StatusSource {
    private let gateway: Gateway
    private let client: BrokerClient
    private let path: String
    private let state = Mutex(Known())

    private struct Known: Sendable {
        var moment: (at: Int64, value: PageMoment)?
        var overview: (at: Int64, bytes: [UInt8])?
        var reader: HistoryReader?
    }

    static let keepMs: Int64 = 1000
    private static let cellsMax: Int64 = 288
    private static let historyMax = 100
    private static let labelsMax = 200

    struct Busy: Error, CustomStringConvertible {
        let description = "The daemon is busy and did not answer within 2 s; try again."
    }

    init(gateway: Gateway, client: BrokerClient, path: String) {
        (self.gateway, self.client, self.path) = (gateway, client, path)
    }

    func overview() throws -> [UInt8] {
        let now = try moment()
        if let made = state.withLock({ $0.overview }), made.at == now.at { return made.bytes }
        let bytes = try Self.json(now.value.report)
        state.withLock { $0.overview = (now.at, bytes) }
        return bytes
    }

    func asset(_ name: String, hours: Int) throws -> [UInt8]? {
        let report = try moment().value.report
        guard let place = report.status.assets.firstIndex(where: { $0.name == name }) else {
            return nil
        }
        let asset = AssetName(name)
        let end = report.assets[place].windowEndMs ?? 0
        let from = end - Int64(hours) * 3_600_000
        let cell = max(1000, (end - from) / Self.cellsMax)
        let reader = try reader()
        let cells = try reader.scores(
            of: asset, from: EventTime(milliseconds: from), to: EventTime(milliseconds: end),
            cell: .milliseconds(cell))
        let labels = try reader.labels(
            of: asset, from: EventTime(milliseconds: from), limit: Self.labelsMax)
        return try Self.json(
            PagePast(
                asset: name, fromMs: from, toMs: end, cellMs: cell,
                gapMs: 3 * gateway.settings.store.calmVerdictEvery.nanoseconds / 1_000_000,
                cells: cells.map {
                    .init(atMs: $0.at.milliseconds, score: $0.score, isRaised: $0.isRaised)
                }, labels: labels.map(LabelEntry.init)))
    }

    func history() throws -> [UInt8] {
        let reader = try reader()
        return try Self.json(
            PageHistory(
                alarms: reader.alarmEvents(limit: Self.historyMax).map(AlarmHistoryEntry.init),
                labels: reader.labels(limit: Self.labelsMax).map(LabelEntry.init)))
    }

    func metrics() throws -> [UInt8] {
        Array(PageMetrics(try moment().value).text.utf8)
    }

    func reasonNotReady() -> String? {
        do {
            return try moment().value.reasonNotReady
        } catch {
            return "\(error)"
        }
    }

    /// What is known by now, or was a second ago.
    private func moment() throws -> (at: Int64, value: PageMoment) {
        let now = gateway.clocks.now.elapsed / 1_000_000
        if let known = state.withLock({ $0.moment }), now - known.at < Self.keepMs { return known }
        let box = ReplyBox<PageMoment>()
        client.perform { [gateway] in box.put(gateway.pageMoment()) }
        guard let value = box.take(within: 2) else { throw Busy() }
        state.withLock { $0.moment = (now, value) }
        return (now, value)
    }

    private func reader() throws -> HistoryReader {
        if let reader = state.withLock({ $0.reader }) { return reader }
        let reader = try HistoryReader(path: path)
        state.withLock { $0.reader = reader }
        return reader
    }

    private static func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .sortedKeys
        return [UInt8](try encoder.encode(value))
    }
}
