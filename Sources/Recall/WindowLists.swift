package import LinearAlgebra
import Signals

/// An inverted file: windows of one space in lists by the centre that they are nearest to.
///
/// Centres by spherical k-means on a sample; a search looks at the lists of the `probes` centres nearest to
/// what is looked for, and exactly within them. `probes` is not guessed: when the lists are made, windows
/// drawn from them are looked for both ways, and probes are doubled until `recallMin` of the ten best are
/// found. Sivic and Zisserman 2003; Jégou, Douze and Schmid 2011, §IV ("IVF").
package struct WindowLists: Sendable {
    package let space: String
    package let view: RecallQuery.View
    /// Unit vectors.
    private var centres: ByteVectors
    private var lists: [List] = []
    package private(set) var probes = 1
    /// Share of the ten best that `probes` lists hold, as measured.
    package private(set) var recall = 0.0
    /// Packs that it knows; later ones are searched exactly beside it.
    private let packsKnown: Int
    private let windowsKnown: Int

    /// Windows near one centre, and their places once more: what lies together is compared quickly.
    private struct List: Sendable {
        var entries: [Entry] = []
        var places: ByteVectors
    }

    private struct Entry: Sendable {
        let pack: UInt32
        let index: UInt32
    }

    /// How far a place in a list may be off: an anchor's bytes are rounded from those of its senses.
    private static let slack: Float = 0.01

    package static let recallMin = 0.99
    private static let samplePerCentre = 40
    private static let rounds = 8
    private static let trials = 100

    /// Whether so much has come since that new lists are worth their making; also when packs are gone.
    package func isOutgrown(by packs: ArraySlice<WindowPack>) -> Bool {
        guard packs.count >= packsKnown else { return true }
        let known = packs[..<packsKnown].reduce(0) { $0 + ($1.space == space ? $1.count : 0) }
        let all = packs.reduce(0) { $0 + ($1.space == space ? $1.count : 0) }
        return known != windowsKnown || all > windowsKnown + windowsKnown / 8
    }

    /// Takes seconds for a million windows; the same windows give the same lists.
    package init?(of packs: [WindowPack], space: String, view: RecallQuery.View) {
        self.space = space
        self.view = view
        packsKnown = packs.count
        windowsKnown = packs.reduce(0) { $0 + ($1.space == space ? $1.count : 0) }
        let numbers = packs.indices.filter { packs[$0].space == space }
        guard let first = numbers.first else { return nil }
        let width = packs[first].width
        // About √n lists of √n windows.
        let wanted = max(1, Int(Double(windowsKnown).squareRoot()))
        var random = SeededGenerator(seed: 0x616E_6368)
        let sample = Self.sample(
            of: packs, numbers, view: view, count: wanted * Self.samplePerCentre, &random)
        guard sample.count >= width else { return nil }
        let centres = Self.centres(of: sample, width: width, count: wanted, &random)
        self.centres = ByteVectors(width: width)
        for start in stride(from: 0, to: centres.count, by: width) {
            self.centres.append(ByteVectors.bytes(of: Array(centres[start..<start + width])))
        }
        assign(packs, numbers, centres: centres)
        measure(packs, numbers, &random)
    }

    private static func sample(
        of packs: [WindowPack], _ numbers: [Int], view: RecallQuery.View, count: Int,
        _ random: inout SeededGenerator
    ) -> [Float] {
        let total = numbers.reduce(0) { $0 + packs[$1].count }
        var sample: [Float] = []
        var (left, wanted) = (total, min(count, total))
        for number in numbers {
            for index in 0..<packs[number].count {
                // Each of those left is as likely as the others (Knuth, algorithm S).
                if Int.random(in: 0..<left, using: &random) < wanted {
                    wanted -= 1
                    if let z = packs[number].direction(of: index, view: view) { sample += z }
                }
                left -= 1
            }
        }
        return sample
    }

    /// Lloyd's iteration on the sphere, from drawn windows. A centre without windows is drawn anew.
    private static func centres(
        of sample: [Float], width: Int, count: Int, _ random: inout SeededGenerator
    ) -> [Float] {
        let rows = sample.count / width
        let count = min(count, rows)
        func draw(_ random: inout SeededGenerator) -> ArraySlice<Float> {
            let row = Int.random(in: 0..<rows, using: &random)
            return sample[row * width..<(row + 1) * width]
        }
        var centres = (0..<count).flatMap { _ in draw(&random) }
        for _ in 0..<rounds {
            let owners = nearest(sample, to: centres, width: width)
            var sums = [Float](repeating: 0, count: count * width)
            for (row, owner) in owners.enumerated() {
                for j in 0..<width { sums[owner * width + j] += sample[row * width + j] }
            }
            for k in 0..<count {
                let sum = Array(sums[k * width..<(k + 1) * width])
                let centre = norm(sum) > 1e-6 ? normalised(sum)[...] : draw(&random)
                centres.replaceSubrange(k * width..<(k + 1) * width, with: centre)
            }
        }
        return centres
    }

    /// The number of the centre with the largest product, for each row of `rows`.
    private static func nearest(_ rows: [Float], to centres: [Float], width: Int) -> [Int] {
        let count = centres.count / width
        let total = rows.count / width
        var owners = [Int](repeating: 0, count: total)
        let block = 512
        var products = [Float](repeating: 0, count: block * count)
        for start in stride(from: 0, to: total, by: block) {
            let size = min(block, total - start)
            rows.withUnsafeBufferPointer { rows in
                Float.multiply(
                    .rightTransposed, ProductSize(rows: size, columns: count, depth: width),
                    alpha: 1, rows.baseAddress! + start * width, centres, beta: 0, into: &products)
            }
            products.withUnsafeBufferPointer { products in
                for k in 0..<size {
                    var best = 0
                    var most = -Float.infinity
                    for c in 0..<count where products[k * count + c] > most {
                        (best, most) = (c, products[k * count + c])
                    }
                    owners[start + k] = best
                }
            }
        }
        return owners
    }

    private mutating func assign(_ packs: [WindowPack], _ numbers: [Int], centres: [Float]) {
        lists = [List](
            repeating: List(places: ByteVectors(width: self.centres.width)),
            count: centres.count / self.centres.width)
        for number in numbers {
            var rows: [Float] = []
            var entries: [Entry] = []
            for index in 0..<packs[number].count {
                guard let z = packs[number].direction(of: index, view: view) else { continue }
                rows += z
                entries.append(Entry(pack: UInt32(number), index: UInt32(index)))
            }
            let owners = Self.nearest(rows, to: centres, width: self.centres.width)
            for (k, owner) in owners.enumerated() {
                lists[owner].entries.append(entries[k])
                lists[owner].places.append(bytes(of: entries[k], in: packs, rows, k))
            }
        }
    }

    /// A sense's own bytes, so that nothing is rounded twice; an anchor's are made.
    private func bytes(
        of entry: Entry, in packs: [WindowPack], _ rows: [Float], _ k: Int
    ) -> [Int8] {
        if case .sense(let name) = view,
            let own = packs[Int(entry.pack)].bytes(of: name, in: Int(entry.index))
        {
            return Array(own)
        }
        let width = centres.width
        return ByteVectors.bytes(of: Array(rows[k * width..<(k + 1) * width]))
    }

    private mutating func measure(
        _ packs: [WindowPack], _ numbers: [Int], _ random: inout SeededGenerator
    ) {
        var queries: [(ByteQuery, Set<Int>)] = []
        for _ in 0..<Self.trials {
            let number = numbers[Int.random(in: 0..<numbers.count, using: &random)]
            let index = Int.random(in: 0..<packs[number].count, using: &random)
            guard let z = packs[number].direction(of: index, view: view),
                let query = ByteQuery(z)
            else { continue }
            var best = BestWindows(count: 10)
            for number in numbers {
                packs[number].search(
                    query, view: view, filter: RecallFilter(), number: number, into: &best)
            }
            queries.append((query, Set(best.hits.map(Self.key))))
        }
        let wanted = queries.reduce(0) { $0 + $1.1.count }
        guard wanted > 0 else { return }
        while true {
            let found = queries.reduce(0) { sum, query in
                var best = BestWindows(count: 10)
                searchLists(query.0, filter: RecallFilter(), in: packs, into: &best)
                return sum + best.hits.count { query.1.contains(Self.key($0)) }
            }
            recall = Double(found) / Double(wanted)
            if recall >= Self.recallMin || probes >= lists.count { return }
            probes = min(lists.count, probes * 2)
        }
    }

    private static func key(_ hit: RecallHit) -> Int { hit.pack << 32 | hit.index }

    /// Looks at the likeliest lists, and at every window that has come since they were made.
    package func search(
        _ direction: ByteQuery, filter: RecallFilter, in packs: [WindowPack],
        into best: inout BestWindows
    ) {
        searchLists(direction, filter: filter, in: packs, into: &best)
        for number in packsKnown..<packs.count where packs[number].space == space {
            packs[number].search(
                direction, view: view, filter: filter, number: number, into: &best)
        }
    }

    private func searchLists(
        _ direction: ByteQuery, filter: RecallFilter, in packs: [WindowPack],
        into best: inout BestWindows
    ) {
        guard direction.numbers.count == centres.width else { return }
        var likely = [Float](repeating: 0, count: centres.count)
        centres.cosines(of: 0..<centres.count, with: direction, into: &likely)
        let order = likely.indices.sorted { (likely[$1], $0) < (likely[$0], $1) }
        var near: [Float] = []
        for list in order.prefix(probes) {
            let count = lists[list].places.count
            if near.count < count { near = [Float](repeating: 0, count: count) }
            lists[list].places.cosines(of: 0..<count, with: direction, into: &near)
            var floor = best.floor - Self.slack
            for k in 0..<count where near[k] >= floor {
                let number = Int(lists[list].entries[k].pack)
                let index = Int(lists[list].entries[k].index)
                guard filter.reaches(packs[number]), filter.takes(packs[number], index),
                    let similarity = packs[number].similarity(
                        of: index, to: direction, view: view)
                else { continue }
                best.offer(packs[number].hit(index, number: number, similarity))
                floor = best.floor - Self.slack
            }
        }
    }
}
