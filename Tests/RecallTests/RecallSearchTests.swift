import LinearAlgebra
import Signals
import Testing

@testable import Recall

@Suite struct RecallSearchTests {
    private static let senses = ["audio", "camera", "log"].map { StreamName($0) }

    /// Packs of several assets and two spaces, with senses that are now and then away.
    private func packs(seed: UInt64, width: Int = 12) -> [WindowPack] {
        var random = SeededGenerator(seed: seed)
        var packs: [WindowPack] = []
        for number in 0..<12 {
            var pack = WindowPack(
                asset: AssetName("press-\(number % 3)"), space: number % 4 == 3 ? "b" : "a",
                width: width)
            for k in 0..<Int.random(in: 1...60, using: &random) {
                var senses: [StreamName: RememberedWindow.Place] = [:]
                for name in Self.senses where Int.random(in: 0..<5, using: &random) > 0 {
                    senses[name] = .init(
                        bytes: ByteVectors.bytes(of: vector(width, &random)),
                        template: name.text == "log"
                            ? UInt16.random(in: 0..<9, using: &random) : nil)
                }
                pack.append(
                    RememberedWindow(
                        start: EventTime(milliseconds: Int64(number * 100 + k) * 1000),
                        score: k % 7 == 0 ? nil : Double(k) / 4,
                        standing: .allCases.randomElement(using: &random)!, senses: senses))
            }
            packs.append(pack)
        }
        return packs
    }

    @Test("What is stored comes back", arguments: UInt64(0)..<8)
    func roundTrip(seed: UInt64) throws {
        for pack in packs(seed: seed) {
            let back = try WindowPack(encoded: pack.encoded, asset: pack.asset, space: pack.space)
            #expect(back == pack)
            #expect((0..<back.count).map(back.window) == (0..<pack.count).map(pack.window))
        }
    }

