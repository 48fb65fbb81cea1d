import Recall
import Signals
import Store

/// Keeps the remembered windows in large rows, thinned with age, and within their budget.
///
/// Works beside the flow, a transaction for each row it makes: a state commit waits for no more than that.
struct RecallKeeper: Sendable {
    let store: StateStore
    let settings: RecallSettings

    /// Small rows are put together when they hold this many windows, or are this many.
    private static let mergeWindows = 256
    private static let mergeRows = 128
    private static let gapMax = Duration.seconds(3600)

    struct Outcome: Equatable {
        var merged = 0
        var thinned = 0
        var stripped = 0
        var removed = 0
        var bytes = 0
    }

    /// - Parameter now: the gateway's wall clock; a clock ahead of every window thins nothing for its own
    ///   sake: age counts back from the newest window at most.
    /// - Returns: what was done, and what the windows take now.
    /// - Throws: `StoreError`; what was done until then holds.
    func tidy(now: EventTime) throws -> Outcome {
        var outcome = Outcome()
        guard let newest = try store.recallFacts().map(\.last).max() else { return outcome }
        let now = min(now, newest)
        let tagged = try Self.tagged(store.labels())
        outcome.merged = try merge(tagged: tagged)
        outcome.thinned = try thin(tagged: tagged, now: now)
        // Rows that were thinned are small again.
        if outcome.thinned > 0 { outcome.merged += try merge(tagged: tagged) }
        try fitBudget(tagged: tagged, &outcome)
        outcome.bytes = try store.recallFacts().reduce(0) { $0 + $1.bytes }
        return outcome
    }

    /// What a person named, by asset. A state, such as a recipe, is how a machine works for days: its windows
    /// are thinned like any others.
    static func tagged(_ labels: [LabelRow]) -> [AssetName: [Range<EventTime>]] {
        var tagged: [AssetName: [Range<EventTime>]] = [:]
        for label in labels where label.kind != "state" && label.from < label.to {
            tagged[label.asset, default: []].append(label.from..<label.to)
        }
        return tagged
    }

    private func merge(tagged: [AssetName: [Range<EventTime>]]) throws -> Int {
        struct Key: Hashable {
            let asset: AssetName
            let space: String
            // What was thinned as of other moments stays apart, or it would be looked at again.
            let thinnedAt: EventTime?
        }
        var runs: [Key: [RecallRowFacts]] = [:]
        for facts in try store.recallFacts() where facts.windows < WindowPack.windowsMax {
            let isFresh = facts.thinnedAt == facts.last
            runs[
                Key(
                    asset: facts.asset, space: facts.space,
                    thinnedAt: isFresh ? nil : facts.thinnedAt), default: []
            ].append(facts)
        }
        var merged = 0
        for (key, run) in runs.sorted(by: { ($0.value[0].id) < ($1.value[0].id) }) {
            let windows = run.reduce(0) { $0 + $1.windows }
            guard run.count > 1, windows >= Self.mergeWindows || run.count >= Self.mergeRows else {
                continue
            }
            var start = 0
            while start < run.count {
                // As many as one pack holds.
                var (end, sum) = (start, 0)
                while end < run.count,
                    sum + run[end].windows <= WindowPack.windowsMax || end == start
                {
                    sum += run[end].windows
                    end += 1
                }
                defer { start = end }
                guard end - start > 1 else { continue }
                let rows = try store.recallRows(ids: run[start..<end].map(\.id))
                    .sorted { ($0.from, $0.id) < ($1.from, $1.id) }
                let packs = Self.joined(
                    try rows.map { try $0.pack },
                    gapMax: key.thinnedAt == nil ? Self.gapMax : nil)
                guard packs.count < rows.count else { continue }
                try store.replaceRecall(
                    ids: rows.map(\.id),
                    by: packs.map {
                        RecallRow(
                            $0, tagged: tagged[key.asset] ?? [],
                            thinnedAt: key.thinnedAt ?? $0.last)
                    })
                merged += rows.count
            }
        }
        return merged
    }

    /// The same windows in order, in as few packs as hold them; one that is there twice is there once.
    ///
    /// - Parameters:
    ///   - packs: of one asset and space.
    ///   - gapMax: after a longer pause another pack begins; what is thinned together is to be of one age.
    /// - Returns: none of them empty.
    static func joined(_ packs: [WindowPack], gapMax: Duration? = nil) -> [WindowPack] {
        guard let first = packs.first else { return [] }
        let windows = packs.flatMap { pack in (0..<pack.count).map(pack.window) }
            .sorted { $0.start < $1.start }
        var joined: [WindowPack] = []
        for window in windows {
            if let last = joined.last {
                if last.last == window.start { continue }
                let isNear = gapMax.map { window.start - last.last <= $0 } ?? true
                if isNear, last.count < WindowPack.windowsMax, last.takes(window) {
                    joined[joined.count - 1].append(window)
                    continue
                }
            }
            var pack = WindowPack(asset: first.asset, space: first.space, width: first.width)
            pack.append(window)
            joined.append(pack)
        }
        return joined
    }

    private func thin(tagged: [AssetName: [Range<EventTime>]], now: EventTime) throws -> Int {
        let retention = RecallRetention(settings)
        var thinned = 0
        for facts in try store.recallFacts() where retention.isDue(PackFacts(facts), now: now) {
            let tagged = tagged[facts.asset] ?? []
            try replace(facts.id) { pack in
                let keeps = retention.keeps(pack, tagged: tagged, now: now)
                let left = pack.filtered { keeps[$0] }
                return left.isEmpty
                    ? nil : RecallRow(left, tagged: tagged, thinnedAt: now)
            }
            thinned += 1
        }
        return thinned
    }

    private func fitBudget(
        tagged: [AssetName: [Range<EventTime>]], _ outcome: inout Outcome
    ) throws {
        // Tags may have come after the rows were written.
        let facts = try store.recallFacts().map { facts in
            var known = PackFacts(facts)
            let isTagged = (tagged[facts.asset] ?? []).contains {
                $0.lowerBound <= facts.last && $0.upperBound > facts.from
            }
            if isTagged { known.forGood = min(max(1, known.forGood), known.windows) }
            return known
        }
        let plan = BudgetPlan(of: facts, bytesMax: settings.sizeMax)
        let assets = Dictionary(
            uniqueKeysWithValues: try store.recallFacts().map { ($0.id, $0.asset) })
        for id in plan.stripped {
            let tagged = assets[id].flatMap { tagged[$0] } ?? []
            try replace(id) { pack in
                let left = pack.filtered {
                    RecallRetention.isForGood(pack, $0, tagged: tagged)
                }
                return left.isEmpty ? nil : RecallRow(left, tagged: tagged, thinnedAt: left.last)
            }
        }
        for id in plan.removed { try store.replaceRecall(ids: [id], by: []) }
        outcome.stripped = plan.stripped.count
        outcome.removed = plan.removed.count
    }

    private func replace(_ id: Int64, by change: (WindowPack) throws -> RecallRow?) throws {
        guard let row = try store.recallRows(ids: [id]).first else { return }
        try store.replaceRecall(ids: [id], by: [change(try row.pack)].compactMap(\.self))
    }
}

extension PackFacts {
    init(_ facts: RecallRowFacts) {
        self.init(
            id: facts.id, from: facts.from, last: facts.last, windows: facts.windows,
            forGood: facts.forGood, bytes: facts.bytes, thinnedAt: facts.thinnedAt)
    }
}
