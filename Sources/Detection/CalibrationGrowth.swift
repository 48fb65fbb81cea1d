package import Signals

/// What the calibration of an asset has gained in operation since its model came into service: the
/// combined statistics of calm windows in which all senses were present.
///
/// ```
///          calm                 pending                    raised
/// window --------> waiting <--------------- pending  ---------------> aside, with all that waits
///                     | more than `margin`                                | cleared, and `margin` over
///                     v                                                   v
///                  learnt (ages) <------ restore: it was a false alarm -- kept aside
/// ```
/// Left out are whole stretches: from `margin` windows before the pending onset to as many after the
/// alarm has cleared, and what an operator tags. Never a single window by its own score: that would
/// ratchet the threshold down. What is left out is kept aside for a while, in case it was normal.
///
/// Beside it stands what was borrowed: windows of other assets, or of this one under its former model.
/// They are ranked with its own until those outnumber them by far, and certify nothing.
///
/// Bounded: `epochsMax` sketches that age, `asideMax` stretches, a queue of the pending, and one sketch
/// of what was borrowed.
package struct CalibrationGrowth: Equatable, Sendable {
    /// What the asset's alarm is doing in a window.
    package enum Course: Sendable {
        case calm, pending, alarmed

        package init(_ alarm: AlarmState) {
            self = alarm.isRaised ? .alarmed : alarm == .pending ? .pending : .calm
        }
    }

    /// Rows age in steps: a sixth of what is kept goes at a time.
    private struct Epoch: Equatable, Sendable {
        var from: EventTime
        var sketch = ScoreSketch()
    }

    private struct Stretch: Equatable, Sendable {
        var from: EventTime
        var to: EventTime
        var sketch = ScoreSketch()
    }

    private struct Waiting: Equatable, Sendable {
        var end: EventTime
        var value: Double
    }

    private var epochs: [Epoch] = []
    private var borrowed = ScoreSketch()
    /// When it was borrowed: it ages as what is learnt does.
    private var borrowedAt = EventTime(nanoseconds: .min)
    private var waiting: [Waiting] = []
    private var aside: [Stretch] = []
    /// Stretches that an operator tagged, perhaps reaching into the future.
    private var tagged: [Stretch] = []
    private var isInStretch = false
    /// Windows after the alarm cleared that still belong to it.
    private var marginLeft = 0

    static let epochsMax = 6
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
    /// missing, or bad quality. `keep`: how long what is learnt counts.
    package mutating func observe(
        _ statistic: Double?, at end: EventTime, course: Course, keep: Duration
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
                    learn(next, keep: keep)
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
    /// it is aged; what is yet to come, or waits, is left out.
    package mutating func leaveOut(stretch from: EventTime, to: EventTime) {
        tagged.append(Stretch(from: from, to: to))
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

    private mutating func learn(_ window: Waiting, keep: Duration) {
        age(at: window.end, keep: keep)
        epochs[epochs.count - 1].sketch.insert(window.value)
    }

    /// Opens a new epoch when its turn has come, and lets go what is too old.
    private mutating func age(at time: EventTime, keep: Duration) {
        let turn = Duration.nanoseconds(keep.nanoseconds / Int64(Self.epochsMax))
        if epochs.last.map({ time - $0.from >= turn }) ?? true { epochs.append(Epoch(from: time)) }
        while epochs.count > 1, time - epochs[0].from >= keep { epochs.removeFirst() }
        if epochs.count > Self.epochsMax { epochs.removeFirst() }
    }
}

// p-values of the calibration and what it has gained.
extension CalibrationGrowth {
    /// As `ConformalSample.pValue`, over the sample and the calm windows since.
    package func pValue(
        of x: Double, with sample: ConformalSample
    ) -> (p: Double, isExtrapolated: Bool) {
        let grown = count + borrowed.count
        guard grown > 0 else { return sample.pValue(of: x) }
        let n = sample.count + grown
        let above = sample.countAtLeast(x) + countAtLeast(x)
        guard above == 0 else { return (Double(1 + above) / Double(n + 1), false) }
        return (max(1e-300, min(tailShare(x, with: sample, of: n), 1 / Double(n + 1))), true)
    }

    /// Beyond everything: the tail over the highest value above which all are known one by one.
    private func tailShare(_ x: Double, with sample: ConformalSample, of n: Int) -> Double {
        var values = sample.sorted.suffix(ConformalSample.tailCount(of: sample.count) + 1)
            .map { $0 }
        var floor = values.first ?? 0
        for sketch in epochs.map(\.sketch) + [borrowed] {
            if let least = sketch.floor { floor = max(floor, Double(least)) }
            values += sketch.top.map { Double($0) }
        }
        let excesses = values.filter { $0 > floor }.map { $0 - floor }.sorted()
        // Never fewer than a handful, lest one value decide: then the sample's own tail.
        guard excesses.count >= 10 else {
            let own = sample.tail.survival(max(0, x - (sample.sorted.last ?? x)))
            return own / Double(n + 1)
        }
        let tail = ExceedanceTail(excesses: excesses, resolution: sample.resolution)
        return Double(excesses.count) / Double(n + 1) * tail.survival(x - floor)
    }
}

extension CalibrationGrowth {
    func write(to writer: inout ByteWriter) {
        writer.write(UInt8(epochs.count))
        for epoch in epochs {
            writer.write(epoch.from.nanoseconds)
            epoch.sketch.write(to: &writer)
        }
        borrowed.write(to: &writer)
        writer.write(borrowedAt.nanoseconds)
        writer.write(waiting.map(\.end.nanoseconds))
        writer.write(waiting.map(\.value))
        for list in [aside, tagged] {
            writer.write(UInt8(list.count))
            for stretch in list {
                writer.write(stretch.from.nanoseconds)
                writer.write(stretch.to.nanoseconds)
                stretch.sketch.write(to: &writer)
            }
        }
        writer.write(isInStretch)
        writer.write(Int64(marginLeft))
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        for _ in 0..<(try reader.read(UInt8.self)) {
            let from = EventTime(nanoseconds: try reader.read(Int64.self))
            epochs.append(Epoch(from: from, sketch: try ScoreSketch(from: &reader)))
        }
        borrowed = try ScoreSketch(from: &reader)
        borrowedAt = EventTime(nanoseconds: try reader.read(Int64.self))
        let ends = try reader.readIntegers(Int64.self)
        waiting = zip(ends, try reader.readDoubles()).map { end, value in
            Waiting(end: EventTime(nanoseconds: end), value: value)
        }
        aside = try Self.stretches(from: &reader)
        tagged = try Self.stretches(from: &reader)
        isInStretch = try reader.readBool()
        marginLeft = Int(try reader.read(Int64.self))
    }

    private static func stretches(
        from reader: inout ByteReader
    ) throws(ByteReader.Truncated) -> [Stretch] {
        var stretches: [Stretch] = []
        for _ in 0..<(try reader.read(UInt8.self)) {
            let from = EventTime(nanoseconds: try reader.read(Int64.self))
            let to = EventTime(nanoseconds: try reader.read(Int64.self))
            stretches.append(
                Stretch(from: from, to: to, sketch: try ScoreSketch(from: &reader)))
        }
        return stretches
    }
}
