package import Signals

// A restart: the state from the store, then the samples of the journal.
extension WindowAssembler {
    /// Puts a journalled sample, which `ingest` took before the state was saved, back into the
    /// windows that are still open. Moves no clock and no counter.
    ///
    /// Give all of them, in order of arrival: what was late, refused or put aside then is so again.
    package mutating func refill(_ sample: Sample) {
        guard let s = state.streams.firstIndex(where: { $0.name == sample.stream }) else { return }
        let time = sample.time.nanoseconds
        if let aside = state.streams[s].aside, aside.time == time,
            aside.arrival == sample.arrival
        {
            if !aside.isLetGo { asideValues[s] = sample.value }
            return
        }
        guard let newest = state.streams[s].newest, time <= newest,
            !state.streams[s].refusedAhead.contains(where: {
                $0.time == time && $0.arrival == sample.arrival
            })
        else { return }
        let first = max(grid.firstEnding(after: time), firstOpen)
        let last = grid.lastReaching(time, lookback: state.streams[s].lookback)
        guard first <= last else { return }
        _ = buffers[s].insert(
            time: time, value: sample.value, windows: first...last, framesMax: framesMax)
    }

    /// The machine was rebooted and its journal is gone: windows that had begun lost frames.
    package mutating func markOpenIncomplete() {
        guard let newest = state.newest else { return }
        let lookback = state.streams.map(\.lookback).max() ?? spans.length
        state.incompleteThrough = grid.lastReaching(newest, lookback: max(lookback, spans.length))
    }

    /// The oldest event time that a window still to come can need; `nil` before the first sample.
    /// Held vectors are part of the state and need no journal.
    package var neededFrom: EventTime? {
        state.streams.compactMap { neededFrom(of: $0.name) }.min()
    }

    /// The oldest event time of one stream that a window still to come can need.
    package func neededFrom(of stream: StreamName) -> EventTime? {
        guard let known = state[stream] else { return nil }
        var needed = state.nextWindow.map { grid.end(of: $0) - known.lookback }
        if let aside = known.aside, !aside.isLetGo {
            needed = min(needed ?? aside.time, aside.time)
        }
        return needed.map { EventTime(nanoseconds: $0) }
    }

    /// Whether a sample that was ingested must stay in the journal. Stamps that were refused as too
    /// far ahead need not: they would otherwise stay for as long as they are ahead.
    package func needs(_ stream: StreamName, at time: EventTime) -> Bool {
        guard let known = state[stream] else { return false }
        let t = time.nanoseconds
        if let aside = known.aside, !aside.isLetGo, aside.time == t { return true }
        guard let newest = known.newest, let next = state.nextWindow else { return false }
        return t <= newest && t >= grid.end(of: next) - known.lookback
    }
}
