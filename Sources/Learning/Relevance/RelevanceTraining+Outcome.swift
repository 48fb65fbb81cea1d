import Foundation  // `exp` and `log`.
import Fusion
import LinearAlgebra
import Signals

// From filters and predictor to what serves.
extension RelevanceTraining {
    /// Mean squared error of the label term, and the share of windows whose state is read rightly by
    /// all its senses together.
    static func judge(
        _ solution: RelevanceObjective.Solution, on held: RelevanceRows.Problem, classes: Int
    ) -> (error: Double, accuracy: Double) {
        let objective = held.objective
        let F = objective.stacked(objective.answers(solution.filters))
        let error = F.times(solution.predictor).minus(objective.Y).squares / Double(objective.N)
        let windows = scores(F, solution, held)
        let hits = windows.count { window in
            window.scores.indices.max { window.scores[$0] < window.scores[$1] } == window.state
        }
        return (error, Double(hits) / Double(max(1, windows.count)))
    }

    /// τ of `StatePredictor`: the one under which the tags of these windows are likeliest.
    static func temperature(
        _ solution: RelevanceObjective.Solution, on held: RelevanceRows.Problem, classes: Int
    ) -> Float {
        let F = held.objective.stacked(held.objective.answers(solution.filters))
        let windows = scores(F, solution, held)
        func loss(_ T: Double) -> Double {
            windows.reduce(0) { sum, window in
                let top = window.scores.max() ?? 0
                let all = window.scores.reduce(0) { $0 + exp(($1 - top) / T) }
                return sum + log(all) - (window.scores[window.state] - top) / T
            }
        }
        // From 1/32 to 8 by steps of an eighth of an octave.
        let grid = (-40...24).map { exp(Double($0) / 8 * log(2.0)) }
        return Float(grid.min { loss($0) < loss($1) } ?? 1)
    }

    /// By sense, the score that the true state of a window held back falls below in `doubt` of them, the
    /// doubt shared by all senses; of few windows the smallest there is:
    /// ```
    /// floor = k-th smallest of n,   k = max(1, ⌊(n + 1) · doubt / senses⌋)
    /// ```
    /// A sense with fewer than 50 of them rules nothing out.
    static func floors(
        _ names: [StreamName], _ solution: RelevanceObjective.Solution,
        on held: RelevanceRows.Problem
    ) -> [StreamName: Double] {
        let all = held.objective.stacked(held.objective.answers(solution.filters))
            .times(solution.predictor)
        var floors: [StreamName: Double] = [:]
        for (m, name) in names.enumerated() {
            let right = held.points.enumerated().filter { $0.element.sense == m }
                .map { all[$0.offset, $0.element.state] }.sorted()
            guard right.count >= 50 else { continue }
            let share = StateReading.doubt / Double(names.count)
            floors[name] = right[max(1, Int(Double(right.count + 1) * share)) - 1]
        }
        return floors
    }

    private static func scores(
        _ F: Matrix, _ solution: RelevanceObjective.Solution, _ held: RelevanceRows.Problem
    ) -> [(state: Int, scores: [Double])] {
        let all = F.times(solution.predictor)
        var sums: [Int: (state: Int, count: Double, scores: [Double])] = [:]
        for (i, point) in held.points.enumerated() {
            var sum =
                sums[point.window]
                ?? (point.state, 0, [Double](repeating: 0, count: all.columns))
            sum.count += 1
            for (k, score) in all.row(i).enumerated() { sum.scores[k] += score }
            sums[point.window] = sum
        }
        return sums.sorted { $0.key < $1.key }.map { _, sum in
            (sum.state, sum.scores.map { $0 / sum.count })
        }
    }

    /// A network per sense: its filters, and an output that takes their common mean off, so that z tells
    /// states apart by its direction: `z = norm(f − f̄)`.
    static func networks(
        _ names: [StreamName], _ source: RelevanceRows, _ solution: RelevanceObjective.Solution,
        mean held: RelevanceRows.Problem
    ) -> [StreamName: SenseNetwork] {
        let F = held.objective.stacked(held.objective.answers(solution.filters))
        let r = F.columns
        let centre = (0..<r).map { c in
            (0..<F.rows).reduce(0.0) { $0 + F[$1, c] } / Double(max(1, F.rows))
        }
        var networks: [StreamName: SenseNetwork] = [:]
        for (m, name) in names.enumerated() {
            var parameters = solution.filters[m].elements.map { Float($0) }
            for i in 0..<r { parameters += (0..<r).map { $0 == i ? 1 : 0 } }
            parameters += centre.map { Float(-$0) }
            networks[name] = SenseNetwork(
                architecture: source.architectures[m], mean: source.scales[m].mean,
                scale: source.scales[m].scale, parameters: parameters)
        }
        return networks
    }
}
