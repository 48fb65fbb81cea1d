package import Signals

// Which samples may move the asset's time, and where its watermark is.
//
// A stamp far ahead of the asset's other streams is put aside, one per stream, until another stream
// agrees with it or its own next sample refutes it. The first sample of an asset has nothing to be
// measured by: no window closes until a second stream agrees with it, or it has gone on
// unchallenged, and until then two samples that agree on a much earlier time start the clock anew.
extension WindowAssembler {
    mutating func advanceArrival(to elapsed: Int64) {
        // A clock that never steps goes back only over a reboot; what was later becomes "now".
        if elapsed < state.now {
            state.acceptedAt = state.acceptedAt.map { min($0, elapsed) }
            state.silenceFrom = min(state.silenceFrom, elapsed)
            state.startedAt = min(state.startedAt, elapsed)
            state.steppedBackFrom = state.steppedBackFrom.map { min($0, elapsed) }
            state.steppedBackUntil = min(state.steppedBackUntil, elapsed)
            for s in state.streams.indices {
                state.streams[s].heardAt = state.streams[s].heardAt.map { min($0, elapsed) }
                state.streams[s].acceptedAt = state.streams[s].acceptedAt.map { min($0, elapsed) }
            }
        }
        state.now = elapsed
    }

    /// All streams that spoke for longer than `close_after` were behind the asset's time by more
    /// than `future_max`: the machine's clock was set back. Its samples stay late, because windows
    /// come out once and in order; a person has to decide.
    package var isClockSteppedBack: Bool {
        guard let from = state.steppedBackFrom else { return false }
        return state.steppedBackUntil - from > spans.closeAfter
    }

    /// Regular streams that are far behind the others and not waited for.
    package var idleStreams: [StreamName] {
        let ahead = newestRegular
        return state.streams.filter { $0.cadence == .regular && isIdle($0, behind: ahead) }
            .map(\.name)
    }

    /// Takes a sample, or puts it aside when its stamp disagrees with the asset's clock.
    mutating func consider(_ sample: Sample, of s: Int) {
        let time = sample.time.nanoseconds
        guard let newest = state.newest else {
            start(at: time)
            take(time, sample.value, of: s)
            return
        }
        if let reference = reference(for: s), time - reference > spans.futureMax {
            considerAhead(sample, of: s)
        } else if !state.isClockSettled, newest - time > spans.futureMax {
            considerBehind(sample, of: s)
        } else {
            // The stream went on as before: what it said of the future was wrong.
            if let aside = state.streams[s].aside, aside.isAhead { refuseAside(of: s) }
            take(time, sample.value, of: s)
            reconsiderAsides(at: time)
        }
    }

    /// Where the asset's time may be by now: the newest event time of the streams heard within
    /// `close_after`, plus what has passed since by arrival; of all streams when none was.
    ///
    /// Sporadic streams are measured by the regular ones where they can be: they do not move the
    /// watermark, so they could otherwise run ahead of it without bound.
    private func reference(for s: Int) -> Int64? {
        var regular: Int64?
        var recent: Int64?
        var any: Int64?
        let isRegular = state.streams[s].cadence == .regular
        // By index, here and below: a loop over the elements would copy each, for every sample.
        for other in state.streams.indices {
            guard let newest = state.streams[other].newest,
                let acceptedAt = state.streams[other].acceptedAt
            else { continue }
            let silence = state.now - acceptedAt
            let time = newest + min(silence, .max / 4)
            any = max(any ?? time, time)
            guard silence <= spans.closeAfter else { continue }
            recent = max(recent ?? time, time)
            if !isRegular && state.streams[other].cadence == .regular {
                regular = max(regular ?? time, time)
            }
        }
        return regular ?? recent ?? any
    }

    /// A sample that is in order proves the stamps within its reach, if they are fresh.
    private mutating func reconsiderAsides(at time: Int64) {
        for s in state.streams.indices {
            guard let aside = state.streams[s].aside, aside.isAhead,
                aside.time - time <= spans.futureMax
            else { continue }
            if isRecent(aside.arrival.elapsed) {
                takeAside(of: s)
            } else {
                // Wild when it came: that the asset's time gets there one day proves nothing.
                refuseAside(of: s)
            }
        }
    }

