// p-values of the calibration and what it has gained.
extension CalibrationGrowth {
    /// What x is ranked among beside the sample.
    private var ranking: [ScoreSketch] { epochs.map(\.sketch) + [borrowed] }

    /// As `ConformalSample.pValue`, over the sample and the calm windows since.
    package func pValue(
        of x: Double, with sample: ConformalSample
    ) -> (p: Double, isExtrapolated: Bool) {
        let grown = count + borrowed.count
        guard grown > 0 else { return sample.pValue(of: x) }
        let n = sample.count + grown
        let above = ranking.reduce(sample.rankAbove(x)) { $0 + $1.rankAbove(x) }
        guard above == 0 else { return (min(1, (1 + above) / Double(n + 1)), false) }
        return (beyond(x, with: sample, of: n), true)
    }

    /// The rank of x among the sample and all calm windows since, those on probation too: at least
    /// 1/(n + 1), however far out.
    package func recentP(of x: Double, with sample: ConformalSample) -> Double {
        let sketches = ranking + young.map(\.sketch)
        let n = sketches.reduce(sample.count) { $0 + $1.count }
        let above = sketches.reduce(sample.rankAbove(x)) { $0 + $1.rankAbove(x) }
        return min(1, (1 + above) / Double(n + 1))
    }

    /// Beyond everything: the tail over the highest value above which all are known one by one.
    private func beyond(_ x: Double, with sample: ConformalSample, of n: Int) -> Double {
        var values = sample.sorted.suffix(ConformalSample.tailCount(of: sample.count) + 1)
            .map { Double($0) }
        var floor = values.first ?? 0
        for sketch in ranking {
            if let least = sketch.floor { floor = max(floor, Double(least)) }
            values += sketch.top.map { Double($0) }
        }
        let excesses = values.filter { $0 > floor }.map { $0 - floor }.sorted()
        // Never fewer than a handful, lest one value decide: then the sample's own tail.
        guard excesses.count >= 10 else {
            let largest = sample.sorted.last.map { Double($0) } ?? x
            let own = sample.tail.survival(max(0, x - largest))
            return max(1e-300, own / Double(n + 1))
        }
        let tail = ExceedanceTail(excesses: excesses, resolution: sample.resolution)
        let share = Double(excesses.count) / Double(n + 1)
        return ConformalSample.beyond(
            share * tail.survival(x - floor),
            ConformalSample.offset(
                count: n, largest: share * tail.survival(excesses[excesses.count - 1])))
    }
}
