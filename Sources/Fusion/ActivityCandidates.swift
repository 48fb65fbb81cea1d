import Foundation  // `floor`, `log10`, `pow`.
import Signals
package import Windowing

/// A condition that may tell a machine's work from its rest, by what its windows have shown.
package struct ActivityCandidate: Equatable, Sendable {
    package var activeWhen: ActivityCondition
    /// A level further towards rest, so that what lies between changes nothing.
    package var activeUntil: ActivityCondition
    /// Share of the variance that lies between the two groups, 0 to 1.
    package var separation: Double
    /// Share of the windows that would count as work.
    package var workShare: Double
    /// Windows in a row that work and rest last, on average.
    package var workWindows: Double
    package var restWindows: Double
}

/// Looks for senses whose level falls into two groups, far apart and each lasting.
///
/// One number a window and sense: the level, the spread or a single number of a vector, or a log's
/// lines in the last minute. Two groups by Otsu's threshold, the split of the sorted values
/// `x₁ ≤ … ≤ x_n` after the k-th that makes the most of
/// ```
/// η = σ_B² / σ_T²,   σ_B² = k (n − k) / n² · (mean(x₁ … x_k) − mean(x_{k+1} … x_n))²
/// ```
/// One hump gives η = .64 when it is normal and .75 when it is flat, so .85 is asked; hardly a value
/// in the middle third between the two means; and runs: three at least, ten windows long on average, or
/// it was a drift, or noise. Which group is work, the movement of all senses tells.
///
/// It only proposes: a machine may well have two recipes.
package enum ActivityCandidates {
    static let separationMin = 0.85
    static let middleMax = 0.02
    static let runMin = 10.0
    static let groupMin = 0.05
    private static let numbersMax = 512

    /// The best candidates, best first; at most `countMax`, of each vector stream one single number.
    package static func find(
        in windows: [WindowSummary], countMax: Int = 5
    ) -> [ActivityCandidate] {
        let windows = windows.sorted { $0.start < $1.start }
        let movement = windows.map(movement)
        var found: [ActivityCandidate] = []
        for stream in Set(windows.flatMap(\.streams.keys)).sorted() {
            func add(
                _ value: (WindowSummary) -> Double?,
                _ measure: @escaping (ActivityCondition.Comparison) -> ActivityCondition.Measure
            ) -> ActivityCandidate? {
                let split = Split(windows.map(value), movement: movement)
                return split?.candidate(stream, measure)
            }
            let dimension = windows.lazy.compactMap { vector($0, stream)?.dimension }.first ?? 0
            let numbers = (0..<min(dimension, numbersMax)).compactMap { j in
                add({ vector($0, stream).map { Double($0.mean[j]) } }) { .number(j, $0) }
            }
            found += numbers.max { $0.separation < $1.separation }.map { [$0] } ?? []
            if dimension > 0 {
                found += [
                    add({ vector($0, stream).map(level) }) { .level($0) },
                    add({ vector($0, stream).map(spread) }) { .spread($0) },
                ].compactMap(\.self)
            } else {
                let rates = rates(windows, stream)
                let length = windows.first.map { $0.end - $0.start } ?? .seconds(1)
                let split = Split(
                    rates, movement: movement, ramp: Int(60 / max(length.seconds, 0.001)))
                let candidate = split?.candidate(stream) { .rate($0, per: .minute) }
                found += candidate.map { [$0] } ?? []
            }
        }
        return Array(
            found.sorted {
                ($1.separation, $0.activeWhen.description) < (
                    $0.separation, $1.activeWhen.description
                )
            }.prefix(countMax))
    }

    private static func vector(_ window: WindowSummary, _ stream: StreamName) -> VectorSummary? {
        if case .vector(let vector)? = window.streams[stream] { vector } else { nil }
    }

    /// As `ActivityCondition.Measure.level` has it: the mean square is that of the means and spreads.
    private static func level(_ vector: VectorSummary) -> Double {
        let squares = zip(vector.mean, vector.spread).reduce(0.0) { sum, number in
            sum + Double(number.0) * Double(number.0) + Double(number.1) * Double(number.1)
        }
        return (squares / Double(max(1, vector.dimension))).squareRoot()
    }

    private static func spread(_ vector: VectorSummary) -> Double {
        let squares = vector.spread.reduce(0.0) { $0 + Double($1) * Double($1) }
        return (squares / Double(max(1, vector.dimension))).squareRoot()
    }

    /// How much all senses move, by stream: spreads, and lines of logs.
    private static func movement(_ window: WindowSummary) -> [StreamName: Double] {
        window.streams.mapValues { stream in
            switch stream {
            case .vector(let vector): vector.frames > 1 ? spread(vector) : level(vector)
            case .log(let log): Double(log.lines)
            }
        }
    }

    /// Lines in the minute up to each window's end; `nil` where that minute was not kept whole.
    private static func rates(_ windows: [WindowSummary], _ stream: StreamName) -> [Double?] {
        let minute: Int64 = 60_000_000_000
        var first = 0
        var lines = 0.0
        var covered: Int64 = 0
        let counts = windows.map { window -> Double in
            if case .log(let log)? = window.streams[stream] { Double(log.lines) } else { 0 }
        }
        let lengths = windows.map { ($0.end - $0.start).nanoseconds }
        return windows.indices.map { k in
            lines += counts[k]
            covered += lengths[k]
            while first < k,
                windows[first].start.nanoseconds < windows[k].end.nanoseconds - minute
            {
                lines -= counts[first]
                covered -= lengths[first]
                first += 1
            }
            return covered >= minute * 9 / 10 ? lines : nil
        }
    }
}

