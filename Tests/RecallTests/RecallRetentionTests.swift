import Signals
import Testing

@testable import Recall

@Suite struct RecallRetentionTests {
    private let settings = RecallSettings()

    private func pack(seed: UInt64, from: Int64, hop: Int64 = 7) -> WindowPack {
        var random = SeededGenerator(seed: seed)
        var pack = WindowPack(asset: AssetName("a"), space: "s", width: 1)
        for k in 0..<Int64(400) {
            let dice = Int.random(in: 0..<40, using: &random)
            pack.append(
                RememberedWindow(
                    start: EventTime(milliseconds: (from + k * hop) * 1000), score: nil,
                    standing: dice == 0 ? .raised : dice < 4 ? .odd : .calm,
                    senses: [StreamName("x"): .init(bytes: [1])]))
        }
        return pack
    }

    private func moment(_ seconds: Int64) -> EventTime { EventTime(milliseconds: seconds * 1000) }

    @Test(
        "Alarms and tagged windows stay at any age, and of the others one of each span",
        arguments: UInt64(0)..<16)
    func tiers(seed: UInt64) {
        let retention = RecallRetention(settings)
        let pack = pack(seed: seed, from: 1_000_000)
        let tagged = [moment(1_000_500)..<moment(1_000_900)]
        let ages: [(Int64, Int64?)] = [
            (3600, 0), (3 * 86_400, 60), (40 * 86_400, 600), (500 * 86_400, nil),
        ]
        for (age, every) in ages {
            let now = pack.last + .seconds(age)
            let keeps = retention.keeps(pack, tagged: tagged, now: now)
            var cells: [Int64: Int] = [:]
            for index in 0..<pack.count {
                let start = pack.start(index)
                if pack.standings[index] == .raised || tagged[0].contains(start) {
                    #expect(keeps[index])
                    continue
                }
                if every == 0 { #expect(keeps[index]) }
                if every == nil { #expect(!keeps[index]) }
                guard keeps[index], let every, every > 0 else { continue }
                cells[start.milliseconds / 1000 / every, default: 0] += 1
            }
            #expect(cells.values.allSatisfy { $0 == 1 })
            // No span is left without anyone.
            if let every, every > 0 {
                let spans = Set(
                    (0..<pack.count).map { pack.start($0).milliseconds / 1000 / every })
                let left = Set(
                    (0..<pack.count).filter { keeps[$0] }.map {
                        pack.start($0).milliseconds / 1000 / every
                    })
                #expect(spans == left)
            }
        }
    }

    @Test(
        "What stayed stays when it is asked again, and thinning in steps ends where one step does",
        arguments: UInt64(0)..<16)
    func idempotent(seed: UInt64) {
        let retention = RecallRetention(settings)
        let pack = pack(seed: seed, from: 1_000_000)
        func thinned(_ pack: WindowPack, after age: Int64) -> WindowPack {
            let keeps = retention.keeps(pack, tagged: [], now: moment(1_003_000 + age))
            return pack.filtered { keeps[$0] }
        }
        let days = thinned(pack, after: 3 * 86_400)
        #expect(thinned(days, after: 3 * 86_400) == days)
        let months = thinned(days, after: 60 * 86_400)
        #expect(thinned(months, after: 60 * 86_400) == months)
        #expect(months.count < days.count && days.count < pack.count)
        #expect(months.count == thinned(pack, after: 60 * 86_400).count)
        let forGood = thinned(months, after: 900 * 86_400)
        #expect(forGood.standings.allSatisfy { $0 == .raised })
        #expect(forGood.count == pack.standings.count { $0 == .raised })
    }

    @Test("A pack is due when its last window has come into another tier, and once for each")
    func due() {
        let retention = RecallRetention(settings)
        var facts = PackFacts(
            id: 1, from: moment(0), last: moment(3000), windows: 9, forGood: 0, bytes: 9,
            thinnedAt: moment(3000))
        #expect(!retention.isDue(facts, now: moment(3000 + 86_400)))
        #expect(retention.isDue(facts, now: moment(3000 + 86_460)))
        facts.thinnedAt = moment(3000 + 86_460)
        #expect(!retention.isDue(facts, now: moment(3000 + 20 * 86_400)))
        #expect(retention.isDue(facts, now: moment(4000 + 31 * 86_400)))
    }

    @Test(
        "The budget takes alarms and tags only when nothing else is left, and oldest first",
        arguments: UInt64(0)..<64)
    func budget(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let packs = (0..<40).map { id in
            let windows = Int.random(in: 1...500, using: &random)
            let forGood =
                Bool.random(using: &random) ? 0 : Int.random(in: 0...windows, using: &random)
            let from = moment(Int64.random(in: 0...1_000_000, using: &random))
            return PackFacts(
                id: Int64(id), from: from, last: from + .seconds(600), windows: windows,
                forGood: forGood, bytes: windows * 50, thinnedAt: from)
        }
        let total = packs.reduce(0) { $0 + $1.bytes }
        let forGood = packs.reduce(0) { $0 + $1.bytes * $1.forGood / max(1, $1.windows) }
        let bytesMax = Int.random(in: 1...total + 100, using: &random)
        let plan = BudgetPlan(of: packs, bytesMax: bytesMax)
        let left = packs.reduce(0) { sum, pack in
            if plan.removed.contains(pack.id) { return sum }
            return sum
                + (plan.stripped.contains(pack.id)
                    ? pack.bytes * pack.forGood / pack.windows : pack.bytes)
        }
        #expect(left <= bytesMax)
        if total <= bytesMax {
            #expect(plan.removed.isEmpty && plan.stripped.isEmpty)
            return
        }
        let losers = packs.filter { plan.removed.contains($0.id) && $0.forGood > 0 }
        if !losers.isEmpty {
            // Then no calm window is left anywhere.
            #expect(forGood > bytesMax / 10 * 9)
            for pack in packs where pack.forGood < pack.windows {
                #expect(plan.removed.contains(pack.id) || plan.stripped.contains(pack.id))
            }
        } else {
            let touched = packs.filter {
                plan.removed.contains($0.id) || plan.stripped.contains($0.id)
            }
            let newest = touched.map(\.from).max() ?? moment(0)
            for pack in packs where pack.from < newest && pack.forGood < pack.windows {
                #expect(touched.contains(pack))
            }
        }
    }
}
