import Dispatch
import LinearAlgebra
package import Signals
import Synchronization

/// The remembered windows in memory, and the search through them.
///
/// Exact by default: every window is compared. Where that would take too long, a `WindowLists` of the view
/// asked for looks at the likeliest lists alone; its share of true answers is measured when it is made.
package struct RecallShelf: Sendable {
    package private(set) var packs: [WindowPack] = []
    /// By space and view: made on demand, of the packs there were then.
    private var lists: [ListKey: WindowLists] = [:]
    /// Packs from the first that lists may be made of.
    private var lasting = 0

    private struct ListKey: Hashable {
        let space: String
        let view: RecallQuery.View
    }

    /// Bytes compared in an exact search beyond which lists are worth having: about 5 ms on one core of a
    /// gateway (docs/recall.md).
    package static let exactBytesMax = 24 << 20

    /// Threads of an exact search; one leaves the other cores to others.
    private let threads: Int

    package init(packs: [WindowPack] = [], threads: Int = 1) {
        precondition(threads >= 1, "a search needs a thread")
        self.threads = threads
        self.packs = packs
        lasting = packs.count
    }

    package mutating func add(_ pack: WindowPack) { packs.append(pack) }

    /// The first `count` packs alone stay.
    package mutating func keep(_ count: Int) {
        if count < packs.count { packs.removeLast(packs.count - count) }
        lasting = min(lasting, count)
    }

    /// What is here now is here to stay: lists are made of it, and not of what comes after.
    package mutating func markStored() { lasting = packs.count }

    package var windows: Int { packs.reduce(0) { $0 + $1.count } }

    /// Bytes that an exact search for `query` has to compare.
    package func bytes(for query: RecallQuery) -> Int {
        packs.reduce(0) { sum, pack in
            guard query.directions[pack.space] != nil, query.filter.reaches(pack) else {
                return sum
            }
            return sum
                + pack.columns.reduce(0) {
                    switch query.view {
                    case .sense(let name) where name != $1.name: $0
                    default: $0 + $1.places.numbers.count
                    }
                }
        }
    }

    /// The best windows, best first; all windows are looked at.
    package mutating func exact(_ query: RecallQuery) -> [RecallHit] {
        prepare(for: query)
        // The best of a part are among the best of all, in whatever order the parts end.
        let shares = Mutex([[RecallHit]](repeating: [], count: threads))
        let packs = packs
        let threads = threads
        DispatchQueue.concurrentPerform(iterations: threads) { part in
            var best = BestWindows(count: query.count, apart: query.apart)
            for number in stride(from: part, to: packs.count, by: threads) {
                guard let direction = query.directions[packs[number].space] else { continue }
                packs[number].search(
                    direction, view: query.view, filter: query.filter, number: number, into: &best)
            }
            shares.withLock { $0[part] = best.hits }
        }
        var best = BestWindows(count: query.count, apart: query.apart)
        for hit in shares.withLock({ $0.flatMap(\.self) }) { best.offer(hit) }
        return best.hits
    }

    /// The same through lists, which are made where there are none yet, and exactly wherever the lists
    /// give fewer windows than were asked for.
    package mutating func search(_ query: RecallQuery) -> [RecallHit] {
        guard bytes(for: query) > Self.exactBytesMax else { return exact(query) }
        prepare(for: query)
        var best = BestWindows(count: query.count, apart: query.apart)
        for (space, direction) in query.directions.sorted(by: { $0.key < $1.key }) {
            let key = ListKey(space: space, view: query.view)
            if lists[key].map({ $0.isOutgrown(by: packs[..<lasting]) }) ?? true {
                lists[key] = WindowLists(
                    of: Array(packs[..<lasting]), space: space, view: query.view)
            }
            lists[key]?.search(direction, filter: query.filter, in: packs, into: &best)
        }
        return best.hits.count < query.count ? exact(query) : best.hits
    }

    private mutating func prepare(for query: RecallQuery) {
        guard query.view == .anchor else { return }
        for index in packs.indices
        where query.directions[packs[index].space] != nil && query.filter.reaches(packs[index]) {
            packs[index].prepareAnchors()
        }
    }

    /// The window of `asset` that `time` lies in, in the newest pack that has it.
    package func window(
        of asset: AssetName, at time: EventTime, within: Duration
    ) -> (pack: WindowPack, index: Int)? {
        var found: (pack: WindowPack, index: Int)?
        for pack in packs where pack.asset == asset && pack.from <= time {
            guard let index = pack.index(at: time, within: within) else { continue }
            if let found, found.pack.start(found.index) >= pack.start(index) { continue }
            found = (pack, index)
        }
        return found
    }
}
