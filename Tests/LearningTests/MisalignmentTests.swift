import Fusion
import LinearAlgebra
import Signals
import Testing

@testable import Learning

/// Misalignment in the windows of a training: found without labels, and mended.
struct MisalignmentTests {
    /// Three senses of one state, in which `sense` shows other windows where the dice say so, and is
    /// `lag` windows late.
    struct Plant: TrainingRows {
        var base: SyntheticRows
        var sources: [Int: [Int]] = [:]
        var isFalse: [Bool]

        init(
            count: Int = 2000, senses: Int = 3, spoilt: Double = 0, sense: Int = 0, lag: Int = 0,
            period: Int = 4, seed: UInt64 = 5
        ) {
            base = SyntheticRows(count: count, senses: senses, period: period, seed: seed)
            base.assets = 1
            var dice = SeededGenerator(seed: seed, place: 1)
            var isFalse = [Bool](repeating: false, count: count)
            sources[sense] = (0..<count).map { row in
                guard dice.falls(with: spoilt) else { return max(0, row - lag) }
                isFalse[row] = true
                return Int.random(in: 0..<count, using: &dice)
            }
            self.isFalse = isFalse
        }

        var senses: [TrainingSense] { base.senses }
        var count: Int { base.count }
        func asset(of row: Int) -> Int { base.asset(of: row) }
        func time(of row: Int) -> Int { base.time(of: row) }
        func isPresent(_ sense: Int, in row: Int) -> Bool { base.isPresent(sense, in: row) }
        func fill(
            _ rows: [Int], sense: Int, into out: UnsafeMutableBufferPointer<Float>
        ) throws {
            try base.fill(
                sources[sense].map { map in rows.map { map[$0] } } ?? rows, sense: sense, into: out)
        }
    }

    /// Without a look at lags, which takes longest.
    private func policy(_ general: MisalignmentPolicy.Treatment) -> MisalignmentPolicy {
        var policy = MisalignmentPolicy(general: general)
        policy.lagMax = 0
        return policy
    }

    @Test func windowsOfAnotherTimeAreFoundAndLeftOut() throws {
        let plant = Plant(spoilt: 0.3)
        let treatment = try MisalignmentTreatment(plant, policy: policy(.mend))
        let left = (0..<plant.count).filter { !treatment.rows.isPresent(0, in: $0) }
        let hits = left.count { plant.isFalse[$0] }
        // Some show the same state by chance, and are no harm.
        #expect(Double(hits) >= 0.85 * Double(plant.isFalse.count { $0 }))
        #expect(Double(hits) >= 0.9 * Double(left.count))
        for other in 1...2 {
            let innocent = (0..<plant.count).count { !treatment.rows.isPresent(other, in: $0) }
            #expect(Double(innocent) <= 0.02 * Double(plant.count))
        }
        #expect(treatment.findings.totals[0].leftOut == left.count)
    }

