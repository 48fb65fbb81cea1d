import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct EncoderGroupTests {
    private let rows = 64

    /// Two senses of eight numbers that see the same four factors.
    private func group(seed: UInt64, isNormalised: Bool) -> EncoderGroup {
        var random = SeededGenerator(seed: seed)
        let group = EncoderGroup(
            widths: [8, 8], hidden: [16], dimension: 4, rowsMax: rows, isNormalised: isNormalised,
            using: &random)
        let factors = gaussian(rows, 4, using: &random)
        for pass in group.passes {
            let x = factors.times(gaussian(4, 8, using: &random))
            pass.input.copy(x.elements.map { Float($0) })
        }
        return group
    }

    @Test(
        "Steps down a contrastive loss lower it, and a frozen sense stays", arguments: UInt64(0)..<4
    )
    func contrastiveLossFalls(seed: UInt64) {
        let group = group(seed: seed, isNormalised: true)
        let loss = ContrastiveLoss<Float>(
            .fixed(StreamName("a"), isFrozen: true), anchor: 1, senseCount: 2, dimension: 4,
            rowsMax: rows,
            temperature: 0.1)
        group.forward(rows: rows)
        let first = group.evaluate(loss, rows: rows)
        let anchor = group.passes[1].output.values
        for _ in 0..<100 {
            group.step(rows: rows, rate: 1e-2, frozen: 1)
            group.forward(rows: rows)
            _ = group.evaluate(loss, rows: rows)
        }
        #expect(group.evaluate(loss, rows: rows) < first / 2)
        #expect(group.passes[1].output.values == anchor)
    }

    @Test("Steps down the misalignment loss lower it, however short", arguments: UInt64(0)..<4)
    func misalignmentLossFalls(seed: UInt64) {
        let group = group(seed: seed, isNormalised: false)
        let loss = MisalignmentLoss<Float>(dimension: 4, pairsMax: rows / 2)
        group.forward(rows: rows)
        let first = group.evaluate(loss, pairs: rows / 2)
        for _ in 0..<100 {
            group.step(rows: rows, rate: 1e-2, clip: 0.5)
            group.forward(rows: rows)
            _ = group.evaluate(loss, pairs: rows / 2)
        }
        #expect(group.evaluate(loss, pairs: rows / 2) < first - 1)
    }

    @Test("Embedding rows is what a batch makes of them, whatever the number of rows")
    func embeddingIsForward() {
        let group = group(seed: 1, isNormalised: true)
        group.forward(rows: rows)
        let z = group.passes[0].output.values
        let x = group.passes[0].input.values
        let embedded = group.embed(x + x, sense: 0)
        #expect(embedded.rows == 2 * rows)
        for (a, b) in zip(embedded.elements, z + z) { #expect(abs(a - Double(b)) < 1e-5) }
    }
}
