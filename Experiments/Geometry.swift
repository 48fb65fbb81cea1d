import Foundation
import Learning
import LinearAlgebra
import Signals

/// What distances between embeddings tell, and what they do not: the recipes of PAPERS 2(d).
struct Geometry {
    private let n = 500
    private let seeds = 3
    /// How much lengths spread, and whether the second side is turned.
    private let settings: [(spread: Double, isTurned: Bool)] = [
        (0, false), (0.5, false), (1, false), (0, true),
    ]
    /// Pairs that learned metrics are fitted on, beside the `n` that all are measured on.
    private let lesson = 2000
    private let gaps = [0.0, 0.5, 1.0, 2.0]

    /// PAPERS 2(d): cosine, Euclid, Manhattan, χ², Euclid of unit rows.
    private let publishedRecall = [
        [0.661, 0.537, 0.457, 0.511, 0.661], [0.661, 0.284, 0.244, 0.285, 0.661],
        [0.661, 0.283, 0.223, 0.284, 0.661],
    ]
    /// Mean difference, Gaussian W₂², sliced W₂² × d, R@1, R@1 centred.
    private let publishedGap = [
        [0.05, 0.024, 0.008, 0.756, 0.764], [0.36, 0.154, 0.150, 0.728, 0.758],
        [0.61, 0.434, 0.458, 0.674, 0.750], [0.85, 0.938, 1.004, 0.618, 0.732],
    ]

    func run(_ machine: Machine) -> Report {
        var report = Report()
        report.write("## Geometry: which metric, and what a gap is worth")
        writeMetrics(
            machine.runAll(settings.count * seeds) {
                recalls(settings[$0 / seeds], seed: UInt64($0 % seeds))
            }, into: &report)
        writeGaps(
            machine.runAll(gaps.count * seeds) {
                gap(gaps[$0 / seeds], seed: UInt64($0 % seeds))
            }, into: &report)
        return report
    }

    private func writeMetrics(_ runs: [[Double]], into report: inout Report) {
        report.write(
            """
            500 pairs of 64 numbers, x = s (u + 1.2 e) and y = s' (u + 1.2 e'), u, e and e' normal; s and s'
            spread the length of each row by exp(σ N(0, 1)). R@1 from x to y, mean of seeds 0 to \(seeds - 1),
            the prototype's figure in brackets. χ² is of numbers that are not negative: of both sides the
            smallest of all is taken off. The last two are learnt on \(lesson) other pairs: a matrix, xᵀ W y, and a
            network of one hidden layer over [x; y; |x − y|; x ∘ y] (`LearnedMetric`). In the last row y is
            turned by a random rotation.
            """)
        let means = settings.indices.map { k in
            (0..<7).map { metric in
                Figures((0..<seeds).map { runs[k * seeds + $0][metric] }).mean
            }
        }
        report.table(
            [
                "σ", "cosine", "Euclid", "Manhattan", "χ²", "Euclid of unit rows", "matrix",
                "network",
            ],
            settings.enumerated().map { k, setting in
                [setting.isTurned ? "0, turned" : "\(setting.spread)"]
                    + means[k].enumerated().map { metric, mean in
                        k < publishedRecall.count && metric < publishedRecall[k].count
                            ? "\(short(mean)) (\(short(publishedRecall[k][metric])))" : short(mean)
                    }
            })
        let straight = Array(means.dropLast())
        report.claim(
            "cosine is Euclid of unit rows, to the window.",
            holds: runs.allSatisfy { $0[0] == $0[4] }, "")
        report.claim(
            "cosine finds more than Euclid, and Euclid more than Manhattan, at every σ.",
            holds: straight.allSatisfy { $0[0] > $0[1] && $0[1] > $0[2] },
            "Leads \(straight.map { short($0[0] - $0[1]) }.joined(separator: " ")) and \(straight.map { short($0[1] - $0[2]) }.joined(separator: " "))."
        )
        report.claim(
            "once lengths spread, cosine leads by far more.",
            holds: straight[1...].allSatisfy {
                $0[0] - $0[1] > 2 * (straight[0][0] - straight[0][1])
            }, "")
        report.claim(
            "cosine does not depend on σ.",
            holds: (0..<seeds).allSatisfy { seed in
                Set(straight.indices.map { runs[$0 * seeds + seed][0] }).count == 1
            }, "")
        report.claim(
            "where all directions are alike cosine is the best measure there is: learning finds no more.",
            holds: straight.allSatisfy { max($0[5], $0[6]) <= $0[0] + 0.01 }, "")
        report.claim(
            "turned away, no given measure finds anything, and the matrix finds most of it again.",
            holds: means.last!.prefix(5).allSatisfy { $0 < 0.02 }
                && means.last![5] > 0.5 * straight[0][0],
            "\(short(means.last![5] / straight[0][0], digits: 2)) of it.")
        report.endList()
    }

