import Learning
import LinearAlgebra
import Signals

/// Does drawing together what was tagged alike help one sense find the other's windows of a state?
struct Relevance {
    private struct Outcome {
        let accuracy: [Double]
        /// First to second sense, and back.
        let precision: [Double]
        let primal: Double
        let dual: Double
    }

    private let pulls: [Double] = [0, 0.3, 1, 2]
    /// PAPERS 5(d): accuracy of both senses, mAP both ways.
    private let published = [
        [0.570, 0.579, 0.341, 0.341], [0.575, 0.589, 0.351, 0.351], [0.595, 0.596, 0.364, 0.365],
        [0.590, 0.569, 0.355, 0.358],
    ]
    private let seeds = 10
    private let widths = [6, 8]
    private let filters = 12
    private let window = 3
    private let classes = 4

    func run(_ machine: Machine) -> Report {
        let outcomes = machine.runAll(pulls.count * seeds) { job in
            outcome(pulls[job / seeds], seed: UInt64(job % seeds))
        }
        func figures(_ k: Int, _ value: (Outcome) -> Double) -> Figures {
            Figures((0..<seeds).map { value(outcomes[k * seeds + $0]) })
        }
        func gain(_ k: Int) -> Figures {
            figures(k) { ($0.precision[0] + $0.precision[1]) / 2 }
                .minus(figures(0) { ($0.precision[0] + $0.precision[1]) / 2 })
        }
        var report = Report()
        report.write("## Relevance: what tags add to filters")
        report.write(
            """
            Two senses of 6 and 8 numbers, sequences of 12 frames; each of four states adds a pattern of
            3 frames at a chance place to noise. 40 windows of each sense are tagged, 400 tested. Filters,
            predictor and relevance by ADMM (cross-model CNN, Wu et al. 2016, as far as it is published): 12
            filters, 60 iterations. Accuracy of the state read from one sense, and mean average precision of
            looking up the other sense's windows of the same state; seeds 0 to \(seeds - 1), the prototype's
            figure in brackets. Seeds draw the task anew, so what counts is the gain within each.
            """)
        report.table(
            [
                "μ", "accuracy 1", "accuracy 2", "mAP 1 to 2", "mAP 2 to 1", "gain in mAP",
                "seeds better",
            ],
            pulls.indices.map { k in
                let values = [
                    figures(k) { $0.accuracy[0] }, figures(k) { $0.accuracy[1] },
                    figures(k) { $0.precision[0] }, figures(k) { $0.precision[1] },
                ]
                return ["\(pulls[k])"]
                    + zip(values, published[k]).map { "\($0.text) (\(short($1)))" }
                    + (k == 0
                        ? ["", ""]
                        : [short(gain(k).mean), "\(gain(k).values.count { $0 > 0 }) of \(seeds)"])
            })
        let better = gain(2).values.count { $0 > 0 }
        report.claim(
            "at μ = 1 relevance helps retrieval in at least 9 of 10 seeds.", holds: better >= 9,
            "In \(better); each seed \(gain(2).each).")
        report.claim(
            "by .015 at least on the mean.", holds: gain(2).mean >= 0.015,
            "By \(short(gain(2).mean)); the prototype .024.")
        report.claim(
            "most at a moderate μ.", holds: gain(2).mean > gain(3).mean,
            "At μ = 2 by \(short(gain(3).mean)).")
        let primal = outcomes.map(\.primal).max() ?? 0
        report.claim(
            "the places of the points are those of the filters, mean |S − F| < .005.",
            holds: primal < 0.005,
            "At most \(short(primal, digits: 4)); the dual residual at most \(short(outcomes.map(\.dual).max() ?? 0, digits: 4))."
        )
        report.endList()
        return report
    }

    private func outcome(_ pull: Double, seed: UInt64) -> Outcome {
        var random = SeededGenerator(seed: seed)
        let patterns = widths.map { d in
            (0..<classes).map { _ in (0..<window * d).map { _ in random.gaussian() } }
        }
        let (training, test) = (
            draw(40, patterns, using: &random), draw(400, patterns, using: &random)
        )
        let start = widths.map { d in
            Matrix(
                rows: window * d, columns: filters,
                elements: (0..<window * d * filters).map { _ in 0.1 * random.gaussian() })
        }
        let points = widths.indices.flatMap { m in
            training.states.enumerated().map { i, state in
                // Paired by state only: no two senses share a window.
                RelevanceMatrix.Point(sense: m, state: state, window: m * training.states.count + i)
            }
        }
        var weights = RelevanceObjective.Weights()
        weights.relevance = pull
        let objective = RelevanceObjective(
            training.senses, states: points.map(\.state), classes: classes,
            relevance: RelevanceMatrix(points), weights: weights)
        guard let solved = RelevanceADMM.solve(objective, from: start) else {
            preconditionFailure("gaussian numbers are finite")
        }
        let f = zip(test.senses, solved.solution.filters).map { $0.answers($1).f }
        let accuracy = f.map { f in
            let scores = f.times(solved.solution.predictor)
            let hits = test.states.indices.count { i in
                let row = Array(scores.row(i))
                return row.indices.max { row[$0] < row[$1] } == test.states[i]
            }
            return Double(hits) / Double(test.states.count)
        }
        func precision(_ from: Int, _ to: Int) -> Double {
            meanAveragePrecision(from: f[from], states: test.states, to: f[to], states: test.states)
                ?? 0
        }
        return Outcome(
            accuracy: accuracy, precision: [precision(0, 1), precision(1, 0)],
            primal: solved.primalResidual, dual: solved.dualResidual)
    }

    private func draw(
        _ count: Int, _ patterns: [[[Double]]], using random: inout SeededGenerator
    ) -> (senses: [SubSequences], states: [Int]) {
        let states = (0..<count).map { _ in Int.random(in: 0..<classes, using: &random) }
        let senses = widths.enumerated().map { m, d in
            SubSequences(
                states.map { state in
                    var x = (0..<12 * d).map { _ in random.gaussian() }
                    let place = Int.random(in: 0..<10, using: &random)
                    for k in 0..<window * d { x[place * d + k] += 1.1 * patterns[m][state][k] }
                    return x[...]
                }, width: d, window: window)
        }
        return (senses, states)
    }
}