/// One sense's values in two groups.
private struct Split {
    private let low, high: Double
    private let separation: Double
    private let isWorkHigh: Bool
    private let workShare: Double
    private let workRun, restRun: Double

    /// `nil` when they are not two groups, apart and lasting. `ramp`: windows that a value needs from
    /// one to the other.
    init?(_ values: [Double?], movement: [[StreamName: Double]], ramp: Int = 0) {
        let present = values.indices.filter { values[$0]?.isFinite ?? false }
        let x = present.map { values[$0]! }
        let sorted = x.sorted()
        let n = Double(sorted.count)
        let mean = sorted.reduce(0, +) / n
        let total = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        guard sorted.count >= 100, total > 0 else { return nil }
        var sum = 0.0
        var best: (between: Double, k: Int, low: Double, high: Double) = (0, 0, 0, 0)
        let whole = mean * n
        for k in 1..<sorted.count {
            sum += sorted[k - 1]
            let low = sum / Double(k)
            let high = (whole - sum) / (n - Double(k))
            let between = Double(k) * (n - Double(k)) / (n * n) * (high - low) * (high - low)
            if between > best.between { best = (between, k, low, high) }
        }
        let share = Double(best.k) / n
        let third = (best.high - best.low) / 3
        let middle = sorted.count { $0 > best.low + third && $0 < best.high - third }
        let border = (best.low + best.high) / 2
        let isHigh = x.map { $0 > border }
        var runs = [0, 0]
        for k in isHigh.indices where k == 0 || isHigh[k] != isHigh[k - 1] {
            runs[isHigh[k] ? 1 : 0] += 1
        }
        let lowRun = Double(best.k) / Double(max(1, runs[0]))
        let highRun = (n - Double(best.k)) / Double(max(1, runs[1]))
        // A value over the last minute climbs and falls; a third of each way is the middle.
        let climbing = Double((runs[0] + runs[1] - 1) * ramp) / 3
        guard best.between / total >= ActivityCandidates.separationMin,
            min(share, 1 - share) >= ActivityCandidates.groupMin,
            Double(middle) <= ActivityCandidates.middleMax * n + climbing,
            runs[0] + runs[1] >= 3, min(lowRun, highRun) >= ActivityCandidates.runMin
        else { return nil }
        low = best.low
        high = best.high
        separation = best.between / total
        isWorkHigh = Self.movesMore(
            present.indices.filter { isHigh[$0] }.map { movement[present[$0]] },
            than: present.indices.filter { !isHigh[$0] }.map { movement[present[$0]] })
        workShare = isWorkHigh ? 1 - share : share
        (workRun, restRun) = isWorkHigh ? (highRun, lowRun) : (lowRun, highRun)
    }

    /// Most senses move more in `a` than in `b`; each has one vote, and a tie goes to `a`.
    private static func movesMore(
        _ a: [[StreamName: Double]], than b: [[StreamName: Double]]
    ) -> Bool {
        func means(_ windows: [[StreamName: Double]]) -> [StreamName: Double] {
            var sums: [StreamName: (Double, Double)] = [:]
            for window in windows {
                for (name, value) in window {
                    let sum = sums[name] ?? (0, 0)
                    sums[name] = (sum.0 + value, sum.1 + 1)
                }
            }
            return sums.mapValues { $0.0 / $0.1 }
        }
        let (inA, inB) = (means(a), means(b))
        let votes = Set(inA.keys).union(inB.keys).reduce(0) { votes, name in
            let (a, b) = (inA[name] ?? 0, inB[name] ?? 0)
            return votes + (a > b ? 1 : a < b ? -1 : 0)
        }
        return votes >= 0
    }

    func candidate(
        _ stream: StreamName,
        _ measure: (ActivityCondition.Comparison) -> ActivityCondition.Measure
    ) -> ActivityCandidate {
        let nearHigh = Self.rounded(low + 0.6 * (high - low), step: high - low)
        let nearLow = Self.rounded(low + 0.4 * (high - low), step: high - low)
        let (begins, ends): (ActivityCondition.Comparison, ActivityCondition.Comparison) =
            isWorkHigh
            ? (.init(.above, nearHigh), .init(.below, nearLow))
            : (.init(.below, nearLow), .init(.above, nearHigh))
        return ActivityCandidate(
            activeWhen: .init(stream: stream, measure: measure(begins)),
            activeUntil: .init(stream: stream, measure: measure(ends)), separation: separation,
            workShare: workShare, workWindows: workRun, restWindows: restRun)
    }

    /// To a hundredth of `step`, so that people can read it.
    private static func rounded(_ value: Double, step: Double) -> Double {
        let unit = pow(10, floor(log10(step)) - 1)
        return unit >= 1
            ? (value / unit).rounded() * unit : (value * (1 / unit)).rounded() / (1 / unit)
    }
}