    private func writeGaps(_ runs: [[Double]], into report: inout Report) {
        report.write(
            """
            A gap between two senses: 500 pairs of unit rows of 32 numbers, x = u + 0.15 e, y = u + 0.15 e' + g
            e₁, normalised. Length of the difference of the means, Gaussian W₂², sliced W₂² over 64 directions
            times 32, R@1 by cosine, the same with each side centred first, and by what was learnt on
            \(lesson) other pairs. Mean of seeds 0 to \(seeds - 1); the prototype, of one seed, in brackets.
            """)
        let means = gaps.indices.map { k in
            (0..<7).map { figure in
                Figures((0..<seeds).map { runs[k * seeds + $0][figure] }).mean
            }
        }
        report.table(
            [
                "g", "difference of means", "Gaussian W₂²", "sliced W₂² × d", "R@1", "R@1 centred",
                "matrix", "network",
            ],
            gaps.indices.map { k in
                ["\(gaps[k])"]
                    + zip(means[k], publishedGap[k]).map { "\(short($0)) (\(short($1)))" }
                    + means[k].suffix(2).map { short($0) }
            })
        func rises(_ figure: Int) -> Bool {
            (0..<seeds).allSatisfy { seed in
                let row = gaps.indices.map { runs[$0 * seeds + seed][figure] }
                return zip(row, row.dropFirst()).allSatisfy { $0 < $1 }
            }
        }
        report.claim(
            "both distances rise with the gap, in every seed.", holds: rises(1) && rises(2), "")
        report.claim(
            "recall falls by far less: a distance is a sign of a gap, no measure of alignment.",
            holds: means[3][3] > 0.7 * means[0][3] && means[3][1] > 10 * means[0][1],
            "W₂² \(short(means[3][1] / means[0][1], digits: 0)) times, recall \(short(means[3][3] / means[0][3], digits: 2))."
        )
        let recovered = (1..<gaps.count).map { k in
            (means[k][4] - means[k][3]) / (means[0][3] - means[k][3])
        }
        report.claim(
            "centring gives back more than three quarters of what was lost, at every gap.",
            holds: recovered.allSatisfy { $0 > 0.75 },
            recovered.map { short($0, digits: 2) }.joined(separator: " ") + " of it.")
        report.endList()
        report.write(
            """
            W₂² is not 0 without a gap: it has to be held against what two samples of the same are apart,
            never against a number.
            """)
    }

    private func recalls(_ setting: (spread: Double, isTurned: Bool), seed: UInt64) -> [Double] {
        let d = 64
        var fixed = SeededGenerator(seed: seed, place: 1)
        let turn = rotation(d, using: &fixed)
        func pairs(_ n: Int, _ random: inout SeededGenerator) -> (x: Matrix, y: Matrix) {
            var x = Matrix(rows: n, columns: d)
            var y = x
            for i in 0..<n {
                let s = exp(setting.spread * random.gaussian())
                let t = exp(setting.spread * random.gaussian())
                for j in 0..<d {
                    let u = random.gaussian()
                    x[i, j] = s * (u + 1.2 * random.gaussian())
                    y[i, j] = t * (u + 1.2 * random.gaussian())
                }
            }
            return (x, setting.isTurned ? y.times(turn) : y)
        }
        var random = SeededGenerator(seed: seed)
        let (x, y) = pairs(n, &random)
        let taught = pairs(lesson, &random)
        return RetrievalMetric.allCases.map { $0.recallAt1(from: x, to: y) }
            + [RetrievalMetric.euclid.recallAt1(from: x.unitRows, to: y.unitRows)]
            + learned(taught, x, y, seed: seed)
    }

    /// R@1 of a matrix and of a network that were fitted on `taught`.
    private func learned(
        _ taught: (x: Matrix, y: Matrix), _ x: Matrix, _ y: Matrix, seed: UInt64
    ) -> [Double] {
        LearnedMetric.Shape.allCases.map {
            LearnedMetric($0, fittedOn: taught.x, taught.y, seed: seed)?.recallAt1(from: x, to: y)
                ?? .nan
        }
    }

    /// The eigenvectors of a random symmetric matrix.
    private func rotation(_ d: Int, using random: inout SeededGenerator) -> Matrix {
        let x = Matrix(
            rows: 2 * d, columns: d, elements: (0..<2 * d * d).map { _ in random.gaussian() })
        return SymmetricEigen(x.transposedTimes(x))?.vectors ?? x
    }

    private func gap(_ g: Double, seed: UInt64) -> [Double] {
        var random = SeededGenerator(seed: seed)
        let d = 32
        func pairs(_ n: Int, _ random: inout SeededGenerator) -> (x: Matrix, y: Matrix) {
            func normal() -> Matrix {
                Matrix(rows: n, columns: d, elements: (0..<n * d).map { _ in random.gaussian() })
            }
            let u = normal().unitRows
            let x = u.adding(normal(), 0.15).unitRows
            var y = u.adding(normal(), 0.15)
            for i in 0..<n { y[i, 0] += g }
            return (x, y.unitRows)
        }
        let (x, y) = pairs(n, &random)
        let apart = zip(x.columnMeans, y.columnMeans).map { $0 - $1 }
        let sliced = Double(d) * slicedWasserstein(x, y, using: &random)
        let taught = pairs(lesson, &random)
        return [
            apart.reduce(0) { $0 + $1 * $1 }.squareRoot(),
            gaussianWasserstein(x, y) ?? .nan, sliced,
            RetrievalMetric.cosine.recallAt1(from: x, to: y),
            RetrievalMetric.cosine.recallAt1(from: x.centred, to: y.centred),
        ] + learned(taught, x, y, seed: seed)
    }
}
