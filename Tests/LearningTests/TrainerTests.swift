import Fusion
import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct TrainerTests {
    private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings
    {
        var settings = TrainingSettings()
        settings.dimension = 8
        settings.hidden = [32]
        settings.batch = 140
        settings.epochs = 6
        settings.seed = 11
        settings.negativeGap = 2
        change(&settings)
        return settings
    }

    private func rows(_ change: (inout SyntheticRows) -> Void = { _ in }) -> SyntheticRows {
        var rows = SyntheticRows(count: 330, senses: 3, frames: true, seed: 2)
        rows.isMissing = { sense, row in (row + sense) % 5 == 0 }
        change(&rows)
        return rows
    }

    static let objectives: [Objective] = [
        .centroid(), .fixed(StreamName("s1"), isFrozen: false),
        .fixed(StreamName("s1"), isFrozen: true), .allPairs,
    ]

    @Test(
        "A training that was stored after three epochs ends like one that was not, to the bit",
        arguments: objectives)
    func resuming(objective: Objective) throws {
        let settings = settings {
            $0.objective = objective
            $0.featureDropout = 0.1
            $0.decay = 0.01
        }
        var whole = try Trainer(rows(), settings: settings)
        while !whole.isFinished { try whole.epoch() }
        var first = try Trainer(rows(), settings: settings)
        for _ in 0..<3 { try first.epoch() }
        var second = try Trainer(resuming: first.encoded, rows(), settings: settings)
        #expect(second.epochs == 3)
        while !second.isFinished { try second.epoch() }
        #expect(second.reports == whole.reports)
        #expect(second.networks == whole.networks)
        #expect(second.encoded == whole.encoded)
    }

    @Test("One thread and two train the same networks, to the bit", arguments: objectives)
    func threads(objective: Objective) throws {
        let settings = settings {
            $0.objective = objective
            $0.epochs = 3
            $0.batch = 270
        }
        var one = try Trainer(rows(), settings: settings)
        var two = try Trainer(rows(), settings: settings, workers: Workers(threads: 2))
        for _ in 0..<3 {
            try one.epoch()
            try two.epoch()
        }
        #expect(one.encoded == two.encoded)
    }

    @Test(
        "Windows of one asset nearer than the gap are no negatives: with none left there is no loss"
    )
    func negativeGap() throws {
        func loss(gap: Int, assets: Int) throws -> Double {
            var rows = SyntheticRows(count: 200, senses: 2, seed: 1)
            rows.assets = assets
            var trainer = try Trainer(rows, settings: settings { $0.negativeGap = gap })
            return try trainer.epoch().loss
        }
        #expect(abs(try loss(gap: 200, assets: 1)) < 1e-5)
        #expect(try loss(gap: 200, assets: 2) > 1)
        #expect(try loss(gap: 5, assets: 1) < loss(gap: 1, assets: 1))
    }

    @Test("Another seed gives other networks")
    func seeds() throws {
        var one = try Trainer(rows(), settings: settings())
        var two = try Trainer(rows(), settings: settings { $0.seed = 12 })
        #expect(try one.epoch() != two.epoch())
    }

    @Test(
        "A centroid brings senses together that share a state: windows held back find each other",
        arguments: UInt64(0)..<3)
    func learning(seed: UInt64) throws {
        let rows = SyntheticRows(count: 600, senses: 2, seed: seed)
        var trainer = try Trainer(
            rows,
            settings: settings {
                $0.epochs = 25
                $0.batch = 32
                $0.rate = 3e-3
                $0.senseDropout = 0
                $0.noise = 0.1
                $0.seed = seed
                $0.patience = 25
            }, workers: Workers(threads: 2))
        let before = try trainer.epoch()
        while !trainer.isFinished { try trainer.epoch() }
        let best = try #require(trainer.reports.last { $0.isBest })
        // Chance is one in some ninety windows.
        #expect(try #require(best.recallAt1) > 0.3)
        #expect(try #require(trainer.reports.last).loss < before.loss)
        #expect(best.reciprocalRank == trainer.reports.compactMap(\.reciprocalRank).max())
    }

    @Test("Senses that share nothing find nothing")
    func nothingToLearn() throws {
        var rows = SyntheticRows(count: 400, senses: 2, seed: 4)
        let other = SyntheticRows(count: 400, senses: 2, seed: 5)
        rows.replace(sense: 1, by: other)
        var trainer = try Trainer(rows, settings: settings { $0.epochs = 8 })
        while !trainer.isFinished { try trainer.epoch() }
        #expect(trainer.reports.compactMap(\.recallAt1).allSatisfy { $0 < 0.08 })
    }

    @Test("Training ends when the score has not risen for as long as patience says")
    func patience() throws {
        var rows = SyntheticRows(count: 400, senses: 2, seed: 4)
        rows.replace(sense: 1, by: SyntheticRows(count: 400, senses: 2, seed: 5))
        var trainer = try Trainer(
            rows,
            settings: settings {
                $0.epochs = 60
                $0.patience = 3
            })
        while !trainer.isFinished { try trainer.epoch() }
        let best = try #require(trainer.reports.lastIndex { $0.isBest })
        #expect(trainer.epochs == best + 4)
    }

    @Test("The daemon's network puts a row where training put it", arguments: UInt64(0)..<3)
    func serviceAgrees(seed: UInt64) throws {
        let rows = rows()
        var trainer = try Trainer(rows, settings: settings { $0.seed = seed })
        try trainer.epoch()
        for (m, sense) in rows.senses.enumerated() {
            let network = try #require(trainer.networks[sense.name])
            let pass = EncoderPass<Float>(network.architecture, rowsMax: 1)
            for row in 0..<20 {
                let raw = rows.row(row, sense: m)
                let width = network.architecture.inputWidth
                let numbers: ArraySlice<Float>
                let place: UnsafeMutablePointer<Float>
                if case .frames = sense.front {
                    pass.removeFrames()
                    numbers = raw[1..<1 + Int(raw[0]) * width]
                    place = pass.appendFrames(Int(raw[0]))
                } else {
                    numbers = raw[...]
                    place = pass.input.base
                }
                for (k, x) in numbers.enumerated() {
                    place[k] = (x - network.mean[k % width]) / network.scale[k % width]
                }
                pass.forward(rows: 1, parameters: network.parameters)
                for (a, b) in zip(network.project(raw), pass.output.values) {
                    #expect(abs(a - b) < 1e-5)
                }
            }
        }
    }

    @Test("A warm start begins where the given networks are, and refuses other shapes")
    func warmStart() throws {
        var trainer = try Trainer(rows(), settings: settings())
        try trainer.epoch()
        let networks = trainer.networks
        let warm = try Trainer(rows(), settings: settings { $0.seed = 99 }, startingFrom: networks)
        #expect(warm.networks == networks)
        #expect(throws: Trainer.Unfit.self) {
            _ = try Trainer(rows(), settings: settings { $0.hidden = [8] }, startingFrom: networks)
        }
    }

    @Test("A frozen anchor keeps the encoder it began with; the others move")
    func frozenAnchor() throws {
        var trainer = try Trainer(
            rows(), settings: settings { $0.objective = Self.objectives[2] })
        let before = trainer.networks
        try trainer.epoch()
        let after = trainer.networks
        #expect(before[StreamName("s1")] == after[StreamName("s1")])
        #expect(before[StreamName("s0")] != after[StreamName("s0")])
        #expect(before[StreamName("s2")] != after[StreamName("s2")])
    }

    @Test("A stored training of other settings, windows or length is refused with a reason")
    func foreignStates() throws {
        var trainer = try Trainer(rows(), settings: settings())
        try trainer.epoch()
        let state = trainer.encoded
        func reason(_ state: [UInt8], _ rows: SyntheticRows, _ settings: TrainingSettings) -> String
        {
            do {
                _ = try Trainer(resuming: state, rows, settings: settings)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(reason(state, rows(), settings { $0.epochs = 50 }).isEmpty)
        #expect(reason(state, rows(), settings { $0.temperature = 0.2 }).contains("settings"))
        let longer = SyntheticRows(count: 331, senses: 3, frames: true, seed: 2)
        #expect(reason(state, longer, settings()).contains("windows"))
        #expect(reason(state + [0], rows(), settings()).contains("left over"))
        #expect(reason([1, 2, 3, 4, 5], rows(), settings()).contains("begin"))
        for length in stride(from: 0, to: state.count, by: 19_999) {
            #expect(!reason(Array(state.prefix(length)), rows(), settings()).isEmpty)
        }
    }

    @Test("What cannot be trained is refused with a sentence; what cannot be read is thrown on")
    func refusals() throws {
        func sentence(_ rows: SyntheticRows, _ settings: TrainingSettings) -> String {
            do {
                _ = try Trainer(rows, settings: settings)
                return ""
            } catch {
                return "\(error)"
            }
        }
        let lone = rows { $0.isMissing = { sense, _ in sense != 0 } }
        #expect(sentence(lone, settings()).contains("fewer than two windows"))
        #expect(sentence(rows(), settings { $0.temperature = 0.001 }).contains("temperature"))
        let absent = settings { $0.objective = .fixed(StreamName("lidar"), isFrozen: false) }
        #expect(sentence(rows(), absent).contains("lidar"))
        #expect(sentence(SyntheticRows(count: 50, senses: 1, seed: 1), settings()).contains("two"))
        var trainer = try Trainer(rows(), settings: settings())
        _ = try trainer.epoch()
        #expect(throws: SyntheticRows.Unreadable.self) {
            _ = try Trainer(rows { $0.broken = 7 }, settings: settings())
        }
    }

    @Test("A training that leaves the numbers says so and keeps the best that it had")
    func divergence() throws {
        let wild = settings {
            $0.rate = 1e30
            $0.decay = 0
        }
        var trainer = try Trainer(rows(), settings: wild)
        let first = trainer.networks
        let report = try trainer.epoch()
        #expect(report.skippedUpdates > 0)
        #expect(!report.isBest && !report.loss.isFinite)
        // A broken space finds nothing.
        #expect(try #require(report.reciprocalRank) < 0.1)
        #expect(trainer.networks == first)
    }
}
