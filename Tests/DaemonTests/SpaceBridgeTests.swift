import Learning
import LinearAlgebra
import Signals
import Testing

@testable import Daemon

/// From one model's space to another's.
@Suite("Bridges between spaces")
struct SpaceBridgeTests {
    /// Unit places of `n` windows that move slowly over the sphere, from `d` numbers, and the same turned by
    /// a fixed matrix into another space with `noise` added.
    private func places(
        _ n: Int, d: Int, noise: Float, seed: UInt64
    ) -> (from: [[Float]], to: [[Float]]) {
        var random = SeededGenerator(seed: seed)
        func gaussian() -> Float { Float(random.gaussian()) }
        let turn = (0..<d + 2).map { _ in (0..<d).map { _ in gaussian() } }
        var from: [[Float]] = []
        var to: [[Float]] = []
        var state = (0..<d).map { _ in gaussian() }
        for _ in 0..<n {
            state = state.map { 0.9 * $0 + 0.44 * gaussian() }
            let z = normalised(state)
            from.append(z)
            to.append(
                normalised(
                    turn.map { row in
                        zip(row, z).reduce(noise * gaussian()) { $0 + $1.0 * $1.1 }
                    }))
        }
        return (from, to)
    }

    @Test("A place comes to where the other model puts the same window", arguments: UInt64(0)..<5)
    func carriesOver(seed: UInt64) throws {
        let (from, to) = places(400, d: 6, noise: 0.1, seed: seed)
        let bridge = try #require(SpaceBridge(from: Array(from[..<300]), to: Array(to[..<300])))
        #expect(bridge.fidelity > 0.85)
        var likeness = 0.0
        for (z, other) in zip(from[300...], to[300...]) {
            let there = bridge.carried(z)
            #expect(there.count == 8)
            #expect(abs(norm(there) - 1) < 1e-5)
            likeness += cosine(there, other) / 100
        }
        #expect(likeness > 0.95)
    }

    @Test("Spaces that have nothing to do with each other have no bridge", arguments: UInt64(0)..<5)
    func unrelatedSpaces(seed: UInt64) {
        let from = places(400, d: 6, noise: 0, seed: seed).from
        let to = places(400, d: 6, noise: 0, seed: seed + 100).from
        #expect(SpaceBridge(from: from, to: to) == nil)
    }

    @Test("Too few windows make no bridge, and a space that stands still is none")
    func tooLittle() {
        let (from, to) = places(79, d: 6, noise: 0, seed: 1)
        #expect(SpaceBridge(from: from, to: to) == nil)
        let many = places(200, d: 6, noise: 0, seed: 2).from
        #expect(SpaceBridge(from: many, to: many.map { _ in [1, 0, 0] }) == nil)
    }
}
