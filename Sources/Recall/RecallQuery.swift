package import LinearAlgebra
package import Signals

/// What is looked for: a direction in each space in which it is known, held against one view of the
/// remembered windows.
package struct RecallQuery: Sendable {
    /// What of a window the direction is compared with.
    package enum View: Hashable, Sendable {
        /// The centroid of all its senses.
        case anchor
        /// One sense.
        case sense(StreamName)
    }

    /// By space. The same thing asked of several models, each in its own space.
    package var directions: [String: ByteQuery]
    package var view: View
    package var filter = RecallFilter()
    /// So many windows at most.
    package var count = 10
    /// Of each span this long, on a grid in the asset's time, the best window alone is an answer: next to
    /// a good window are others like it. Zero: every window is.
    package var apart: Duration = .zero

    package init(directions: [String: ByteQuery], view: View) {
        self.directions = directions
        self.view = view
    }
}

/// Which windows count.
package struct RecallFilter: Sendable {
    /// Empty: all.
    package var assets: Set<AssetName> = []
    package var from = EventTime(nanoseconds: .min)
    package var to = EventTime(nanoseconds: .max)
    /// Windows of a raised alarm alone.
    package var isRaisedOnly = false
    /// Only windows that start in one of these stretches; `nil`: anywhere.
    package var stretches: [AssetName: [Range<EventTime>]]?
    /// Windows that start here are left out: the one that is searched by, for example.
    package var without: [AssetName: [Range<EventTime>]] = [:]

    package init() {}

    /// Whether any window of the pack may count.
    package func reaches(_ pack: WindowPack) -> Bool {
        (assets.isEmpty || assets.contains(pack.asset)) && pack.last >= from && pack.from < to
            && !pack.isEmpty && stretches.map { $0[pack.asset] != nil } ?? true
    }

    /// Whether one window of a pack that it reaches counts.
    package func takes(_ pack: WindowPack, _ index: Int) -> Bool {
        let start = pack.start(index)
        guard start >= from, start < to, !isRaisedOnly || pack.standings[index] == .raised else {
            return false
        }
        if let stretches,
            !(stretches[pack.asset] ?? []).contains(where: { $0.contains(start) })
        {
            return false
        }
        return !(without[pack.asset] ?? []).contains { $0.contains(start) }
    }

    /// Without a bound on any single window: then nothing is asked of them one by one.
    package func isWhole(_ pack: WindowPack) -> Bool {
        from <= pack.from && to > pack.last && !isRaisedOnly && stretches == nil
            && without[pack.asset] == nil
    }
}
