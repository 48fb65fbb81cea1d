import Signals

// Windows come out: each once, in order of start.
extension WindowAssembler {
    /// Moves the watermark as far as the streams allow and closes what it has passed.
    mutating func closeReached() -> [Window] {
        guard state.isClockSettled, let position = watermarkNow() else { return [] }
        if let watermark = state.watermark, position <= watermark { return [] }
        state.watermark = position
        return closeWindows(through: grid.firstEnding(after: position) - 1)
    }

    /// Closes all windows that have begun at the newest event time.
    mutating func closeBegun() -> [Window] {
        guard let newest = state.newest else { return [] }
        return closeWindows(through: grid.lastBegun(at: newest))
    }

    /// Closes windows up to `last`. Of a gap, `gap_windows_max` empty windows are reported, and the
    /// rest is skipped and counted.
    private mutating func closeWindows(through last: Int64) -> [Window] {
        guard let first = state.nextWindow, first <= last else { return [] }
        var closed: [Window] = []
        var window = first
        while window <= last {
            if state.emptyRun >= gapWindowsMax, isEmpty(window) {
                let next = min(firstWindowWithFrames(after: window) ?? last + 1, last + 1)
                state.gapWindowsSkipped += Int(next - window)
                window = next
                state.nextWindow = window
                state.hasClosed = true
                state.watermark = max(state.watermark ?? .min, grid.end(of: window - 1))
            } else {
                closed.append(close(window))
                window += 1
            }
        }
        return closed
    }

    /// Closes one window: cuts each stream's share out of its buffer.
    mutating func close(_ window: Int64) -> Window {
        let end = grid.end(of: window)
        var shares: [StreamName: StreamWindow] = [:]
        var isEmpty = true
        for s in state.streams.indices {
            let cut = share(of: s, in: window)
            // At once, so that a saved state and the journal beside it hold the same.
            let lookback = state.streams[s].lookback
            forget(of: s, before: end + grid.hop - lookback)
            buffers[s].trim(framesMax: framesMax) { [grid] time in
                let last = grid.lastReaching(time, lookback: lookback)
                return max(grid.firstEnding(after: time), window + 1)...last
            }
            guard let share = cut else { continue }
            shares[state.streams[s].name] = share
            if !share.frames.isEmpty && !share.isHeld { isEmpty = false }
        }
        let late = state.lateSinceClose
        state.lateSinceClose = 0
        state.emptyRun = isEmpty ? state.emptyRun + 1 : 0
        state.nextWindow = window + 1
        state.hasClosed = true
        state.watermark = max(state.watermark ?? end, end)
        state.windowsClosed += 1
        return Window(
            asset: state.asset, start: EventTime(nanoseconds: grid.start(of: window)),
            end: EventTime(nanoseconds: end), streams: shares, late: late,
            isIncomplete: state.incompleteThrough.map { window <= $0 } ?? false)
    }

    /// A stream's frames; or its held vector; or, of a sporadic stream heard before, its quiet.
    private mutating func share(of s: Int, in window: Int64) -> StreamWindow? {
        let end = grid.end(of: window)
        forget(of: s, before: end - state.streams[s].lookback)
        let arrived = buffers[s].takeTally(of: window)
        let frames = buffers[s].frames(before: end, framesMax: framesMax)
        let stream = state.streams[s]
        if let newest = frames.last {
            return StreamWindow(
                kind: stream.kind, frames: frames,
                age: .nanoseconds(end - newest.time.nanoseconds),
                overflow: max(0, arrived - framesMax))
        }
        if let held = stream.held, let past = stream.past, end - past <= stream.hold {
            let frame = StreamWindow.Frame(
                time: EventTime(nanoseconds: past), value: .vector(held))
            return StreamWindow(
                kind: stream.kind, frames: [frame], age: .nanoseconds(end - past), isHeld: true)
        }
        guard stream.cadence == .sporadic, let oldest = stream.oldest, oldest < end else {
            return nil
        }
        return StreamWindow(
            kind: stream.kind, frames: [], age: .nanoseconds(end - (stream.past ?? oldest)))
    }

    /// Lets go of frames that no window needs any more, but for the vector that may be held.
    private mutating func forget(of s: Int, before time: Int64) {
        guard let newest = buffers[s].prune(before: time) else { return }
        if let past = state.streams[s].past, newest.time < past { return }
        state.streams[s].past = newest.time
        guard state.streams[s].hold > 0, case .vector(let vector) = newest.value else { return }
        state.streams[s].held = vector
    }

    /// Whether no stream has a frame in the next window to close.
    private mutating func isEmpty(_ window: Int64) -> Bool {
        let end = grid.end(of: window)
        for s in state.streams.indices {
            forget(of: s, before: end - state.streams[s].lookback)
            if let first = buffers[s].entries.first, first.time < end { return false }
        }
        return true
    }

    private func firstWindowWithFrames(after window: Int64) -> Int64? {
        buffers.compactMap { $0.entries.first.map { grid.firstEnding(after: $0.time) } }.min()
    }
}
