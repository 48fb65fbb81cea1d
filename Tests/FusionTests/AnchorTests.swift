import Fusion
import Signals
import Testing

@Suite struct AnchorTests {
    private func parts(_ vectors: [[Float]]) -> [(name: StreamName, common: [Float])] {
        vectors.enumerated().map { (StreamName("s\($0)"), $1) }
    }

    @Test("One sense orthogonal to two others: leave-one-out 1 for it, 0.293 for them")
    func orthogonalSense() throws {
        let anchor = try #require(
            Anchor(of: parts([[1, 0], [1, 0], [0, 1]]), vanishing: 0.1))
        let odd = try #require(anchor.agreement[StreamName("s2")] ?? nil)
        let healthy = try #require(anchor.agreement[StreamName("s0")] ?? nil)
        #expect(abs(1 - odd - 1) < 1e-6)
        #expect(abs(1 - healthy - 0.2929) < 1e-4)
    }

    @Test("Two senses always have the same agreement: they detect, they cannot localise")
    func twoSensesCannotLocalise() throws {
        let anchor = try #require(Anchor(of: parts([[1, 0], [0.6, 0.8]]), vanishing: 0.1))
        let values = anchor.agreement.values.compactMap(\.self)
        #expect(values.count == 2)
        #expect(abs(values[0] - values[1]) < 1e-6)
    }

    @Test("A centroid of two opposed senses vanishes and gives no agreement to the third")
    func opposedSensesVanish() throws {
        let anchor = try #require(
            Anchor(of: parts([[1, 0], [-1, 0], [0, 1]]), vanishing: 0.1))
        #expect(anchor.agreement[StreamName("s2")] == .some(nil))
    }

    @Test("One sense has an anchor and no agreement; none has no anchor")
    func fewSenses() throws {
        let alone = try #require(Anchor(of: parts([[0, 1]]), vanishing: 0.1))
        #expect(alone.centroid == [0, 1])
        #expect(alone.agreement.isEmpty)
        #expect(Anchor(of: [], vanishing: 0.1) == nil)
    }

    @Test("The rolling anchor forgets half of what it knew in one half-life")
    func halfLife() throws {
        var rolling = RollingAnchor()
        let north = try #require(Anchor(of: parts([[0, 1]]), vanishing: 0))
        let east = try #require(Anchor(of: parts([[1, 0]]), vanishing: 0))
        for _ in 0..<100_000 { rolling.learn(north, weight: 0.01) }
        let weight = RollingAnchor.weight(hop: .seconds(1), halfLife: .seconds(20))
        for _ in 0..<20 { rolling.learn(east, weight: weight) }
        #expect(abs(rolling.centroid[0] - 0.5) < 1e-3)
        #expect(abs(rolling.centroid[1] - 0.5) < 1e-3)
    }
}
