import Foundation
import Fusion
import Signals
import Testing

@Suite struct CentroidRuleTests {
    private func gram(_ z: [[Double]]) -> [Double] {
        z.flatMap { x in z.map { y in zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } } }
    }

    private let oneBad: [[Double]] = [[1, 0], [0.6, 0.8], [-1, 0], [0.8, 0.6]]

    @Test("Weights are never negative and sum to one", arguments: CentroidRule.allCases)
    func weightsSumToOne(rule: CentroidRule) {
        for count in 1...4 {
            let w = rule.weights(gram: gram(Array(oneBad.prefix(count))), count: count)
            #expect(w.allSatisfy { $0 >= 0 })
            let sum = w.reduce(0, +)
            #expect(abs(sum - 1) < 1e-12)
        }
    }

    @Test("Two senses weigh alike under every rule", arguments: CentroidRule.allCases)
    func twoSensesAreEqual(rule: CentroidRule) {
        #expect(rule.weights(gram: gram([[1, 0], [-1, 0]]), count: 2) == [0.5, 0.5])
    }

    @Test("Trimming leaves out the one bad sense; weighting all but does")
    func oneBadSense() {
        let third = 1.0 / 3
        let trimmed = CentroidRule.trimmed.weights(gram: gram(oneBad), count: 4)
        #expect(trimmed == [third, third, 0, third])
        let w = CentroidRule.weighted.weights(gram: gram(oneBad), count: 4)
        #expect(w[2] < 1e-4 && w[3] > w[0])
    }

    @Test("Senses that cancel out leave an agreement of 0, not a division by nothing")
    func cancelling() {
        let w = CentroidRule.weighted.weights(gram: gram([[1, 0], [-1, 0], [0, 1]]), count: 3)
        #expect(w.allSatisfy { $0.isFinite })
    }

    @Test(
        "An anchor by rule stands on the senses that agree",
        arguments: [CentroidRule.trimmed, .weighted])
    func anchorsByRule(rule: CentroidRule) throws {
        let parts = oneBad.enumerated().map { k, z in
            (name: StreamName("s\(k)"), common: z.map { Float($0) })
        }
        let plain = try #require(Anchor(of: parts, vanishing: 0.1))
        let anchor = try #require(Anchor(of: parts, vanishing: 0.1, rule: rule))
        let bad = try #require(anchor.agreement[StreamName("s2")] ?? nil)
        let good = try #require(anchor.agreement[StreamName("s0")] ?? nil)
        let before = try #require(plain.agreement[StreamName("s0")] ?? nil)
        #expect(bad < -0.7 && good > before)
    }
}
