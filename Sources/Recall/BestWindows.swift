package import Signals

/// A window that was found.
package struct RecallHit: Equatable, Sendable {
    /// Number of its pack among those that were searched.
    package let pack: Int
    /// Its place in the pack.
    package let index: Int
    package let asset: AssetName
    package let start: EventTime
    /// Cosine, −1 to 1.
    package let similarity: Float

    /// Ties go to the newer window, then by the asset's name: never by the order of the search.
    func precedes(_ other: RecallHit) -> Bool {
        if similarity != other.similarity { return similarity > other.similarity }
        if start != other.start { return start > other.start }
        return asset < other.asset
    }
}

/// The best of all windows that were offered, however many and in whatever order.
///
/// With `apart` the best window of each span stands for it; the answer is the same as if the best of every
/// span had been found first and the spans been ranked then.
package struct BestWindows: Sendable {
    package let count: Int
    private let apartMs: Int64
    /// Best first.
    package private(set) var hits: [RecallHit] = []

    package init(count: Int, apart: Duration = .zero) {
        self.count = max(0, count)
        apartMs = apart.nanoseconds / 1_000_000
    }

    /// A similarity below this finds no place.
    package var floor: Float {
        hits.count < count ? -.infinity : hits.last?.similarity ?? .infinity
    }

    package mutating func offer(_ hit: RecallHit) {
        guard count > 0, hit.similarity >= floor else { return }
        if apartMs > 0, let rival = hits.firstIndex(where: { isSameSpan($0, hit) }) {
            guard hit.precedes(hits[rival]) else { return }
            hits.remove(at: rival)
        }
        let place = hits.firstIndex { hit.precedes($0) } ?? hits.count
        guard place < count else { return }
        hits.insert(hit, at: place)
        if hits.count > count { hits.removeLast() }
    }

    private func isSameSpan(_ a: RecallHit, _ b: RecallHit) -> Bool {
        a.asset == b.asset && span(a.start) == span(b.start)
    }

    private func span(_ time: EventTime) -> Int64 {
        let (whole, rest) = time.milliseconds.quotientAndRemainder(dividingBy: apartMs)
        return rest < 0 ? whole - 1 : whole
    }
}
