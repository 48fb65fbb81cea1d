import Foundation
import Fusion
import Learning
import LinearAlgebra
import Signals
import SyntheticSenses
import Testing

@Suite struct DecouplingTests {
    private struct Figures {
        var commonOfShared = 0.0
        var commonOfOwn = 0.0
        var ownOfOwn = 0.0
        var cosine = 0.0
    }

    private static func figures(seed: UInt64) throws -> Figures {
        let rows = PartedSenses(count: 2500, test: 500, seed: seed)
        let settings = PartedSenses.training
        var trainer = try Trainer(rows, settings: settings)
        while !trainer.isFinished { try trainer.epoch() }
        var figures = Figures()
        let networks = try TrainedParts(
            of: rows, networks: trainer.networks, prototypes: settings.decAlign.prototypes
        ).networks
        let (train, test) = (Array(0..<rows.count), Array(rows.count..<rows.c.rows))
        func determination(_ x: Matrix, _ y: Matrix) -> Double {
            let told = FactorProbe(
                embeddings: x.selecting(rows: train), factors: y.selecting(rows: train)
            ).determination(embeddings: x.selecting(rows: test), factors: y.selecting(rows: test))
            return told.reduce(0, +) / Double(told.count)
        }
        for (m, sense) in rows.senses.enumerated() {
            let (z, u) = rows.parts(networks[sense.name]!, sense: m)
            figures.commonOfShared += determination(z, rows.c) / 3
            figures.commonOfOwn += determination(z, rows.own[m]) / 3
            figures.ownOfOwn += determination(u, rows.own[m]) / 3
            for i in 0..<z.rows {
                let dot = zip(z.row(i), u.row(i)).reduce(0) { $0 + $1.0 * $1.1 }
                let length = u.row(i).reduce(0) { $0 + $1 * $1 }.squareRoot()
                figures.cosine += abs(dot) / length / Double(3 * z.rows)
            }
        }
        return figures
    }

    /// Of a unit vector made of c in a line no more than 9π/32 = .884 of c can be read by a line: its length
    /// is gone. That the held directions lose next to nothing beside that is what .85 says.
    @Test("What is shared goes into the common part and what is not into the own one")
    func parts() throws {
        let told = try Self.figures(seed: 1)
        #expect(told.commonOfShared >= 0.85, "\(told)")
        #expect(told.ownOfOwn >= 0.8, "\(told)")
        #expect(told.commonOfOwn <= 0.1, "\(told)")
        #expect(told.cosine < 0.1, "\(told)")
    }

    @Test("Directions that senses do not share are not held, those that they do are")
    func directions() throws {
        var dice = SeededGenerator(seed: 4)
        // Two of six directions are the same in both senses; lengths differ, as those of z do not.
        let z = (0..<2).map { _ in [[Float]?]() }
        var senses = z
        for _ in 0..<600 {
            let shared = (0..<2).map { _ in Float(dice.gaussian()) }
            for m in senses.indices {
                senses[m].append(shared + (0..<4).map { _ in Float(dice.gaussian()) })
            }
        }
        let found = try #require(SharedDirections(of: senses, dimension: 6))
        #expect(found.count == 2)
        #expect(found.shares.prefix(2).allSatisfy { $0 > 0.95 })
        #expect(found.shares.dropFirst(2).allSatisfy { $0 < 0.3 })
        let nothing = (0..<2).map { _ in
            (0..<600).map { _ in (0..<6).map { _ in Float(dice.gaussian()) } as [Float]? }
        }
        #expect(SharedDirections(of: nothing, dimension: 6) == nil)
    }
}
