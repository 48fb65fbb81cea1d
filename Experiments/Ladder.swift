import Learning
import LinearAlgebra
import Signals

/// Four senses from poor to rich: does it matter what the senses are drawn to?
struct Ladder {
    /// Figures of one run.
    private struct Outcome {
        /// Accuracy of a ridge probe on each sense, on all together and on their centroid.
        var accuracies: [Double] = []
        var recall = 0.0

        var figures: [Double] { accuracies + [recall] }
    }

    private struct Mode {
        let name: String
        let training: ContrastiveTraining
        /// PAPERS 1(d): Z1 Z2 Z3 Z4, all, centroid, R@1.
        let published: [Double]
    }

    private static func centroid(gradient: Bool, normalised: Bool) -> Objective {
        var centroid = Objective.Centroid()
        centroid.passesGradient = gradient
        centroid.isNormalised = normalised
        return .centroid(centroid)
    }

    private let modes = [
        Mode(
            name: "fixed anchor X1 (poor), frozen",
            training: .init(toSense: 0, isFrozen: true),
            published: [0.543, 0.789, 0.852, 0.869, 0.962, 0.914, 0.053]),
        Mode(
            name: "fixed anchor X4 (rich), frozen",
            training: .init(toSense: 3, isFrozen: true),
            published: [0.672, 0.848, 0.914, 0.791, 0.983, 0.965, 0.070]),
        Mode(
            name: "fixed anchor X1, trained",
            training: .init(toSense: 0, isFrozen: false),
            published: [0.684, 0.815, 0.870, 0.886, 0.968, 0.920, 0.082]),
        Mode(
            name: "fixed anchor X4, trained",
            training: .init(toSense: 3, isFrozen: false),
            published: [0.676, 0.869, 0.932, 0.956, 0.987, 0.981, 0.134]),
        Mode(
            name: "centroid, as by default",
            training: .init(centroid(gradient: false, normalised: false)),
            published: [0.675, 0.860, 0.921, 0.937, 0.982, 0.973, 0.123]),
        Mode(
            name: "centroid, gradient through it",
            training: .init(centroid(gradient: true, normalised: false)),
            published: [0.672, 0.854, 0.910, 0.931, 0.982, 0.971, 0.122]),
        Mode(
            name: "centroid, normalised",
            training: .init(centroid(gradient: false, normalised: true)),
            published: [0.675, 0.851, 0.915, 0.931, 0.982, 0.973, 0.117]),
        Mode(
            name: "centroid, normalised, gradient",
            training: .init(centroid(gradient: true, normalised: true)),
            published: [0.661, 0.816, 0.884, 0.909, 0.976, 0.964, 0.102]),
        Mode(
            name: "all pairs", training: .init(.allPairs),
            published: [0.683, 0.868, 0.934, 0.952, 0.988, 0.980, 0.136]),
    ]
    private let seeds = 3

    func run(_ machine: Machine) -> Report {
        let outcomes = machine.runAll(modes.count * seeds) { job in
            outcome(modes[job / seeds].training, seed: UInt64(job % seeds))
        }
        /// One figure of one mode over the seeds.
        func figures(_ mode: Int, _ column: Int) -> Figures {
            Figures((0..<seeds).map { outcomes[mode * seeds + $0].figures[column] })
        }
        var report = Report()
        report.write("## Ladder: senses from poor to rich")
        report.write(
            """
            Four senses see 4, 8, 12 and 16 of 16 latent coordinates; 20 classes, 8000 windows to train
            on, 2000 to test. Z1 to Z4: accuracy of a ridge probe on one sense's embedding; all: on the
            four end to end; centroid: on their normalised mean; R@1: a window's recall among 500, mean
            of the 12 ordered pairs. Mean ± deviation of seeds 0 to \(seeds - 1), and in brackets the
            figure of the prototype this is held against. Seeds draw the task anew, so compare within
            one seed.
            """)
        report.table(
            ["drawn to", "Z1", "Z2", "Z3", "Z4", "all", "centroid", "R@1"],
            modes.indices.map { mode in
                [modes[mode].name]
                    + (0..<7).map {
                        "\(figures(mode, $0).text) (\(short(modes[mode].published[$0])))"
                    }
            })
        judge(figures, into: &report)
        let isBelow = modes.indices.filter { mode in
            !(0..<seeds).allSatisfy { seed in
                let together = figures(mode, 4).values[seed]
                return (0..<4).allSatisfy { together > figures(mode, $0).values[seed] }
            }
        }
        report.claim(
            "all senses together tell more than any one alone, in every run.",
            holds: isBelow.isEmpty, isBelow.map { modes[$0].name }.joined(separator: ", "))
        report.endList()
        compare(figures, into: &report)
        return report
    }

