import Foundation
import LinearAlgebra
import Publishing
package import Recall
package import Signals
import Store

/// Searches the remembered windows of one state file, beside the daemon or after it; changes nothing.
///
/// Keeps in memory what it has read, until `letGo`: a person who searches once searches again. Belongs to one
/// thread at a time.
package final class RecallSearcher {
    private let settings: DaemonSettings
    private let reader: HistoryReader
    private var shelf: RecallShelf
    private let threads: Int
    /// Rows on the shelf, in its order.
    private var shelved: [Int64] = []

    /// - Parameters:
    ///   - path: of the state.
    ///   - settings: in force.
    ///   - threads: of an exact search.
    /// - Throws: `StoreError` when there is no such file, or it cannot be read.
    package init(path: String, settings: DaemonSettings, threads: Int = 1) throws {
        self.settings = settings
        self.threads = threads
        shelf = RecallShelf(threads: threads)
        reader = try HistoryReader(path: path)
    }

    package func letGo() {
        shelf = RecallShelf(threads: threads)
        shelved = []
    }

    /// - Parameters:
    ///   - request: what is looked for.
    ///   - waiting: windows that are not stored yet.
    ///   - now: by the wall clock.
    /// - Returns: the best windows, and how many there were to compare.
    /// - Throws: `SearchRefusal` for a request that cannot be answered, `StoreError`.
    package func search(
        _ request: SearchRequest, waiting: [WindowPack] = [], now: EventTime
    ) throws -> SearchReply {
        try fill(waiting)
        let labels = try reader.labels(limit: 100_000)
        let terms = try SearchTerms(settings: settings, reader: reader, now: now)
            .terms(of: request, shelf: shelf, labels: labels)
        let hits = shelf.search(terms.query)
        var reply = SearchReply()
        reply.id = request.id
        for pack in shelf.packs {
            if terms.query.directions[pack.space] != nil {
                reply.searched += pack.count
                if terms.fidelity[pack.space] != nil { reply.bridged += pack.count }
            } else if terms.query.filter.reaches(pack) {
                reply.otherModels += pack.count
            }
        }
        reply.hits = try hits.map {
            let pack = shelf.packs[$0.pack]
            var found = try hit(
                pack, $0.index, similarity: Double($0.similarity), terms.query, labels)
            found.bridge = terms.fidelity[pack.space].map(Self.rounded)
            return found
        }
        if let (pack, index) = terms.example {
            let own = terms.query.directions[pack.space].flatMap {
                pack.similarity(of: index, to: $0, view: terms.query.view)
            }
            reply.example = try hit(
                pack, index, similarity: Double(own ?? 0), terms.query, labels)
        }
        return reply
    }

    /// Earlier alarms and tagged stretches that look most like `window`, by each of its senses: the nearest
    /// alarm and the nearest tagged window for each, best first.
    ///
    /// - Parameters:
    ///   - window: as `space` has it.
    ///   - asset: whose it is.
    ///   - space: of the model that saw it.
    ///   - before: where the stretch that it belongs to began; nothing from there on is earlier.
    ///   - waiting: windows that are not stored yet.
    /// - Returns: empty when no alarm and no tagged stretch came before.
    /// - Throws: `StoreError`.
    func seenBefore(
        _ window: RememberedWindow, of asset: AssetName, space: String, before: EventTime,
        waiting: [WindowPack]
    ) throws -> [SeenBefore] {
        let labels = try reader.labels(limit: 100_000)
        let tagged = RecallKeeper.tagged(labels)
        func isWorthALook(_ facts: RecallRowFacts) -> Bool {
            facts.from < before
                && (facts.forGood > 0
                    || (tagged[facts.asset] ?? []).contains {
                        $0.lowerBound <= facts.last && $0.upperBound > facts.from
                    })
        }
        let others = Set(
            try reader.recallFacts().filter {
                $0.asset == asset && $0.space != space && isWorthALook($0)
            }.map(\.space))
        let bridges =
            others.isEmpty
            ? nil : try SpaceBridges(of: asset, from: space, into: others, reader: reader)
        try fill(waiting) {
            ($0.space == space || others.contains($0.space)) && isWorthALook($0)
        }
        defer { letGo() }
        var seen: [SeenBefore] = []
        for (name, place) in window.senses.sorted(by: { $0.key < $1.key }) {
            let z = place.bytes.map(Float.init)
            guard let direction = ByteQuery(z) else { continue }
            var query = RecallQuery(directions: [space: direction], view: .sense(name))
            let crossings = bridges?.crossings(of: normalised(z), view: .sense(name))
            for (other, crossing) in crossings ?? [:] {
                query.directions[other] = crossing.direction
            }
            query.filter.to = before
            query.count = 1
            for isAlarm in [true, false] {
                query.filter.isRaisedOnly = isAlarm
                query.filter.stretches = isAlarm ? nil : tagged
                guard let best = shelf.exact(query).first else { continue }
                let hit = try hit(
                    shelf.packs[best.pack], best.index, similarity: Double(best.similarity),
                    query, labels)
                seen.append(
                    SeenBefore(
                        sense: name.text, asset: hit.asset, windowStartMs: hit.startMs,
                        similarity: hit.similarity, isAlarm: hit.alarm,
                        label: hit.labels.first))
            }
        }
        // A tagged alarm is both.
        var told: Set<SeenBefore> = []
        return seen.sorted { $0.similarity > $1.similarity }.filter { told.insert($0).inserted }
    }

    /// Puts on the shelf what is stored and `isWanted`, and last what waits.
    private func fill(
        _ waiting: [WindowPack], isWanted: (RecallRowFacts) -> Bool = { _ in true }
    ) throws {
        let wanted = try reader.recallFacts().filter(isWanted).map(\.id)
        if !wanted.starts(with: shelved) { letGo() }
        shelf.keep(shelved.count)
        // A few at a time: rows are twice in memory for a moment.
        for start in stride(from: shelved.count, to: wanted.count, by: 64) {
            let rows = try reader.recallRows(
                ids: Array(wanted[start..<min(start + 64, wanted.count)]))
            for row in rows {
                shelf.add(try row.pack)
                shelved.append(row.id)
            }
        }
        shelf.markStored()
        for pack in waiting { shelf.add(pack) }
    }

    private func hit(
        _ pack: WindowPack, _ index: Int, similarity: Double, _ query: RecallQuery,
        _ labels: [LabelRow]
    ) throws -> SearchHit {
        let start = pack.start(index)
        let window = pack.window(index)
        var senses: [String: SearchHit.Sense] = [:]
        for (name, place) in window.senses {
            let similarity = query.directions[pack.space].flatMap {
                pack.similarity(of: index, to: $0, view: .sense(name))
            }
            senses[name.text] = SearchHit.Sense(
                similarity: Self.rounded(Double(similarity ?? 0)),
                agreement: pack.agreement(of: name, in: index).map { Self.rounded(Double($0)) },
                template: place.template.map(Int.init))
        }
        var hit = SearchHit(
            asset: pack.asset.text, startMs: start.milliseconds,
            similarity: Self.rounded(similarity), score: window.score,
            alarm: window.standing == .raised,
            labels: labels.filter { label in
                label.asset == pack.asset && label.from <= start && label.to > start
            }.map { $0.name.isEmpty ? $0.kind : $0.name },
            senses: senses)
        if window.standing > .calm,
            let payload = try reader.verdict(of: pack.asset, at: start),
            let said = try? JSONDecoder().decode(Said.self, from: Data(payload.utf8))
        {
            hit.reason = said.reason
            hit.blame = said.blame
        }
        return hit
    }

    private struct Said: Decodable {
        var reason: String?
        var blame: String?
    }

    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
