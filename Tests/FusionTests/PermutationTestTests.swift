import Foundation
import LinearAlgebra
import Signals
import Testing

@testable import Fusion

@Suite("A sense's agreement with the others, against chance")
struct PermutationTestTests {
    /// `n` windows of two senses on a circle: the angle between them has the deviation `noise`, in radians.
    private func pair(_ n: Int, noise: Double, seed: UInt64) -> (z: [[Float]?], others: [[Float]?])
    {
        var random = SeededGenerator(seed: seed)
        func at(_ angle: Double) -> [Float] { [Float(cos(angle)), Float(sin(angle))] }
        var z: [[Float]?] = []
        var others: [[Float]?] = []
        for _ in 0..<n {
            let angle = Double.random(in: 0..<2 * .pi, using: &random)
            let step = (0..<12).reduce(-6.0) { sum, _ in
                sum + Double.random(in: 0..<1, using: &random)
            }
            z.append(at(angle))
            others.append(at(angle + noise * step))
        }
        return (z, others)
    }

    @Test("Equal pairs are told from false ones always, independent ones every other time")
    func separationOfExtremes() {
        let same = pair(400, noise: 0, seed: 1)
        #expect(PermutationTest(z: same.z, others: same.others).separation > 0.999)
        let z = pair(400, noise: 0, seed: 2).z
        let independent = PermutationTest(z: z, others: same.others)
        #expect(abs(independent.separation - 0.5) < 0.03)
    }

    @Test("Separation is the chance that a matched cosine is above a shifted one, ties half")
    func separationByDefinition() {
        var (z, others) = pair(64, noise: 1, seed: 3)
        z[5] = nil
        others[9] = nil
        z[11] = z[12]
        others[11] = others[12]
        var (wins, pairs) = (0.0, 0.0)
        let matched = z.indices.compactMap { i in
            z[i].flatMap { a in others[i].map { cosine(a, $0) } }
        }
        // Sixty-four windows have forty-eight shifts that are an eighth away on either side.
        for shift in 8..<56 {
            for i in z.indices {
                guard let a = z[(i + shift) % 64], let b = others[i] else { continue }
                for value in matched {
                    wins += value > cosine(a, b) ? 1 : value == cosine(a, b) ? 0.5 : 0
                    pairs += 1
                }
            }
        }
        let test = PermutationTest(z: z, others: others)
        #expect(test.shifts == 48)
        #expect(abs(test.separation - wins / pairs) < 1e-12)
    }

    @Test("Agreement beyond chance that hardly tells true from false pairings has no say")
    func weakAgreementLeaves() {
        let (z, others) = pair(2000, noise: 2, seed: 4)
        let test = PermutationTest(z: z, others: others)
        #expect(test.pValue <= 0.01)
        #expect(test.separation > 0.5 && test.separation < 0.6, "\(test.separation)")
        var settings = FusionSettings()
        #expect(!test.isPassed(settings))
        settings.separationMin = 0.5
        #expect(test.isPassed(settings))
    }
}
