import Foundation
import Learning
import LinearAlgebra
import Signals

/// What distances between embeddings tell, and what they do not: the recipes of PAPERS 2(d).
struct Geometry {
    private let n = 500
    private let seeds = 3
    private let spreads = [0.0, 0.5, 1.0]
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
            machine.runAll(spreads.count * seeds) {
                recalls(spread: spreads[$0 / seeds], seed: UInt64($0 % seeds))
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
            smallest of all is taken off.
            """)
        let means = spreads.indices.map { k in
            (0..<5).map { metric in
                Figures((0..<seeds).map { runs[k * seeds + $0][metric] }).mean
            }
        }
        report.table(
            ["σ", "cosine", "Euclid", "Manhattan", "χ²", "Euclid of unit rows"],
            spreads.indices.map { k in
                ["\(spreads[k])"]
                    + zip(means[k], publishedRecall[k]).map { "\(short($0)) (\(short($1)))" }
            })
        report.claim(
            "cosine is Euclid of unit rows, to the window.",
            holds: runs.allSatisfy { $0[0] == $0[4] }, "")
        report.claim(
            "cosine finds more than Euclid, and Euclid more than Manhattan, at every σ.",
            holds: means.allSatisfy { $0[0] > $0[1] && $0[1] > $0[2] },
            "Leads \(means.map { short($0[0] - $0[1]) }.joined(separator: " ")) and \(means.map { short($0[1] - $0[2]) }.joined(separator: " "))."
        )
        report.claim(
            "once lengths spread, cosine leads by far more.",
            holds: means[1...].allSatisfy { $0[0] - $0[1] > 2 * (means[0][0] - means[0][1]) }, "")
        report.claim(
            "cosine does not depend on σ.",
            holds: (0..<seeds).allSatisfy { seed in
                Set(spreads.indices.map { runs[$0 * seeds + seed][0] }).count == 1
            }, "")
        report.endList()
    }

    private func writeGaps(_ runs: [[Double]], into report: inout Report) {
        report.write(
            """
            A gap between two senses: 500 pairs of unit rows of 32 numbers, x = u + 0.15 e, y = u + 0.15 e' + g
            e₁, normalised. Length of the difference of the means, Gaussian W₂², sliced W₂² over 64 directions
            times 32, R@1 by cosine, and the same with each side centred first. Mean of seeds 0 to
            \(seeds - 1); the prototype, of one seed, in brackets.
            """)
        let means = gaps.indices.map { k in
            (0..<5).map { figure in
                Figures((0..<seeds).map { runs[k * seeds + $0][figure] }).mean
            }
        }
        report.table(
            ["g", "difference of means", "Gaussian W₂²", "sliced W₂² × d", "R@1", "R@1 centred"],
            gaps.indices.map { k in
                ["\(gaps[k])"]
                    + zip(means[k], publishedGap[k]).map { "\(short($0)) (\(short($1)))" }
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

    private func recalls(spread: Double, seed: UInt64) -> [Double] {
        var random = SeededGenerator(seed: seed)
        let d = 64
        var x = Matrix(rows: n, columns: d)
        var y = x
        for i in 0..<n {
            let (s, t) = (exp(spread * random.gaussian()), exp(spread * random.gaussian()))
            for j in 0..<d {
                let u = random.gaussian()
                x[i, j] = s * (u + 1.2 * random.gaussian())
                y[i, j] = t * (u + 1.2 * random.gaussian())
            }
        }
        return RetrievalMetric.allCases.map { $0.recallAt1(from: x, to: y) }
            + [RetrievalMetric.euclid.recallAt1(from: x.unitRows, to: y.unitRows)]
    }

    private func gap(_ g: Double, seed: UInt64) -> [Double] {
        var random = SeededGenerator(seed: seed)
        let d = 32
        func normal() -> Matrix {
            Matrix(rows: n, columns: d, elements: (0..<n * d).map { _ in random.gaussian() })
        }
        let u = normal().unitRows
        let x = u.adding(normal(), 0.15).unitRows
        var y = u.adding(normal(), 0.15)
        for i in 0..<n { y[i, 0] += g }
        y = y.unitRows
        let apart = (0..<d).map { j in
            (0..<n).reduce(0) { $0 + x[$1, j] - y[$1, j] } / Double(n)
        }
        return [
            apart.reduce(0) { $0 + $1 * $1 }.squareRoot(),
            gaussianWasserstein(x, y) ?? .nan,
            Double(d) * slicedWasserstein(x, y, using: &random),
            RetrievalMetric.cosine.recallAt1(from: x, to: y),
            RetrievalMetric.cosine.recallAt1(from: x.centredRows, to: y.centredRows),
        ]
    }
}
