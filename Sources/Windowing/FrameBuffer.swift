import Signals

/// One stream's samples that an open window can still need, in order of event time.
///
/// Sliding windows and lookbacks share the samples: each is kept once, and a window is cut out of
/// the buffer when it closes.
struct FrameBuffer: Sendable {
    struct Entry: Sendable {
        let time: Int64
        /// Place in the order of arrival.
        let order: Int
        let value: Sample.Value
    }

    /// How many samples have come for one open window, kept or not.
    private struct Tally {
        let window: Int64
        var count: Int
    }

    private(set) var entries: [Entry] = []
    private var tallies: [Tally] = []
    private var arrived = 0

    /// Puts a sample into `windows` and returns whether it was kept.
    ///
    /// First come, first kept: a sample stays when at least one of its windows has had fewer than
    /// `framesMax`, so the buffer holds at most `framesMax` per open window.
    mutating func insert(
        time: Int64, value: Sample.Value, windows: ClosedRange<Int64>, framesMax: Int
    ) -> Bool {
        guard count(in: windows, framesMax: framesMax) else { return false }
        arrived += 1
        let entry = Entry(time: time, order: arrived, value: value)
        if let last = entries.last, time < last.time {
            // Ties stay in order of arrival: behind all that are not newer.
            var place = entries.count - 1
            while place > 0, time < entries[place - 1].time { place -= 1 }
            entries.insert(entry, at: place)
        } else {
            entries.append(entry)
        }
        return true
    }

    /// Counts a sample in each of `windows` and returns whether any had room.
    private mutating func count(in windows: ClosedRange<Int64>, framesMax: Int) -> Bool {
        var place = tallies.count
        while place > 0, windows.lowerBound <= tallies[place - 1].window { place -= 1 }
        var hasRoom = false
        for window in windows {
            if place == tallies.count || tallies[place].window != window {
                tallies.insert(Tally(window: window, count: 0), at: place)
            }
            hasRoom = hasRoom || tallies[place].count < framesMax
            tallies[place].count += 1
            place += 1
        }
        return hasRoom
    }

    /// Forgets what is older than `time` and returns the newest of it.
    mutating func prune(before time: Int64) -> Entry? {
        guard let first = entries.first, first.time < time else { return nil }
        let kept = entries.firstIndex { $0.time >= time } ?? entries.count
        let newest = entries[kept - 1]
        entries.removeSubrange(..<kept)
        return newest
    }

    /// The frames before `end`, at most `framesMax`: of more, those that came first.
    func frames(before end: Int64, framesMax: Int) -> [StreamWindow.Frame] {
        var share = entries[..<(entries.firstIndex { $0.time >= end } ?? entries.count)]
        if share.count > framesMax {
            let lastKept = share.map(\.order).sorted()[framesMax - 1]
            share = ArraySlice(share.filter { $0.order <= lastKept })
        }
        return share.map { .init(time: EventTime(nanoseconds: $0.time), value: $0.value) }
    }

    /// How many samples came for `window`, kept or not. Forgets it and all windows before it.
    mutating func takeTally(of window: Int64) -> Int {
        var passed = 0
        while passed < tallies.count, tallies[passed].window < window { passed += 1 }
        var count = 0
        if passed < tallies.count, tallies[passed].window == window {
            count = tallies[passed].count
            passed += 1
        }
        tallies.removeSubrange(..<passed)
        return count
    }

    /// Lets go of entries that only a window now closed had room for, so that a buffer filled again
    /// from the journal holds the same. `windows` are the open ones a time belongs to.
    mutating func trim(framesMax: Int, windows: (Int64) -> ClosedRange<Int64>) {
        guard tallies.contains(where: { $0.count > framesMax }) else { return }
        var taken: [Int64: Int] = [:]
        var kept: Set<Int> = []
        for entry in entries.sorted(by: { $0.order < $1.order }) {
            for window in windows(entry.time) {
                if taken[window, default: 0] < framesMax { kept.insert(entry.order) }
                taken[window, default: 0] += 1
            }
        }
        entries.removeAll { !kept.contains($0.order) }
    }
}
