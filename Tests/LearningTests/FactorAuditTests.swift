import LinearAlgebra
import Signals
import Testing

@testable import Learning

/// Factors are named for why a unified space keeps or drops them.
struct FactorAuditTests {
    /// Two senses: a is in both, b only in the first, c in both but wrongly written in three windows of
    /// four in the second, p is the first's own, u is in neither. The space keeps a alone.
    private func audit(owner: Int? = 0) -> FactorAudit {
        var dice = SeededGenerator(seed: 3)
        let n = 2000
        var x: [Double] = []
        var y: [Double] = []
        var z: [Double] = []
        var values: [Double] = []
        for _ in 0..<n {
            let f = (0..<5).map { _ in dice.gaussian() }
            let wrong = dice.next() % 4 != 0 ? f[2] + dice.gaussian() : f[2]
            // Turned, so that no single number is a factor.
            x += [f[0] + f[1], f[0] - f[1], f[2] + f[3], f[2] - f[3]]
            y += [f[0] + wrong, f[0] - wrong, dice.gaussian()]
            z += [f[0] + 0.05 * dice.gaussian(), 0.3 * dice.gaussian()]
            values += f
        }
        func matrix(_ elements: [Double]) -> Matrix {
            Matrix(rows: n, columns: elements.count / n, elements: elements)
        }
        return FactorAudit(
            raw: [matrix(x), matrix(y)], embedded: [matrix(z), matrix(z)], values: matrix(values),
            factors: [
                .init(name: "a"), .init(name: "b"), .init(name: "c"),
                .init(name: "p", owner: owner), .init(name: "u"),
            ], fit: n / 2)
    }

    @Test func eachFactorIsNamedForWhyItIsKeptOrDropped() {
        let findings = audit().findings
        #expect(findings.map(\.verdict) == [.kept, .selected, .perturbed, .private, .unseen])
        #expect(findings.map(\.blind) == [[], [1], [], [1], [0, 1]])
    }

    @Test func withoutAnOwnerOneSensesFactorIsOneThatTheOtherNeverRecords() {
        #expect(audit(owner: nil).findings[3].verdict == .selected)
    }

    @Test func whatIsKeptIsToldByTheEmbeddingsAndTheRestIsNot() {
        for finding in audit().findings {
            for R2 in finding.embedded {
                #expect(finding.verdict == .kept ? R2 >= 0.95 : R2 <= 0.05)
            }
        }
    }
}
