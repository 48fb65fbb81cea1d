package import Signals

/// What the calibration of an asset has gained in operation since its model came into service: the
/// combined statistics of calm windows in which all senses were present.
///
/// ```
///          calm                 pending                    raised
/// window --------> waiting <--------------- pending  ---------------> aside, with all that waits
///                     | more than `margin`                                | cleared, and `margin` over
///                     v                                                   v
///                on probation ----> learnt (ages) <-- restore: false ---- kept aside
///                     |                                                   ^
///                     +---------------- an operator tags it --------------+
/// ```
/// On probation, because a fault that has raised no alarm looks calm: were it learnt at once, each of its
/// windows would make the next one look more usual. It does not count until people had time to notice.
///
/// Left out are whole stretches: from `margin` windows before the pending onset to as many after the
/// alarm has cleared, and what an operator tags. Never a single window by its own score: that would
/// ratchet the threshold down. What is left out is kept aside for a while, in case it was normal.
///
/// Beside it stands what was borrowed: windows of other assets, or of this one under its former model.
/// They are ranked with its own until those outnumber them by far, and certify nothing.
///
/// Bounded: `epochsMax` sketches that age, some on probation, `asideMax` stretches, a queue of the
/// pending, and one sketch of what was borrowed.
package struct CalibrationGrowth: Equatable, Sendable {
    /// What the asset's alarm is doing in a window.
    package enum Course: Sendable {
        case calm, pending, alarmed

        package init(_ alarm: AlarmState) {
            self = alarm.isRaised ? .alarmed : alarm == .pending ? .pending : .calm
        }
    }

    /// Rows age in steps: a sixth of what is kept goes at a time.
    struct Epoch: Equatable, Sendable {
        var from: EventTime
        var sketch = ScoreSketch()
    }

    struct Stretch: Equatable, Sendable {
        var from: EventTime
        var to: EventTime
        var sketch = ScoreSketch()
    }

    struct Waiting: Equatable, Sendable {
        var end: EventTime
        var value: Double
    }

    var epochs: [Epoch] = []
    var borrowed = ScoreSketch()
    /// When it was borrowed: it ages as what is learnt does.
    var borrowedAt = EventTime(nanoseconds: .min)
    /// On probation, in slices, oldest first; each reaches to the next one.
    var young: [Epoch] = []
    var waiting: [Waiting] = []
    var aside: [Stretch] = []
    /// Stretches that an operator tagged, perhaps reaching into the future.
    var tagged: [Stretch] = []
    var isInStretch = false
    /// Windows after the alarm cleared that still belong to it.
    var marginLeft = 0

    static let epochsMax = 6
    /// Slices that a probation is cut into; one more may be filling, one about to be learnt.
    static let slicesPerProbation = 4
    static let asideMax = 4
    static let outnumbered = 4
    static let taggedMax = 8
    /// Windows on either side of a stretch: what leads to an alarm begins before it shows.
    package static let margin = 10
    /// Windows that may wait for a pending alarm to decide; an on-delay longer than that leaves the
    /// oldest out.
    static let waitingMax = 256

    package init() {}

    /// Calm windows learnt and not yet let go.
    package var count: Int { epochs.reduce(0) { $0 + $1.sketch.count } }

    /// Windows that others lent.
    package var borrowedCount: Int { borrowed.count }

    /// How many of both are not below x; never fewer than there are.
    package func countAtLeast(_ x: Double) -> Int {
        epochs.reduce(borrowed.countAtLeast(x)) { $0 + $1.sketch.countAtLeast(x) }
    }

    /// Takes the window that ends at `end`. `statistic` is `nil` when it has none to teach: senses
    /// missing, or bad quality. `keep`: how long what is learnt counts; `probation`: after how long it
    /// begins to.
    package mutating func observe(
        _ statistic: Double?, at end: EventTime, course: Course, keep: Duration,
        probation: Duration = .zero
    ) {
        switch course {
        case .alarmed:
            if !isInStretch { beginStretch(at: end) }
            isInStretch = true
            marginLeft = Self.margin
            putAside(statistic, at: end)
        case .pending:
            if let statistic { wait(Waiting(end: end, value: statistic)) }
        case .calm:
            isInStretch = false
            if marginLeft > 0 {
                marginLeft -= 1
                putAside(statistic, at: end)
                return
            }
            if let statistic { wait(Waiting(end: end, value: statistic)) }
            while waiting.count > Self.margin {
                let next = waiting.removeFirst()
                if let place = tagged.firstIndex(where: { $0.from < next.end && next.end <= $0.to })
                {
                    tagged[place].sketch.insert(next.value)
                } else {
                    learn(next, keep: keep, probation: probation)
                }
            }
        }
    }

    /// The alarms in this stretch were false: what was left out of it is normal after all.
    package mutating func restore(stretch from: EventTime, to: EventTime, keep: Duration) {
        for stretch in aside + tagged where stretch.from < to && from < stretch.to {
            guard stretch.sketch.count > 0 else { continue }
            age(at: max(stretch.to, epochs.last?.from ?? stretch.to), keep: keep)
            epochs[epochs.count - 1].sketch.merge(stretch.sketch)
        }
        aside.removeAll { $0.from < to && from < $0.to }
        tagged.removeAll { $0.from < to && from < $0.to }
    }

    /// An operator says that this stretch is not normal. What has been learnt of it by now stays until
    /// it is aged; what is on probation, in slices that reach into it, or yet to come, is left out.
    package mutating func leaveOut(stretch from: EventTime, to: EventTime) {
        var stretch = Stretch(from: from, to: to)
        for place in young.indices.reversed() {
            let reachesIn = place + 1 >= young.count || from < young[place + 1].from
            guard young[place].from < to, reachesIn else { continue }
            stretch.sketch.merge(young[place].sketch)
            // Where it began stays, so that the slice before it does not grow.
            young[place].sketch = ScoreSketch()
        }
        tagged.append(stretch)
        if tagged.count > Self.taggedMax { tagged.removeFirst() }
    }

    /// Takes loans that are good.
    mutating func borrow(_ loans: [Loan], at time: EventTime) {
        for loan in loans { borrowed.merge(loan.sketch) }
        borrowedAt = time
    }

    /// Lets go what was borrowed once it is outnumbered by the asset's own windows, and hardly changes a
    /// rank; `fold`: those of its calibration.
    mutating func repay(fold: Int, at time: EventTime, keep: Duration) {
        guard borrowed.count > 0 else { return }
        if fold + count >= Self.outnumbered * borrowed.count || time - borrowedAt >= keep {
            borrowed = ScoreSketch()
        }
    }

    /// All it ranks by, as a loan to the same asset under its next model.
    func loan(from asset: AssetName, kind: UInt64, factor: Double) -> Loan {
        var sketch = borrowed
        for epoch in epochs { sketch.merge(epoch.sketch) }
        return Loan(from: asset, kind: kind, sketch: sketch, factor: factor)
    }

    /// Under the next model nothing of this is learnt, but where the alarm stood, and what operators
    /// tagged, holds for it too.
    var next: CalibrationGrowth {
        var next = CalibrationGrowth()
        next.tagged = tagged.map { Stretch(from: $0.from, to: $0.to) }
        next.isInStretch = isInStretch
        next.marginLeft = marginLeft
        return next
    }

    private mutating func wait(_ window: Waiting) {
        waiting.append(window)
        if waiting.count > Self.waitingMax { waiting.removeFirst() }
    }

    private mutating func beginStretch(at end: EventTime) {
        // An alarm within the margin of the one before goes on with it.
        if marginLeft == 0 || aside.isEmpty {
            aside.append(Stretch(from: waiting.first?.end ?? end, to: end))
            if aside.count > Self.asideMax { aside.removeFirst() }
        }
        for window in waiting { aside[aside.count - 1].sketch.insert(window.value) }
        waiting = []
    }

    private mutating func putAside(_ statistic: Double?, at end: EventTime) {
        // Restored while it lasts, it begins anew.
        if aside.isEmpty { aside.append(Stretch(from: end, to: end)) }
        aside[aside.count - 1].to = end
        if let statistic { aside[aside.count - 1].sketch.insert(statistic) }
    }

    private mutating func learn(_ window: Waiting, keep: Duration, probation: Duration) {
        guard probation > .zero else {
            age(at: window.end, keep: keep)
            epochs[epochs.count - 1].sketch.insert(window.value)
            return
        }
        let slice = Duration.nanoseconds(
            probation.nanoseconds / Int64(Self.slicesPerProbation))
        if young.last.map({ window.end - $0.from >= slice }) ?? true {
            young.append(Epoch(from: window.end))
        }
        young[young.count - 1].sketch.insert(window.value)
        while young.count > 1, window.end - young[1].from >= probation {
            let served = young.removeFirst()
            age(at: window.end, keep: keep)
            epochs[epochs.count - 1].sketch.merge(served.sketch)
        }
    }

    /// Opens a new epoch when its turn has come, and lets go what is too old.
    private mutating func age(at time: EventTime, keep: Duration) {
        let turn = Duration.nanoseconds(keep.nanoseconds / Int64(Self.epochsMax))
        if epochs.last.map({ time - $0.from >= turn }) ?? true { epochs.append(Epoch(from: time)) }
        while epochs.count > 1, time - epochs[0].from >= keep { epochs.removeFirst() }
        if epochs.count > Self.epochsMax { epochs.removeFirst() }
    }
}