    private mutating func considerAhead(_ sample: Sample, of s: Int) {
        let time = sample.time.nanoseconds
        let reach = spans.futureMax
        let others = state.streams.indices.filter { $0 != s }
        let hasPartner = others.contains { other in
            guard let aside = state.streams[other].aside, aside.isAhead else { return false }
            return isNear(aside.time, time) && isRecent(aside.arrival.elapsed)
        }
        let isAlone = !others.contains { state.streams[$0].acceptedAt.map(isRecent) ?? false }
        var isRepeated = false
        if let own = state.streams[s].aside, own.isAhead, own.time <= time {
            isRepeated = time - own.time <= reach + max(0, state.now - own.arrival.elapsed)
        }
        guard hasPartner || (isAlone && isRepeated) else {
            putAside(sample, of: s, isAhead: true)
            return
        }
        if !isRepeated { refuseAside(of: s) }
        let earlier = asides {
            $0.isAhead && $0.time <= time && isNear($0.time, time) && isRecent($0.arrival.elapsed)
        }
        for other in earlier { takeAside(of: other) }
        takeAside(of: s)
        take(time, sample.value, of: s)
        reconsiderAsides(at: time)
    }

    /// The clock is not settled and this sample is far behind it. A second one like it proves that
    /// the asset's first stamp was wild.
    private mutating func considerBehind(_ sample: Sample, of s: Int) {
        let time = sample.time.nanoseconds
        let agrees = state.streams.contains { stream in
            stream.aside.map { !$0.isAhead && isNear($0.time, time) } ?? false
        }
        guard agrees else {
            putAside(sample, of: s, isAhead: false)
            return
        }
        start(at: time)
        for other in asides(where: { !$0.isAhead && isNear($0.time, time) }) {
            takeAside(of: other)
        }
        take(time, sample.value, of: s)
    }

    /// Starts the asset's clock; what came under a wild stamp before is refused as `future`.
    private mutating func start(at time: Int64) {
        state.firstTime = time
        state.startedAt = state.now
        state.newest = nil
        state.nextWindow = nil
        for s in state.streams.indices {
            state.streams[s].future += buffers[s].entries.count
            state.streams[s].newest = nil
            state.streams[s].oldest = nil
            state.streams[s].acceptedAt = nil
            buffers[s] = FrameBuffer()
        }
    }

    /// Nobody objected to the asset's first stamps for `close_after`.
    mutating func settleClockAfterSilence() {
        if !state.isClockSettled, state.newest != nil,
            state.now - state.startedAt >= spans.closeAfter
        {
            settleClock()
        }
    }

    mutating func settleClock() {
        guard !state.isClockSettled, state.newest != nil else { return }
        state.isClockSettled = true
        for s in state.streams.indices where state.streams[s].aside?.isAhead == false {
            refuseAside(of: s)
        }
    }

    /// Settles the clock once two streams agree, or one has gone on for longer than a wild stamp.
    mutating func settleClock(seeing time: Int64, of s: Int) {
        let agrees = state.streams.indices.contains { other in
            guard other != s, state.streams[other].acceptedAt != nil,
                let newest = state.streams[other].newest
            else { return false }
            return isNear(newest, time)
        }
        if agrees || time - (state.firstTime ?? time) > spans.futureMax { settleClock() }
    }

    /// The highest watermark the streams allow now.
    func watermarkNow() -> Int64? {
        let ahead = newestRegular
        var least: Int64?
        var newestSporadic: Int64?
        var behind: Int64 = 0
        for s in state.streams.indices {
            guard let newest = state.streams[s].newest else { continue }
            if state.streams[s].cadence == .sporadic {
                newestSporadic = max(newestSporadic ?? newest, newest)
                behind = max(behind, state.streams[s].behind)
            } else if !isIdle(state.streams[s], behind: ahead) {
                least = min(least ?? newest, newest)
            }
        }
        return (least.map { $0 - behind } ?? newestSporadic).map { $0 - spans.lateness }
    }

    private var newestRegular: Int64? {
        var ahead: Int64?
        for s in state.streams.indices where state.streams[s].cadence == .regular {
            if let newest = state.streams[s].newest { ahead = max(ahead ?? newest, newest) }
        }
        return ahead
    }

    /// Behind another regular stream by `idle_after`; or, where only sporadic streams are that far
    /// ahead, unheard for `close_after` too, because a log's clock may simply be ahead.
    private func isIdle(_ stream: StreamState, behind ahead: Int64?) -> Bool {
        guard let newest = stream.newest else { return true }
        if let ahead, newest < ahead, ahead - newest >= spans.idleAfter { return true }
        if state.isBacklogged { return false }
        let heardAt = max(stream.heardAt ?? .min, state.silenceFrom)
        guard state.now > heardAt, state.now - heardAt >= spans.closeAfter else { return false }
        return state.streams.contains { other in
            guard other.cadence == .sporadic, let time = other.newest else { return false }
            return time - newest >= spans.idleAfter && time > newest
        }
    }

    private func isNear(_ a: Int64, _ b: Int64) -> Bool {
        (a - b).magnitude <= spans.futureMax.magnitude
    }

    private func isRecent(_ elapsed: Int64) -> Bool {
        state.now - elapsed <= spans.closeAfter
    }
}