    /// What PAPERS 1(d) asks for.
    private func judge(_ figures: (Int, Int) -> Figures, into report: inout Report) {
        for (mode, name) in [(0, "frozen"), (2, "trained")] {
            for (column, measure) in [(1, "Z2"), (2, "Z3"), (3, "Z4"), (4, "all"), (6, "R@1")] {
                let lead = figures(4, column).minus(figures(mode, column))
                report.claim(
                    "the centroid beats the poor anchor X1, \(name), on \(measure).",
                    holds: lead.mean > 0, "By \(short(lead.mean)); each seed \(lead.each).")
            }
        }
        let onZ4 = figures(4, 3).minus(figures(1, 3))
        report.claim(
            "the centroid beats the frozen rich anchor X4 on Z4 by more than .1 in every seed.",
            holds: onZ4.values.allSatisfy { $0 > 0.1 }, "Each seed \(onZ4.each).")
        let onRecall = figures(4, 6).minus(figures(1, 6))
        report.claim(
            "the centroid beats the frozen rich anchor X4 on R@1 by more than .04 in every seed.",
            holds: onRecall.values.allSatisfy { $0 > 0.04 }, "Each seed \(onRecall.each).")
        let onAll = figures(4, 4).minus(figures(1, 4))
        report.claim(
            "the centroid and the frozen rich anchor X4 are within .01 on all senses together.",
            holds: abs(onAll.mean) <= 0.01, "Apart by \(short(onAll.mean)).")
    }

    /// Where the centroid is not the best.
    private func compare(_ figures: (Int, Int) -> Figures, into report: inout Report) {
        func lead(_ mode: Int, _ column: Int) -> String {
            short(figures(mode, column).mean - figures(4, column).mean)
        }
        report.write(
            """
            What the centroid does not do: a trained rich anchor, had one known that X4 is the rich
            one, differs from it by \(lead(3, 3)) on Z4, \(lead(3, 4)) on all and \(lead(3, 6)) on R@1;
            all pairs by \(lead(8, 3)), \(lead(8, 4)) and \(lead(8, 6)). Both are as good or better. The
            centroid's worth is that nobody has to know the best anchor, at 4 terms instead of 6.
            """)
    }

    private func outcome(_ training: ContrastiveTraining, seed: UInt64) -> Outcome {
        var random = SeededGenerator(seed: seed)
        let data = LatentSenses(coordinates: LatentSenses.ladder, using: &random)
        let encoders = training.run(data.training, using: &random)
        func embed(_ part: LatentSenses.Part) -> [Matrix] {
            part.senses.enumerated().map { encoders.embed($1, sense: $0) }
        }
        let train = embed(data.training)
        let test = embed(data.test)
        var outcome = Outcome()
        let readings = zip(
            train + [endToEnd(train), sum(train).unitRows],
            test + [endToEnd(test), sum(test).unitRows])
        for (train, test) in readings {
            let probe = RidgeProbe(
                embeddings: train, labels: data.training.labels, classes: LatentSenses.classes)
            outcome.accuracies.append(probe.accuracy(test, labels: data.test.labels))
        }
        outcome.recall =
            Figures(orderedPairs(4).map { recall(test, from: $0.from, to: $0.to) }).mean
        return outcome
    }
}

/// The columns of several matrices, side by side.
private func endToEnd(_ z: [Matrix]) -> Matrix {
    Matrix(
        rows: z[0].rows, columns: z.reduce(0) { $0 + $1.columns },
        elements: (0..<z[0].rows).flatMap { row in z.flatMap { $0.row(row) } })
}

private func sum(_ z: [Matrix]) -> Matrix {
    var sum = z[0]
    for other in z.dropFirst() {
        for k in sum.elements.indices { sum.elements[k] += other.elements[k] }
    }
    return sum
}