    @Test func twoSensesAloneLoseTheWholeWindow() throws {
        let plant = Plant(senses: 2, spoilt: 0.3)
        let treatment = try MisalignmentTreatment(plant, policy: policy(.mend))
        let left = (0..<plant.count).filter { !treatment.rows.isPresent(0, in: $0) }
        #expect(left == (0..<plant.count).filter { !treatment.rows.isPresent(1, in: $0) })
        #expect(Double(left.count { plant.isFalse[$0] }) >= 0.9 * Double(left.count))
        #expect(
            Double(left.count { plant.isFalse[$0] })
                >= 0.75 * Double(plant.isFalse.count { $0 }))
    }

    @Test(arguments: [1, 2] as [UInt64])
    func ofACleanPlantNearlyNothingIsTaken(seed: UInt64) throws {
        let plant = Plant(seed: seed)
        let findings = try MisalignmentTreatment(
            plant, policy: MisalignmentPolicy(general: .mend)
        ).findings
        for stream in findings.totals {
            #expect(Double(stream.leftOut) <= 0.02 * Double(stream.windows))
        }
        #expect(findings.streams.allSatisfy { $0.lag == nil })
    }

    @Test(arguments: [-5, 2, 7])
    func aStreamThatIsLateIsMovedBack(lag: Int) throws {
        var plant = Plant(spoilt: 0.3, period: 8)
        let late = Plant(spoilt: 0.3, lag: max(0, lag), period: 8)
        plant.sources[0] = late.sources[0]
        if lag < 0 {
            plant.sources[0] = plant.sources[0]!.indices.map {
                late.isFalse[$0] ? late.sources[0]![$0] : min(plant.count - 1, $0 - lag)
            }
        }
        let treatment = try MisalignmentTreatment(plant, policy: MisalignmentPolicy(general: .mend))
        let found = treatment.findings.streams.filter { $0.lag != nil }
        #expect(found.map(\.name) == [plant.senses[0].name])
        #expect(found.map(\.lag) == [lag])
        #expect(found.allSatisfy { $0.isMoved })
        // The numbers that come now are those of the window's own state.
        let row = (100..<200).first {
            !late.isFalse[$0 + lag] && treatment.rows.isPresent(0, in: $0)
        }!
        var numbers = [Float](repeating: 0, count: 10)
        try numbers.withUnsafeMutableBufferPointer {
            try treatment.rows.fill([row], sense: 0, into: $0)
        }
        #expect(numbers == plant.base.row(row, sense: 0))
    }

    @Test func reportingChangesNothingAndCountsTheSame() throws {
        let plant = Plant(spoilt: 0.3)
        let report = try MisalignmentTreatment(plant, policy: policy(.report))
        let mend = try MisalignmentTreatment(plant, policy: policy(.mend))
        #expect(report.rows is Plant)
        #expect(!report.findings.hasChanged)
        #expect(report.findings.totals.map(\.suspects) == mend.findings.totals.map(\.suspects))
    }

    @Test func onlyAStreamThatMayBeMendedIs() throws {
        let plant = Plant(spoilt: 0.3)
        let treatment = try MisalignmentTreatment(
            plant, policy: MisalignmentPolicy(streams: [StreamName("s1"): .mend]))
        #expect((0..<plant.count).allSatisfy { treatment.rows.isPresent(0, in: $0) })
        #expect(treatment.findings.totals[0].suspects > 450)
    }

    @Test func sensesThatShareNothingHaveNoSay() throws {
        var plant = Plant()
        plant.sources = [:]
        let other = SyntheticRows(count: plant.count, senses: 3, seed: 77)
        let another = SyntheticRows(count: plant.count, senses: 3, seed: 78)
        plant.base.replace(sense: 0, by: other)
        plant.base.replace(sense: 1, by: another)
        let findings = try MisalignmentTreatment(
            plant, policy: policy(.mend)
        ).findings
        #expect(findings.pairsJudged == 0)
        #expect(!findings.hasChanged)
    }

    @Test func wordsReadAsTheyAreWritten() throws {
        let policy = try MisalignmentPolicy(
            words: ["report", "camera=mend,audio=use"], factors: ["ambient", "climate.2"])
        #expect(policy.treatment(of: StreamName("camera")) == .mend)
        #expect(policy.treatment(of: StreamName("log")) == .report)
        #expect(policy.factors.map(\.number) == [nil, 2])
        #expect(policy.words == "report,audio=use,camera=mend")
        #expect(throws: MisalignmentPolicy.Unreadable.self) {
            try MisalignmentPolicy(words: ["mended"])
        }
        #expect(throws: MisalignmentPolicy.Unreadable.self) {
            try MisalignmentPolicy(words: ["use"])
        }
    }

    @Test func theNearestSequenceThatNeverFallsPoolsWhatFalls() {
        #expect(isotonic([1, 3, 2, 4], weights: [1, 1, 1, 1]) == [1, 2.5, 2.5, 4])
        #expect(isotonic([3, 1], weights: [1, 3]) == [1.5, 1.5])
    }

    @Test func ofThreeSensesTheOneThatContradictsBothOthersIsNamed() {
        let pairings = FalsePairings(
            senses: [0, 1, 2], shares: [(0, 1, 0.3), (0, 2, 0.3), (1, 2, 0)])
        func suspects(_ a: Double, _ b: Double, _ c: Double, present: UInt64 = 7) -> UInt64 {
            pairings.suspects(
                present: present,
                pairs: [(0, 1, a), (0, 2, b), (1, 2, c)].filter {
                    present >> UInt64($0.0) & present >> UInt64($0.1) & 1 == 1
                })
        }
        #expect(suspects(3, 3, 3) == 0)
        #expect(suspects(-5, -5, 3) == 0b001)
        #expect(suspects(3, -5, -5) == 0b100)
        let even = FalsePairings(
            senses: [0, 1, 2], shares: [(0, 1, 0.3), (0, 2, 0.3), (1, 2, 0.3)])
        #expect(
            even.suspects(present: 7, pairs: [(0, 1, -7), (0, 2, -7), (1, 2, -7)]) == 0b111)
        // The prior says which of two it is when the third is missing.
        #expect(suspects(-5, 0, 0, present: 3) == 0b001)
    }
}

