import Fusion
import Learning
import LinearAlgebra
import Signals
import SyntheticSenses

/// Does what senses share come into the common part and the rest into the own ones, and what do the two
/// terms between distributions add?
struct Parting {
    private struct Outcome {
        var commonOfShared = 0.0
        var commonOfOwn = 0.0
        var ownOfOwn = 0.0
        var ownOfShared = 0.0
        var cosine = 0.0
        var directions = 0.0
        /// Mean absolute error of y, by rows that the probe learnt from.
        var errors: [Double] = []
    }

    private let training = 4000
    private let test = 1000
    private let seeds = 5
    private let labelled = [100, 4000]
    private struct Variant {
        var name: String
        var transport = DecAlignSettings().transport
        var matching = DecAlignSettings().matching
        /// Whether the common part is held to `SharedDirections`.
        var isHeld = true
    }

    private let variants = [
        Variant(name: "full"), Variant(name: "without transport", transport: 0),
        Variant(name: "without matching", matching: 0),
        Variant(name: "neither", transport: 0, matching: 0),
        Variant(name: "full, common part not held", isHeld: false),
    ]

    func run(_ machine: Machine) -> Report {
        let outcomes = machine.runAll(variants.count * seeds) { job in
            outcome(variants[job / seeds], seed: UInt64(job % seeds + 1))
        }
        func figures(_ k: Int, _ value: (Outcome) -> Double) -> Figures {
            Figures((0..<seeds).map { value(outcomes[k * seeds + $0]) })
        }
        var report = Report()
        report.write("## Common and own: what comes into which part")
        report.write(
            """
            Three senses of 32 numbers share c ∈ R⁴ and each know a u ∈ R⁴ of their own, x = A c + B u + 0.1 e;
            \(training) windows to learn from, \(test) to test on, `decalign` with parts of 32 numbers, 20 epochs;
            seeds 1 to \(seeds), mean ± standard deviation. R² of linear probes on windows not learnt from, mean
            over senses; y = w c + ½ w′ u₁ is read from all parts by a probe that saw \(labelled[0]) or
            \(labelled[1]) values of it, mean absolute error.
            """)
        report.table(
            ["", "z → c", "z → u", "u → u", "u → c", "mean abs. cos(u, z)", "directions held"]
                + labelled.map { "error of y, \($0)" },
            variants.indices.map { k in
                [variants[k].name]
                    + [
                        figures(k) { $0.commonOfShared }, figures(k) { $0.commonOfOwn },
                        figures(k) { $0.ownOfOwn }, figures(k) { $0.ownOfShared },
                        figures(k) { $0.cosine }, figures(k) { $0.directions },
                    ].map(\.text)
                    + labelled.indices.map { i in figures(k) { $0.errors[i] }.text }
            })
        report.write(
            """
            No more than 9π/32 = .884 of c can be read by a line from a z that is c scaled to unit length: what
            the length would say is gone, by definition of the space. So .9, which was asked, is out of reach for
            the linear probe; without the scaling linear generalised canonical correlation reads .998.
            The own part holds the shared factors as well: nothing in the loss forbids it, squared cosine asks for
            orthogonal vectors, not for independent ones.
            """)
        let shared = figures(0) { $0.commonOfShared }
        report.claim(
            "The common part holds what is shared, R² at least .86", holds: shared.mean >= 0.86,
            shared.text)
        let leak = figures(0) { $0.commonOfOwn }
        report.claim(
            "and nothing of what is a sense's own, at most .1", holds: leak.mean <= 0.1, leak.text)
        let own = figures(0) { $0.ownOfOwn }
        report.claim(
            "The own part holds what is the sense's own, at least .8", holds: own.mean >= 0.8,
            own.text)
        let cosine = figures(0) { $0.cosine }
        report.claim(
            "Both are orthogonal, mean |cos| below .1", holds: cosine.mean < 0.1, cosine.text)
        let unheld = figures(4) { $0.commonOfOwn }
        report.claim(
            "It is the holding that keeps the own out: without it there is at least three times as much",
            holds: unheld.mean >= 3 * leak.mean, unheld.text)
        report.endList()
        let rows = labelled.indices.flatMap { i in
            (1...3).map { k -> [String] in
                let more = figures(k) { $0.errors[i] }.minus(figures(0) { $0.errors[i] })
                return [
                    "\(labelled[i])", variants[k].name, more.text,
                    "\(more.values.count { $0 >= 0 }) of \(seeds)",
                ]
            }
        }
        report.write("Error of y more than that of `full`, within each seed:")
        report.table(["labelled", "", "more", "seeds not better than full"], rows)
        return report
    }

    private func outcome(_ variant: Variant, seed: UInt64) -> Outcome {
        let rows = PartedSenses(count: training, test: test, seed: seed)
        var settings = PartedSenses.training
        settings.decAlign.transport = variant.transport
        settings.decAlign.matching = variant.matching
        let trained: TrainedParts
        let plain: [StreamName: SenseNetwork]
        do {
            var trainer = try Trainer(rows, settings: settings)
            while !trainer.isFinished { try trainer.epoch() }
            plain = trainer.networks
            trained = try TrainedParts(
                of: rows, networks: plain, prototypes: settings.decAlign.prototypes)
        } catch {
            preconditionFailure("rows in memory fit these settings: \(error)")
        }
        let d = settings.dimension
        let (train, test) = (Array(0..<rows.count), Array(rows.count..<rows.c.rows))
        func r2(_ x: Matrix, _ y: Matrix) -> Double {
            let told = FactorProbe(
                embeddings: x.selecting(rows: train), factors: y.selecting(rows: train)
            ).determination(embeddings: x.selecting(rows: test), factors: y.selecting(rows: test))
            return told.reduce(0, +) / Double(told.count)
        }
        var outcome = Outcome()
        var whole = [[Double]](repeating: [], count: rows.c.rows)
        for (m, sense) in rows.senses.enumerated() {
            let networks = variant.isHeld ? trained.networks : plain
            let (z, u) = rows.parts(networks[sense.name]!, sense: m)
            outcome.commonOfShared += r2(z, rows.c) / 3
            outcome.commonOfOwn += r2(z, rows.own[m]) / 3
            outcome.ownOfOwn += r2(u, rows.own[m]) / 3
            outcome.ownOfShared += r2(u, rows.c) / 3
            for row in test {
                let (a, b) = (z.row(row), u.row(row))
                let dot = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
                let length = b.reduce(0) { $0 + $1 * $1 }.squareRoot()
                outcome.cosine += abs(dot) / length / Double(3 * test.count)
            }
            for row in whole.indices { whole[row] += Array(z.row(row)) + Array(u.row(row)) }
        }
        outcome.directions = Double(variant.isHeld ? trained.directions?.count ?? d : d)
        let told = Matrix(rows: whole.count, columns: 6 * d, elements: whole.flatMap(\.self))
        outcome.errors = labelled.map { count in
            let some = Array(0..<count)
            let probe = FactorProbe(
                embeddings: told.selecting(rows: some), factors: rows.y.selecting(rows: some))
            let read = probe.predict(told.selecting(rows: test))
            return test.indices.reduce(0) { $0 + abs(read[$1, 0] - rows.y[test[$1], 0]) }
                / Double(test.count)
        }
        return outcome
    }
}
