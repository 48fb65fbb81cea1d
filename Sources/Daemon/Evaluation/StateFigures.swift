import Fusion
import Learning
import LinearAlgebra
import Signals

/// How a model tells the states that one asset's normal windows were tagged with.
struct StateFigures {
    /// One tagged window.
    struct Window {
        let state: String
        let senses: [StreamName: Embedding]
        let reading: StateReading?
        /// By sense, how likely each state of the model is.
        let probabilities: [StreamName: [Double]]

        init(_ summary: WindowSummary, state: String, model: FusionModel) {
            self.state = state
            let window = model.embed(summary)
            senses = window.senses
            reading = model.state(of: window)
            probabilities = model.stateProbabilities(of: window)
        }
    }

    /// Mean average precision of one sense looking up the other's windows of the same state, by ordered
    /// pair: by the cosine in the unified space, and by that of the states' probabilities.
    private(set) var precision: [SpaceFigures.Pair: (space: Double?, states: Double?)] = [:]
    /// Windows whose state is read; and read rightly by all senses together, and by each.
    private(set) var windows = 0
    private(set) var accuracy: Double?
    private(set) var accuracyOfSense: [StreamName: Double] = [:]

    /// - Parameter tagged: in order of time.
    init(of tagged: [Window]) {
        let read = tagged.compactMap { window in window.reading.map { (window.state, $0) } }
        windows = read.count
        accuracy = mean(of: read.map { $0.1.whole.label == $0.0 ? 1 : 0 })
        for sense in Set(read.flatMap(\.1.senses.keys)) {
            accuracyOfSense[sense] = mean(
                of: read.compactMap { state, reading in
                    reading.senses[sense].map { $0.label == state ? 1 : 0 }
                })
        }
        let some = thinned(tagged, to: SpaceFigures.windowsMax)
        let names = Set(some.flatMap(\.senses.keys)).sorted()
        for from in names {
            for to in names where from != to {
                let space = Self.precision(some, from, to, by: .cosine) { window, sense in
                    window.senses[sense]?.common?.map(Double.init)
                }
                let states = Self.precision(some, from, to, by: .chance) {
                    $0.probabilities[$1]
                }
                guard space != nil || states != nil else { continue }
                precision[SpaceFigures.Pair(from: from, to: to)] = (space, states)
            }
        }
    }

    private static func precision(
        _ windows: [Window], _ from: StreamName, _ to: StreamName, by likeness: StateLikeness,
        place: (Window, StreamName) -> [Double]?
    ) -> Double? {
        let numbers = Dictionary(
            Set(windows.map(\.state)).sorted().enumerated().map { ($1, $0) },
            uniquingKeysWith: { first, _ in first })
        func rows(_ sense: StreamName) -> (Matrix, [Int])? {
            let found = windows.compactMap { window in
                place(window, sense).map { (numbers[window.state] ?? 0, $0) }
            }
            guard let width = found.first?.1.count else { return nil }
            return (
                Matrix(rows: found.count, columns: width, elements: found.flatMap(\.1)),
                found.map(\.0)
            )
        }
        guard numbers.count > 1, let (u, states) = rows(from), let (v, targets) = rows(to) else {
            return nil
        }
        return meanAveragePrecision(from: u, states: states, to: v, states: targets, by: likeness)
    }
}