/// Factors that are disturbed on purpose leave the unified space.
struct PerturbedRowsTests {
    /// Two senses of one state; the light adds to every number of both, and is a stream of its own.
    private struct Plant: TrainingRows {
        let base = SyntheticRows(count: 2000, senses: 2, seed: 8)
        let light: [Float]

        init() {
            var dice = SeededGenerator(seed: 2)
            light = (0..<2000).map { _ in Float(dice.gaussian()) }
        }

        var senses: [TrainingSense] {
            base.senses
                + [TrainingSense(name: StreamName("light"), front: .features(width: 4))]
        }
        var count: Int { base.count }
        func asset(of row: Int) -> Int { 0 }
        func time(of row: Int) -> Int { row }
        func isPresent(_ sense: Int, in row: Int) -> Bool { true }
        func fill(
            _ rows: [Int], sense: Int, into out: UnsafeMutableBufferPointer<Float>
        ) throws {
            guard sense < 2 else {
                for (k, row) in rows.enumerated() {
                    for j in 0..<4 { out[4 * k + j] = j == 0 ? light[row] : 0 }
                }
                return
            }
            try base.fill(rows, sense: sense, into: out)
            for (k, row) in rows.enumerated() { for j in 0..<10 { out[10 * k + j] += light[row] } }
        }
    }

    private func column(_ rows: some TrainingRows, _ sense: Int) throws -> [Double] {
        var numbers = [Float](repeating: 0, count: rows.count * 10)
        try numbers.withUnsafeMutableBufferPointer {
            try rows.fill(Array(0..<rows.count), sense: sense, into: $0)
        }
        return (0..<rows.count).map { row in
            numbers[row * 10..<row * 10 + 10].reduce(0) { $0 + Double($1) } / 10
        }
    }

    private func correlation(_ x: [Double], _ y: [Double]) -> Double {
        let n = Double(x.count)
        let (a, b) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
        let xy = zip(x, y).reduce(0) { $0 + ($1.0 - a) * ($1.1 - b) }
        let xx = x.reduce(0) { $0 + ($1 - a) * ($1 - a) }
        let yy = y.reduce(0) { $0 + ($1 - b) * ($1 - b) }
        return xy / (xx * yy).squareRoot()
    }

    @Test func aDisturbedFactorIsNoLongerWhatTheSensesShare() throws {
        let plant = Plant()
        let policy = MisalignmentPolicy(
            general: .use, factors: [FactorName(stream: StreamName("light"))])
        let rows = try PerturbedRows(plant, policy: policy, seed: 1)
        #expect(rows.senses.map(\.name) == plant.base.senses.map(\.name))
        #expect(rows.explained.count == 2 && rows.explained.allSatisfy { $0.value > 0.5 })
        let light = plant.light.map(Double.init)
        for sense in 0..<2 {
            #expect(correlation(try column(plant, sense), light) > 0.9)
            #expect(abs(correlation(try column(rows, sense), light)) < 0.1)
        }
        #expect(correlation(try column(plant, 0), try column(plant, 1)) > 0.8)
        #expect(abs(correlation(try column(rows, 0), try column(rows, 1))) < 0.2)
    }

    @Test func equalSeedsDisturbAlikeAndOtherSensesStay() throws {
        let plant = Plant()
        let policy = MisalignmentPolicy(
            streams: [StreamName("s0"): .use], factors: [FactorName("light.0")])
        let rows = try PerturbedRows(plant, policy: policy, seed: 1)
        let again = try PerturbedRows(plant, policy: policy, seed: 1)
        #expect(try column(rows, 0) == column(again, 0))
        #expect(try column(rows, 1) == column(plant, 1))
    }

    @Test func aFactorThatIsNotThereIsRefused() throws {
        for name in ["wind", "light.7"] {
            #expect(throws: UnusableFactor.self) {
                try PerturbedRows(
                    Plant(), policy: MisalignmentPolicy(general: .use, factors: [FactorName(name)]),
                    seed: 1)
            }
        }
    }
}
