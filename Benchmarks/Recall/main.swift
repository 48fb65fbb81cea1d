import Foundation
import LinearAlgebra
import Recall
import Signals
import Store

// The search among remembered windows that docs/recall.md measures: see scripts/bench-recall.
//
//   anchord-bench-recall [WINDOWS] [STATE]
//
// WINDOWS of d = 64, drawn around 2,000 places; with STATE, a database of `anchord run` or of `anchord
// replay --state`, also as many grown out of the places that it remembers.

limitThreads(to: 1)
let arguments = CommandLine.arguments.dropFirst()
let count = arguments.first.flatMap(Int.init) ?? 1_000_000
let packed = WindowPack.windowsMax

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let began = ContinuousClock.now
    try body()
    return began.duration(to: .now) / .seconds(1)
}

func milliseconds(median times: [Double]) -> String {
    let sorted = times.sorted()
    return String(
        format: "%.1f ms (%.1f to %.1f)", sorted[sorted.count / 2] * 1000, sorted[0] * 1000,
        sorted[sorted.count - 1] * 1000)
}

func say(_ name: String, _ value: String) {
    print("  " + name.padding(toLength: 60, withPad: " ", startingAt: 0) + value)
}

/// Windows whose senses lie near a common place: of `centres`, or between two neighbours of `grown`.
struct Places {
    var width: Int
    var senses: [StreamName]
    var draw: (inout SeededGenerator) -> [Float]

    static func clustered(width: Int, senses: Int) -> Places {
        var random = SeededGenerator(seed: 7)
        let centres = (0..<2000).map { _ in normalised(gaussian(width, &random)) }
        return Places(width: width, senses: (0..<senses).map { StreamName("sense-\($0)") }) {
            let centre = centres.randomElement(using: &$0)!
            let noise = gaussian(width, &$0)
            return zip(centre, noise).map { $0 + 0.6 / Float(width).squareRoot() * $1 }
        }
    }

    /// Between two places of a recording, nearer to the first, with a little noise.
    static func grown(from places: [[Float]]) -> Places {
        let width = places[0].count
        return Places(width: width, senses: [StreamName("sense-0")]) {
            let a = places.randomElement(using: &$0)!
            let b = places.randomElement(using: &$0)!
            let share = Float.random(in: 0...0.3, using: &$0)
            let noise = gaussian(width, &$0)
            return (0..<width).map { a[$0] + share * b[$0] + 0.03 * noise[$0] }
        }
    }

    func packs(_ count: Int) -> [WindowPack] {
        var random = SeededGenerator(seed: 11)
        return stride(from: 0, to: count, by: packed).map { first in
            var pack = WindowPack(
                asset: AssetName("press-\(first / packed % 8)"), space: "s", width: width)
            for k in first..<min(first + packed, count) {
                let centre = draw(&random)
                var places: [StreamName: RememberedWindow.Place] = [:]
                for sense in senses {
                    let noise = senses.count > 1 ? gaussian(width, &random) : []
                    let z =
                        noise.isEmpty
                        ? centre : zip(centre, noise).map { $0 + 0.05 * $1 }
                    places[sense] = .init(bytes: ByteVectors.bytes(of: z))
                }
                pack.append(
                    RememberedWindow(
                        start: EventTime(milliseconds: Int64(k) * 1000), score: 0.4,
                        standing: k % 5000 == 0 ? .raised : .calm, senses: places))
            }
            return pack
        }
    }
}

func gaussian(_ width: Int, _ random: inout SeededGenerator) -> [Float] {
    (0..<width).map { _ in
        let u = Float.random(in: Float.leastNormalMagnitude..<1, using: &random)
        let v = Float.random(in: 0..<1, using: &random)
        return (-2 * logf(u)).squareRoot() * cosf(2 * .pi * v)
    }
}

func queries(_ places: Places, _ count: Int) -> [[Float]] {
    var random = SeededGenerator(seed: 13)
    return (0..<count).map { _ in places.draw(&random) }
}