    @Test("Torn bytes throw and never trap", arguments: UInt64(0)..<8)
    func torn(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for pack in packs(seed: seed) {
            let bytes = pack.encoded
            for _ in 0..<20 {
                var torn = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)))
                #expect(throws: (any Error).self) {
                    try WindowPack(encoded: torn, asset: pack.asset, space: pack.space)
                }
                torn = bytes
                torn[Int.random(in: 0..<bytes.count, using: &random)] ^= 0xFF
                _ = try? WindowPack(encoded: torn, asset: pack.asset, space: pack.space)
            }
        }
    }

    @Test(
        "Exact search finds what going through all windows one by one finds",
        arguments: UInt64(0)..<24)
    func bruteForce(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &+ 1000)
        let packs = packs(seed: seed)
        let direction = vector(12, &random)
        let view = [RecallQuery.View.anchor, .sense(StreamName("camera"))].randomElement(
            using: &random)!
        var query = RecallQuery(directions: ["a": try #require(ByteQuery(direction))], view: view)
        query.count = Int.random(in: 1...20, using: &random)
        if Bool.random(using: &random) { query.apart = .seconds(10) }
        if Bool.random(using: &random) {
            query.filter.assets = [AssetName("press-0"), AssetName("press-2")]
        }
        if Bool.random(using: &random) { query.filter.isRaisedOnly = true }
        if Bool.random(using: &random) { query.filter.from = EventTime(milliseconds: 230_000) }
        if Bool.random(using: &random) {
            query.filter.stretches = [
                AssetName("press-1"): [
                    EventTime(milliseconds: 105_000)..<EventTime(milliseconds: 120_000)
                ],
                AssetName("press-2"): [
                    EventTime(milliseconds: 0)..<EventTime(milliseconds: 900_000)
                ],
            ]
        }
        var all: [RecallHit] = []
        for (number, pack) in packs.enumerated() where pack.space == "a" {
            for index in 0..<pack.count {
                guard query.filter.reaches(pack), query.filter.takes(pack, index),
                    let similarity = pack.similarity(
                        of: index, to: query.directions["a"]!, view: view)
                else { continue }
                // By the unit vectors themselves, in double precision.
                let plain = cosine(try #require(pack.direction(of: index, view: view)), direction)
                #expect(abs(Double(similarity) - plain) < 1e-4)
                all.append(pack.hit(index, number: number, similarity))
            }
        }
        all.sort { $0.precedes($1) }
        var wanted: [RecallHit] = []
        for hit in all where wanted.count < query.count {
            let span = query.apart > .zero ? 10_000 : 1
            let isTaken = wanted.contains {
                $0.asset == hit.asset
                    && $0.start.milliseconds / Int64(span) == hit.start.milliseconds / Int64(span)
            }
            if !isTaken { wanted.append(hit) }
        }
        var shelf = RecallShelf(packs: packs)
        let found = shelf.exact(query)
        #expect(found.map(\.start) == wanted.map(\.start))
        #expect(found.map(\.asset) == wanted.map(\.asset))
        // In any order of the packs.
        var other = RecallShelf(packs: packs.reversed(), threads: 3)
        #expect(other.exact(query).map(\.start) == found.map(\.start))
    }

    @Test(
        "A byte for each number turns a cosine by no more than its bound", arguments: UInt64(0)..<16
    )
    func quantisation(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let width = [1, 3, 8, 64, 700][Int(seed) % 5]
        for _ in 0..<200 {
            let z = normalised(vector(width, &random))
            var rows = ByteVectors(width: width)
            rows.append(ByteVectors.bytes(of: z))
            let q = normalised(vector(width, &random))
            let query = try #require(ByteQuery(q))
            let b = z.reduce(0) { max($0, abs($1)) }
            let error = abs(Double(rows.cosine(0, with: query)) - cosine(z, q))
            // Twice half a step in every number: the row's length is its own too.
            #expect(error <= Double(b) * Double(width).squareRoot() / 127 + 1e-4)
        }
    }

    @Test("A vector that vanishes or is not finite is like nothing")
    func nothing() {
        #expect(ByteQuery([0, 0]) == nil)
        #expect(ByteQuery([.nan, 1]) == nil)
        #expect(ByteVectors.bytes(of: [.infinity, 1]) == [0, 0])
        var rows = ByteVectors(width: 2)
        rows.append([0, 0])
        #expect(rows.cosine(0, with: ByteQuery([1, 0])!) == 0)
    }

    @Test("Lists find ten of a hundred thousand clustered windows as the exact search does")
    func lists() throws {
        var random = SeededGenerator(seed: 5)
        let width = 16
        let audio = StreamName("audio")
        let centres = (0..<60).map { _ in normalised(vector(width, &random)) }
        var packs: [WindowPack] = []
        var time: Int64 = 0
        for _ in 0..<60 {
            var pack = WindowPack(asset: AssetName("a"), space: "s", width: width)
            for _ in 0..<WindowPack.windowsMax {
                time += 1000
                let centre = centres.randomElement(using: &random)!
                let z = zip(centre, vector(width, &random)).map { $0 + 0.15 * $1 }
                pack.append(
                    RememberedWindow(
                        start: EventTime(milliseconds: time), score: nil, standing: .calm,
                        senses: [audio: .init(bytes: ByteVectors.bytes(of: z))]))
            }
            packs.append(pack)
        }
        let lists = try #require(WindowLists(of: packs, space: "s", view: .sense(audio)))
        #expect(lists.recall >= 0.97)
        var (found, wanted) = (0, 0)
        for _ in 0..<100 {
            let centre = centres.randomElement(using: &random)!
            let z = zip(centre, vector(width, &random)).map { $0 + 0.15 * $1 }
            var query = RecallQuery(directions: ["s": ByteQuery(z)!], view: .sense(audio))
            query.count = 10
            var shelf = RecallShelf(packs: packs)
            let exact = Set(shelf.exact(query).map(\.start))
            var best = BestWindows(count: 10)
            lists.search(query.directions["s"]!, filter: RecallFilter(), in: packs, into: &best)
            found += best.hits.count { exact.contains($0.start) }
            wanted += exact.count
        }
        #expect(Double(found) / Double(wanted) >= 0.97)
    }
}

func vector(_ width: Int, _ random: inout SeededGenerator) -> [Float] {
    (0..<width).map { _ in
        // Near enough to normal.
        (0..<4).reduce(Float(0)) { sum, _ in sum + Float.random(in: -1...1, using: &random) }
    }
}
