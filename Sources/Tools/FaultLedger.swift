/// Holds verdicts against the faults that were really injected.
///
/// A fault is *noticed* by a verdict about a window that overlaps it, on its asset, whose alarm is
/// raised or whose score reaches the alarm threshold, and which blames a sense the fault befell. That a
/// silent sense was reported as missing is kept beside it, and is no notice.
package struct FaultLedger: Sendable {
    package struct Entry: Equatable, Sendable {
        package var fault: FaultAnnouncement
        /// From the fault's beginning to the verdict's arrival, in milliseconds of this machine.
        package var noticedAfterMs: Int64?
        /// The highest score of those that noticed it.
        package var score: Double?
        /// From the fault's beginning to the first verdict that lacks a befallen sense.
        package var missingAfterMs: Int64?

        package var isNoticed: Bool { noticedAfterMs != nil }
    }

    package private(set) var entries: [Entry] = []
    /// Windows at or above the threshold, or with the alarm raised, that overlap no fault of their asset
    /// and did not just follow one.
    package private(set) var falseWindows = 0
    package private(set) var scoredWindows = 0
    /// After a fault the alarm takes a few windows to clear, and a lagging sense to catch up.
    private let aftermathMs: Int64

    package init(aftermathMs: Int64 = 10_000) {
        self.aftermathMs = aftermathMs
    }

    /// Returns `false` when it was known.
    package mutating func add(_ announcement: FaultAnnouncement) -> Bool {
        guard announcement.event == .began,
            !entries.contains(where: {
                $0.fault.asset == announcement.asset && $0.fault.fromMs == announcement.fromMs
            })
        else { return false }
        entries.append(Entry(fault: announcement))
        return true
    }

    /// Returns the fault that this verdict is the first to notice.
    package mutating func take(_ verdict: WatchedVerdict, arrivedMs: Int64) -> Entry? {
        note(missing: verdict, arrivedMs: arrivedMs)
        guard let score = verdict.score else { return nil }
        scoredWindows += 1
        guard verdict.isAtThreshold || verdict.alarm.raised else { return nil }
        guard let i = index(overlapping: verdict) else {
            if !isAftermath(verdict) { falseWindows += 1 }
            return nil
        }
        guard blames(verdict, entries[i].fault) else { return nil }
        entries[i].score = max(entries[i].score ?? 0, score)
        guard entries[i].noticedAfterMs == nil else { return nil }
        entries[i].noticedAfterMs = max(0, arrivedMs - entries[i].fault.fromMs)
        return entries[i]
    }

    /// Whether the fault may yet be noticed: it goes on, or the last verdicts about it are on their way.
    package func isOpen(_ entry: Entry, nowMs: Int64) -> Bool {
        !entry.isNoticed && nowMs < entry.fault.toMs + 2000
    }

    private mutating func note(missing verdict: WatchedVerdict, arrivedMs: Int64) {
        guard let i = index(overlapping: verdict), entries[i].missingAfterMs == nil,
            verdict.missing.contains(where: entries[i].fault.streams.contains)
        else { return }
        entries[i].missingAfterMs = max(0, arrivedMs - entries[i].fault.fromMs)
    }

    /// An asset's faults never overlap each other; the newest is the likeliest.
    private func index(overlapping verdict: WatchedVerdict) -> Int? {
        entries.lastIndex {
            $0.fault.asset == verdict.asset && verdict.endMs > $0.fault.fromMs
                && verdict.startMs < $0.fault.toMs
        }
    }

    private func isAftermath(_ verdict: WatchedVerdict) -> Bool {
        entries.contains {
            $0.fault.asset == verdict.asset && verdict.startMs >= $0.fault.toMs
                && verdict.startMs < $0.fault.toMs + aftermathMs
        }
    }

    /// Where every sense is befallen, no single one is to blame, and saying so is right.
    private func blames(_ verdict: WatchedVerdict, _ fault: FaultAnnouncement) -> Bool {
        guard let blame = verdict.blame else { return false }
        let isEverywhere = verdict.streams.keys.allSatisfy(fault.streams.contains)
        return fault.streams.contains(blame) || (isEverywhere && blame == "not localised")
    }
}
