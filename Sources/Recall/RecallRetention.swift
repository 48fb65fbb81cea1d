package import Signals

/// Which remembered windows stay: all of the last hours, some of the days and months before, and alarms
/// and tagged windows for good, within a budget of bytes.
///
/// A pure rule: the same windows, tags and moment give the same answer, and asked again of what stayed it
/// keeps that.
package struct RecallRetention: Sendable {
    private struct Tier {
        /// From this age on.
        let after: Duration
        /// One window of each such span stays; `nil`: none does.
        let every: Duration?
    }

    /// The coarsest first.
    private let tiers: [Tier]

    package init(_ settings: RecallSettings) {
        let thinned = settings.allFor + settings.thinnedFor
        tiers = [
            Tier(after: thinned + settings.sparseFor, every: nil),
            Tier(after: thinned, every: settings.sparseEvery),
            Tier(after: settings.allFor, every: settings.thinnedEvery),
        ]
    }

    /// Which windows of `pack` stay.
    ///
    /// Of a span the window of the highest standing stays, the first of several. A span belongs to a tier
    /// when all of it is old enough, so that it is thinned once, as a whole.
    ///
    /// - Parameters:
    ///   - pack: windows of one asset.
    ///   - tagged: stretches of that asset that a person has named.
    ///   - now: the newest moment there is.
    /// - Returns: for each window whether it stays.
    package func keeps(
        _ pack: WindowPack, tagged: [Range<EventTime>], now: EventTime
    ) -> [Bool] {
        struct Cell: Hashable {
            let every: Int64
            let number: Int64
        }
        var keeps = [Bool](repeating: true, count: pack.count)
        var best: [Cell: Int] = [:]
        for index in 0..<pack.count {
            if Self.isForGood(pack, index, tagged: tagged) { continue }
            switch tier(of: pack.start(index), now: now) {
            case .all: break
            case .none: keeps[index] = false
            case .oneOf(let every, let number):
                let cell = Cell(every: every, number: number)
                guard let rival = best[cell] else {
                    best[cell] = index
                    continue
                }
                let isBetter = pack.standings[index] > pack.standings[rival]
                keeps[isBetter ? rival : index] = false
                if isBetter { best[cell] = index }
            }
        }
        return keeps
    }

    /// Windows of a raised alarm, and what was tagged.
    package static func isForGood(
        _ pack: WindowPack, _ index: Int, tagged: [Range<EventTime>]
    ) -> Bool {
        let start = pack.start(index)
        return pack.standings[index] == .raised || tagged.contains { $0.contains(start) }
    }

    /// Whether anything of a pack is old enough to be thinned further than `thinnedAt` says it was.
    package func isDue(_ facts: PackFacts, now: EventTime) -> Bool {
        tierNumber(age: now - facts.last) > tierNumber(age: facts.thinnedAt - facts.last)
    }

    private func tierNumber(age: Duration) -> Int {
        tiers.count { age >= $0.after + ($0.every ?? .zero) }
    }

    private enum Fate {
        case all, none
        case oneOf(every: Int64, number: Int64)
    }

    private func tier(of start: EventTime, now: EventTime) -> Fate {
        for tier in tiers {
            guard let every = tier.every?.nanoseconds else {
                if now - start >= tier.after { return .none }
                continue
            }
            let (whole, rest) = start.nanoseconds.quotientAndRemainder(dividingBy: every)
            let number = rest < 0 ? whole - 1 : whole
            let end = EventTime(nanoseconds: (number + 1) * every)
            if now - end >= tier.after { return .oneOf(every: every, number: number) }
        }
        return .all
    }
}

/// What is known of a stored pack without reading it.
package struct PackFacts: Equatable, Sendable {
    package var id: Int64
    package var from: EventTime
    package var last: EventTime
    package var windows: Int
    /// Windows of raised alarms or tagged stretches.
    package var forGood: Int
    package var bytes: Int
    /// The moment as of which it was last thinned.
    package var thinnedAt: EventTime

    package init(
        id: Int64, from: EventTime, last: EventTime, windows: Int, forGood: Int, bytes: Int,
        thinnedAt: EventTime
    ) {
        self.id = id
        self.from = from
        self.last = last
        self.windows = windows
        self.forGood = forGood
        self.bytes = bytes
        self.thinnedAt = thinnedAt
    }
}

/// What goes so that the rest fits its budget.
package struct BudgetPlan: Equatable, Sendable {
    /// Packs of which only alarms and tagged windows stay.
    package private(set) var stripped: [Int64] = []
    /// Packs that go whole: only when nothing but alarms and tagged windows is left anywhere.
    package private(set) var removed: [Int64] = []

    /// A tenth less than allowed, so that it is not the turn of single packs from then on.
    package init(of packs: [PackFacts], bytesMax: Int) {
        var bytes = packs.reduce(0) { $0 + $1.bytes }
        guard bytes > bytesMax else { return }
        let aim = bytesMax / 10 * 9
        let oldest = packs.sorted { ($0.from, $0.id) < ($1.from, $1.id) }
        var left: [Int64: Int] = [:]
        for pack in oldest where bytes > aim && pack.forGood < pack.windows {
            let stays = pack.windows > 0 ? pack.bytes * pack.forGood / pack.windows : 0
            if pack.forGood == 0 { removed.append(pack.id) } else { stripped.append(pack.id) }
            left[pack.id] = stays
            bytes -= pack.bytes - stays
        }
        for pack in oldest where bytes > aim && pack.forGood > 0 {
            stripped.removeAll { $0 == pack.id }
            removed.append(pack.id)
            bytes -= left[pack.id] ?? pack.bytes
        }
    }
}
