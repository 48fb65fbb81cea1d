import Fusion
import LinearAlgebra

/// The attention of a batch's senses to each other, between their networks and the loss: what a sense's
/// chunk made of its rows alone becomes what it says beside the others.
///
/// Windows are cut into ranges that do not depend on the number of threads; each has a pass of its own,
/// and their gradients are summed in order.
final class BatchAttention {
    private let senses: [SenseTraining]
    private let passes: [AttentionPass<Float>]
    private let du: [[Buffer<Float>]]

    /// `nil` for senses without attention.
    init?(_ senses: [SenseTraining], rowsMax: Int) {
        guard senses.allSatisfy({ $0.architecture.attention != nil }) else { return nil }
        self.senses = senses
        let rows = SenseTraining.chunkRows
        passes = (0..<SenseTraining.chunks(of: rowsMax)).map { _ in
            AttentionPass(senses.map(\.architecture), rowsMax: rows)
        }
        du = passes.map { _ in
            senses.map { Buffer(count: rows * ($0.architecture.ownDimension ?? 0)) }
        }
    }

    private static func range(_ pass: Int, of rows: Int) -> Range<Int> {
        let first = pass * SenseTraining.chunkRows
        return first..<min(rows, first + SenseTraining.chunkRows)
    }

    /// After the chunks' `forward`: adds to u where the senses have it, by batch row.
    func forward(rows: Int, workers: Workers) {
        workers.perform(SenseTraining.chunks(of: rows)) { number in
            let (pass, range) = (passes[number], Self.range(number, of: rows))
            pass.removeAll()
            var slots = senses.map { $0.present.count { $0 < range.lowerBound } }
            for row in range {
                pass.append(
                    senses.indices.map { m in
                        let (sense, slot) = (senses[m], slots[m])
                        guard slot < sense.present.count, sense.present[slot] == row else {
                            return nil
                        }
                        slots[m] += 1
                        return sense.frames(ofSlot: slot)
                    })
            }
            pass.forward(senses.map { UnsafePointer($0.parameters.base) })
            for (m, sense) in senses.enumerated() {
                let added = pass.added(m).base
                for (place, row) in range.enumerated() {
                    let u = sense.own(sense.z, row)
                    for j in 0..<u.count { u[j] += added[place * u.count + j] }
                }
            }
        }
    }

    /// Once the loss has its gradient: the block's, summed over the windows, into its place.
    func backward(rows: Int, workers: Workers) {
        let count = SenseTraining.chunks(of: rows)
        workers.perform(count) { number in
            let (pass, du) = (passes[number], du[number])
            for (m, sense) in senses.enumerated() {
                for (place, row) in Self.range(number, of: rows).enumerated() {
                    let g = sense.own(sense.dz, row)
                    (du[m].base + place * g.count).update(from: g.baseAddress!, count: g.count)
                }
            }
            pass.backward(
                du.map { UnsafePointer($0.base) },
                senses.map { UnsafePointer($0.parameters.base) })
        }
        for (m, sense) in senses.enumerated() {
            let sum = sense.attentionGradient
            for (number, pass) in passes.prefix(count).enumerated() {
                let gradient = pass.gradient(m)
                for k in 0..<gradient.count {
                    sum[k] = number == 0 ? gradient.base[k] : sum[k] + gradient.base[k]
                }
            }
        }
    }
}
