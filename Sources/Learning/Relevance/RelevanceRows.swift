import Fusion
import LinearAlgebra
import Signals

/// Tagged windows as problems of the cross-model CNN: some rows become points of all senses.
struct RelevanceRows {
    private let rows: any TrainingRows
    private let states: [Int?]
    private let classes: Int
    private let weights: RelevanceObjective.Weights
    let architectures: [SenseArchitecture]
    let scales: [(mean: [Float], scale: [Float])]

    /// Mean and scale of the numbers come from the rows of `training`.
    ///
    /// - Throws: what `rows` throws.
    init(
        _ rows: any TrainingRows, states: [Int?], classes: Int, training: [Int],
        settings: RelevanceSettings
    ) throws {
        self.rows = rows
        self.states = states
        self.classes = classes
        weights = settings.weights
        architectures = rows.senses.map { sense in
            var front = sense.front
            if case .frames(let countMax, let width, let kernel, _) = front {
                front = .frames(
                    countMax: countMax, width: width, kernel: kernel, filters: settings.filters)
            }
            return SenseArchitecture(
                front: front, hidden: [], dimension: settings.filters, peaks: settings.filters)
        }
        var scales: [(mean: [Float], scale: [Float])] = []
        for (m, sense) in rows.senses.enumerated() {
            // With its table a log is told apart: its numbers share one scale.
            var standardiser = Standardiser(
                SenseArchitecture(
                    front: sense.front, tableWidth: sense.tableWidth, dimension: 1))
            let present = training.filter { rows.isPresent(m, in: $0) }
            for first in stride(from: 0, to: min(present.count, Standardiser.rowsMax), by: 256) {
                let some = Array(present[first..<min(present.count, first + 256)])
                let width = architectures[m].rowWidth
                let numbers = try Self.numbers(rows, some, sense: m, width: width)
                numbers.withUnsafeBufferPointer {
                    for k in some.indices { standardiser.add(row: $0.baseAddress! + k * width) }
                }
            }
            scales.append(standardiser.result)
        }
        self.scales = scales
    }

    private static func numbers(
        _ rows: any TrainingRows, _ some: [Int], sense: Int, width: Int
    ) throws -> [Float] {
        var numbers = [Float](repeating: 0, count: some.count * width)
        try numbers.withUnsafeMutableBufferPointer {
            try rows.fill(some, sense: sense, into: $0)
        }
        return numbers
    }

    /// One problem, and where its points come from.
    struct Problem {
        let objective: RelevanceObjective
        let points: [RelevanceMatrix.Point]
    }

    /// - Parameters:
    ///   - some: tagged rows.
    ///   - noise: standard deviation of what is added to each standardised number.
    ///   - dice: its chance.
    /// - Returns: their points, sense by sense, as an objective.
    /// - Throws: what the rows throw.
    func problem(
        _ some: [Int], noise: Double = 0, dice: inout SeededGenerator
    ) throws -> Problem {
        var points: [RelevanceMatrix.Point] = []
        var senses: [SubSequences] = []
        for (m, architecture) in architectures.enumerated() {
            let present = some.filter { rows.isPresent(m, in: $0) }
            let width = architecture.rowWidth
            let numbers = try Self.numbers(rows, present, sense: m, width: width)
            var sequences: [ArraySlice<Double>] = []
            for (k, row) in present.enumerated() {
                points.append(.init(sense: m, state: states[row] ?? 0, window: row))
                sequences.append(
                    sequence(
                        numbers[k * width..<(k + 1) * width], sense: m, noise: noise, dice: &dice
                    )[...])
            }
            senses.append(
                SubSequences(
                    sequences, width: architecture.inputWidth, window: architecture.window))
        }
        return Problem(
            objective: RelevanceObjective(
                senses, states: points.map(\.state), classes: classes,
                relevance: RelevanceMatrix(points), weights: weights), points: points)
    }

    /// The standardised instances of one row.
    private func sequence(
        _ row: ArraySlice<Float>, sense m: Int, noise: Double, dice: inout SeededGenerator
    ) -> [Double] {
        var raw = row
        if case .frames(let countMax, let width, _, _) = architectures[m].front {
            let count = SenseArchitecture.frameCount(row[row.startIndex], countMax: countMax)
            raw = row[row.startIndex + 1..<row.startIndex + 1 + count * width]
        }
        let (mean, scale) = scales[m]
        let limit = SenseNetwork.inputMax
        return raw.enumerated().map { k, number in
            let j = k % mean.count
            let x = Double(max(-limit, min(limit, (number - mean[j]) / scale[j])))
            return noise > 0 ? x + noise * Double(dice.quickGaussian()) : x
        }
    }
}

extension SenseArchitecture {
    /// w: instances that a filter sees.
    var window: Int {
        if case .frames(_, _, let kernel, _) = front { kernel } else { 1 }
    }
}
