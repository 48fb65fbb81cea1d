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
        #expect(Double(left.count) >= 0.25 * Double(plant.count))
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
