import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct RetrievalTests {
    @Test("A sense finds itself without fail, whatever the lengths", arguments: UInt64(0)..<8)
    func itselfIsFound(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let u = gaussian(600, 7, using: &random)
        var v = u
        for i in 0..<v.rows { for k in 0..<v.columns { v[i, k] *= Double(1 + i) } }
        let (there, back) = Retrieval.bothWays(u, v)
        for retrieval in [there, back] {
            #expect(retrieval.recallAt1 == 1)
            #expect(retrieval.recallAt5 == 1)
            #expect(retrieval.meanReciprocalRank == 1)
            #expect(retrieval.windows == 600)
        }
    }

    @Test("Ranks are those of the whole table of cosines", arguments: UInt64(0)..<8)
    func ranksAreThoseOfTheTable(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let u = gaussian(301, 5, using: &random)
        let v = sum(u, 0.8, gaussian(301, 5, using: &random))
        let S = u.unitRows.timesTransposed(v.unitRows)
        let ranks = (0..<301).map { i in (0..<301).count { S[i, $0] >= S[i, i] } }
        let retrieval = Retrieval(from: u, to: v)
        #expect(abs(retrieval.recallAt1 - Double(ranks.count { $0 == 1 }) / 301) < 1e-12)
        #expect(abs(retrieval.recallAt5 - Double(ranks.count { $0 <= 5 }) / 301) < 1e-12)
        let mrr = ranks.reduce(0) { $0 + 1 / Double($1) } / 301
        #expect(abs(retrieval.meanReciprocalRank - mrr) < 1e-12)
    }

    @Test("Turning both senses alike changes nothing", arguments: UInt64(0)..<8)
    func rotationChangesNothing(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let u = gaussian(200, 6, using: &random)
        let v = sum(u, 1, gaussian(200, 6, using: &random))
        let Q = rotation(6, using: &random)
        #expect(Retrieval(from: u, to: v) == Retrieval(from: u.times(Q), to: v.times(Q)))
        #expect(abs(alignment(u, v) - alignment(u.times(Q), v.times(Q))) < 1e-9)
        #expect(abs(uniformity(u) - uniformity(u.times(Q))) < 1e-9)
        let there = Agreement(u, v)
        let turned = Agreement(u.times(Q), v.times(Q))
        #expect(abs(there.matched.mean - turned.matched.mean) < 1e-9)
    }

    @Test("A space collapsed to a point finds nothing")
    func aPointFindsNothing() {
        let u = Matrix(rows: 50, columns: 3, repeating: 0.3)
        let retrieval = Retrieval(from: u, to: u)
        #expect(retrieval.recallAt1 == 0)
        #expect(retrieval.recallAt5 == 0)
        #expect(abs(retrieval.meanReciprocalRank - 1.0 / 50) < 1e-12)
        #expect(alignment(u, u) == 0)
        #expect(abs(uniformity(u)) < 1e-9)
    }

    @Test("No windows, no finds")
    func nothingFindsNothing() {
        let none = Matrix(rows: 0, columns: 3)
        #expect(Retrieval(from: none, to: none).recallAt1 == 0)
        #expect(Agreement(none, none).matched.quantiles.isEmpty)
        #expect(alignment(none, none) == 0)
        #expect(uniformity(none) == 0)
    }
}

@Suite struct AgreementTests {
    @Test(
        "Equal senses agree fully on their own window and not on others", arguments: UInt64(0)..<8)
    func equalSensesAgree(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let u = gaussian(900, 16, using: &random)
        let agreement = Agreement(u, u)
        #expect(agreement.matched.count == 900)
        #expect(agreement.unmatched.count == 8 * 900)
        #expect(abs(agreement.matched.mean - 1) < 1e-12)
        #expect(agreement.matched.histogram.last == 900)
        #expect(abs(agreement.unmatched.mean) < 0.02)
        // The deviation of a cosine between random directions of d dimensions is 1/√d.
        #expect(abs(agreement.unmatched.quantiles[4] - 1.645 / 4) < 0.02)
        #expect(agreement.unmatched.histogram.reduce(0, +) == 8 * 900)
    }

    @Test("Quantiles are in order and lie between the extremes", arguments: UInt64(0)..<8)
    func quantilesAreInOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let cosines = (0..<37).map { _ in Double.random(in: -1...1, using: &random) }
        let quantiles = CosineDistribution(cosines).quantiles
        #expect(quantiles == quantiles.sorted())
        #expect(quantiles[0] >= cosines.min()! && quantiles[4] <= cosines.max()!)
        #expect(quantiles[2] == cosines.sorted()[18])
    }

    @Test("Opposite points are 4 apart and as uneven as two points are")
    func oppositePoints() {
        let u = Matrix(rows: 2, columns: 2, elements: [1, 0, -1, 0])
        let v = Matrix(rows: 2, columns: 2, elements: [-2, 0, 3, 0])
        #expect(abs(alignment(u, v) - 4) < 1e-12)
        #expect(abs(uniformity(u) + 8) < 1e-12)
    }
}
