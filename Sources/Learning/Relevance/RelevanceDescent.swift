import LinearAlgebra

/// Adam down a `RelevanceObjective`, on filters and predictor at once.
///
/// Works on a whole problem, or batch by batch: each call of `step` may bring another objective over
/// the same senses.
package struct RelevanceDescent {
    package private(set) var solution: RelevanceObjective.Solution
    private let filters: [Adam<Double>]
    private let predictor: Adam<Double>

    package init(from start: RelevanceObjective.Solution) {
        solution = start
        filters = start.filters.map { Adam(count: $0.elements.count) }
        predictor = Adam(count: start.predictor.elements.count)
    }

    /// One step.
    ///
    /// - Parameters:
    ///   - objective: of this step.
    ///   - rate: Adam's η.
    /// - Returns: J before the step.
    @discardableResult
    package mutating func step(_ objective: RelevanceObjective, rate: Double) -> Double {
        let (value, gradient) = objective.gradient(solution)
        for m in filters.indices {
            filters[m].step(&solution.filters[m], gradient.filters[m], rate: rate)
        }
        predictor.step(&solution.predictor, gradient.predictor, rate: rate)
        return value
    }
}

extension Adam where S == Double {
    /// The next step for all entries of a matrix.
    func step(_ matrix: inout Matrix, _ gradient: Matrix, rate: Double) {
        advance()
        matrix.elements.withUnsafeMutableBufferPointer { parameters in
            gradient.elements.withUnsafeBufferPointer { gradient in
                guard let parameters = parameters.baseAddress, let gradient = gradient.baseAddress
                else { return }
                apply(parameters, gradient: gradient, range: 0..<m.count, rate: rate)
            }
        }
    }
}
