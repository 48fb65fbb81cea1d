import Signals

// Samples go into windows, aside, or into a counter.
extension WindowAssembler {
    /// Puts a sample that may move the asset's time into the windows it belongs to.
    mutating func take(_ time: Int64, _ value: Sample.Value, of s: Int) {
        state.streams[s].heardAt = state.now
        state.streams[s].newest = max(state.streams[s].newest ?? time, time)
        state.newest = max(state.newest ?? time, time)
        let first = grid.firstEnding(after: time)
        let last = grid.lastReaching(time, lookback: state.streams[s].lookback)
        let isOutside = last < first
        guard isOutside || last >= firstOpen else {
            countLate(time, of: s)
            return
        }
        state.streams[s].acceptedAt = state.now
        state.acceptedAt = state.now
        state.isSilenceReported = false
        state.steppedBackFrom = nil
        if isOutside {
            state.streams[s].outside += 1
        } else {
            let open = max(first, firstOpen)
            if !state.hasClosed { state.nextWindow = min(state.nextWindow ?? open, open) }
            state.streams[s].oldest = min(state.streams[s].oldest ?? time, time)
            let isKept = buffers[s].insert(
                time: time, value: value, windows: open...last, framesMax: framesMax)
            if !isKept { state.streams[s].overflow += 1 }
        }
        if !state.isClockSettled { settleClock(seeing: time, of: s) }
    }

    /// The first window that still takes samples.
    var firstOpen: Int64 {
        if state.hasClosed, let next = state.nextWindow { return next }
        return state.watermark.map { grid.firstEnding(after: $0) } ?? .min
    }

    private mutating func countLate(_ time: Int64, of s: Int) {
        let behind = max(state.watermark ?? time, time) - time
        state.streams[s].late += 1
        state.streams[s].lastLate = EventTime(nanoseconds: time)
        state.streams[s].lastLateBy = .nanoseconds(behind)
        state.lateSinceClose += 1
        if let newest = state.newest, newest - time > spans.futureMax {
            if state.steppedBackFrom == nil { state.steppedBackFrom = state.now }
            state.steppedBackUntil = state.now
        }
    }

    /// Keeps one sample of a stream for later judgement; the one before it is refused.
    mutating func putAside(_ sample: Sample, of s: Int, isAhead: Bool) {
        refuseAside(of: s)
        state.streams[s].aside = .init(
            time: sample.time.nanoseconds, arrival: sample.arrival, isAhead: isAhead)
        asideValues[s] = sample.value
    }

    /// The streams with a sample put aside that `isProven` picks, the oldest sample first.
    func asides(where isProven: (StreamState.Aside) -> Bool) -> [Int] {
        var proven: [(time: Int64, stream: Int)] = []
        for s in state.streams.indices {
            if let aside = state.streams[s].aside, isProven(aside) {
                proven.append((aside.time, s))
            }
        }
        return proven.sorted { ($0.time, $0.stream) < ($1.time, $1.stream) }.map(\.stream)
    }

    /// Takes the sample put aside after all.
    mutating func takeAside(of s: Int) {
        guard let aside = state.streams[s].aside else { return }
        let value = asideValues[s]
        state.streams[s].aside = nil
        asideValues[s] = nil
        // Without a value the journal was lost with the restart, and with it the sample.
        if let value { take(aside.time, value, of: s) }
    }

    /// Gives up on the sample put aside: it is counted as `future`, or as late when it was behind.
    mutating func refuseAside(of s: Int) {
        guard let aside = state.streams[s].aside else { return }
        state.streams[s].aside = nil
        asideValues[s] = nil
        if !aside.isLetGo { count(refused: aside, of: s) }
    }

    /// Lets go of samples that were put aside and have waited for too long: the journal would be
    /// kept for them, all other assets' inputs with it, for as long as this asset says nothing more.
    /// Their stamps still bear witness. Returns whether there was one.
    mutating func letGoOfOldAsides() -> Bool {
        var hasLetGo = false
        for s in state.streams.indices {
            guard let aside = state.streams[s].aside, !aside.isLetGo,
                state.now - aside.arrival.elapsed >= spans.asideMax
            else { continue }
            hasLetGo = true
            count(refused: aside, of: s)
            if !aside.isAhead { leaveOut(aside, of: s) }
            state.streams[s].aside?.isLetGo = true
            asideValues[s] = nil
        }
        return hasLetGo
    }

    private mutating func count(refused aside: StreamState.Aside, of s: Int) {
        guard aside.isAhead else {
            countLate(aside.time, of: s)
            return
        }
        state.streams[s].future += 1
        leaveOut(aside, of: s)
    }

    /// A refill must not bring it back.
    private mutating func leaveOut(_ aside: StreamState.Aside, of s: Int) {
        let needed = state.nextWindow.map { grid.end(of: $0) - state.streams[s].lookback } ?? .min
        state.streams[s].refusedAhead.removeAll { $0.time < needed }
        if state.streams[s].refusedAhead.count == StreamState.refusedAheadMax {
            state.streams[s].refusedAhead.removeFirst()
        }
        state.streams[s].refusedAhead.append(aside)
    }
}