/// Bytes of a real database that holds these packs, and how long it takes to read them back.
func disk(_ packs: [WindowPack]) throws {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("anchord-bench-recall-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/state.sqlite"
    let store = try StateStore(path: path)
    let empty = try store.bytesInUse()
    for first in stride(from: 0, to: packs.count, by: 64) {
        var commit = Commit(sequence: 0, keepFrom: 0, journalID: "bench")
        commit.recallRows = packs[first..<min(first + 64, packs.count)].map {
            RecallRow(
                asset: $0.asset, space: $0.space, from: $0.from, last: $0.last, windows: $0.count,
                thinnedAt: $0.last, blob: $0.encoded)
        }
        try store.commit(commit)
    }
    say(
        "on disk, pages of SQLite",
        String(format: "%.1f MB", Double(try store.bytesInUse() - empty) / 1e6))
    var windows = 0
    let took = try seconds {
        let reader = try HistoryReader(path: path)
        let ids = try reader.recallFacts().map(\.id)
        for first in stride(from: 0, to: ids.count, by: 64) {
            for row in try reader.recallRows(ids: Array(ids[first..<min(first + 64, ids.count)])) {
                windows += try WindowPack(encoded: row.blob, asset: row.asset, space: row.space)
                    .count
            }
        }
    }
    say("read from it into memory, once", String(format: "%.2f s", took))
}

func measure(_ title: String, _ places: Places, senses: Int) throws {
    print(
        "\(title): \(count) windows, d = \(places.width), \(senses) sense\(senses > 1 ? "s" : "")")
    let packs = places.packs(count)
    try disk(packs)
    var shelf = RecallShelf(packs: packs)
    let asked = queries(places, 100)
    let views: [(String, RecallQuery.View)] =
        senses > 1
        ? [("one sense", .sense(places.senses[0])), ("the anchor", .anchor)]
        : [("one sense", .sense(places.senses[0]))]
    for (name, view) in views {
        func query(_ z: [Float]) -> RecallQuery {
            RecallQuery(directions: ["s": ByteQuery(z)!], view: view)
        }
        _ = shelf.exact(query(asked[0]))
        var exact: [[RecallHit]] = []
        let times = asked.map { z in seconds { exact.append(shelf.exact(query(z))) } }
        say("exact, by \(name), one core", milliseconds(median: times))
        var both = RecallShelf(packs: shelf.packs, threads: 2)
        let bothTimes = asked.map { z in seconds { _ = both.exact(query(z)) } }
        say("exact, by \(name), two cores", milliseconds(median: bothTimes))
        var lists: WindowLists?
        let made = seconds { lists = WindowLists(of: shelf.packs, space: "s", view: view) }
        guard let lists else { continue }
        var found = 0
        let listTimes = zip(asked, exact).map { z, exact in
            seconds {
                var best = BestWindows(count: 10)
                lists.search(ByteQuery(z)!, filter: RecallFilter(), in: shelf.packs, into: &best)
                found += best.hits.count { exact.contains($0) }
            }
        }
        say("lists, by \(name), one core", milliseconds(median: listTimes))
        say(
            "recall@10 of the lists",
            String(
                format: "%.3f (%d probes, made in %.1f s)",
                Double(found) / Double(10 * asked.count),
                lists.probes, made))
    }
}

/// What a byte for each number costs against single precision: recall@10, and the error of a cosine.
func precision(_ title: String, _ places: Places) {
    var random = SeededGenerator(seed: 17)
    let rows = (0..<20_000).map { _ in normalised(places.draw(&random)) }
    var bytes = ByteVectors(width: places.width)
    for row in rows { bytes.append(ByteVectors.bytes(of: row)) }
    var (found, error) = (0, 0.0)
    let asked = queries(places, 100)
    var cosines = [Float](repeating: 0, count: rows.count)
    for z in asked {
        let q = normalised(z)
        let plain = rows.map { Float(dot($0, q)) }
        bytes.cosines(of: 0..<rows.count, with: ByteQuery(z)!, into: &cosines)
        func best(_ x: [Float]) -> Set<Int> {
            Set(x.indices.sorted { (x[$1], $0) < (x[$0], $1) }.prefix(10))
        }
        found += best(plain).intersection(best(cosines)).count
        error = zip(plain, cosines).reduce(error) { max($0, Double(abs($1.0 - $1.1))) }
    }
    say(
        "a byte a number, \(title): recall@10, largest error",
        String(format: "%.3f, %.4f", Double(found) / 1000, error))
}

print("Precision, 20,000 windows against single precision:")
precision("clustered", .clustered(width: 64, senses: 1))
try measure("Clustered", .clustered(width: 64, senses: 1), senses: 1)
try measure("Clustered", .clustered(width: 64, senses: 3), senses: 3)
if let state = arguments.dropFirst().first {
    let reader = try HistoryReader(path: state)
    var places: [[Float]] = []
    for row in try reader.recallRows(ids: reader.recallFacts().map(\.id)) {
        let pack = try WindowPack(encoded: row.blob, asset: row.asset, space: row.space)
        guard pack.width == places.first?.count ?? pack.width else { continue }
        for index in 0..<pack.count {
            for name in pack.window(index).senses.keys.sorted() {
                if let z = pack.direction(of: index, view: .sense(name)) { places.append(z) }
            }
        }
    }
    precision("grown", .grown(from: places))
    try measure("Grown from \(places.count) places of a recording", .grown(from: places), senses: 1)
}
