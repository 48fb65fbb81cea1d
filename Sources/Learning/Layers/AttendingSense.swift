import Fusion
import LinearAlgebra

/// One sense of a batch of windows in attention: its frames, what it asks the others, and the way back.
/// `AttentionPass` says what is computed, and calls these in order.
///
/// Frames of all rows lie packed, `width` numbers each, row r's from `starts[r]` on; those of the other
/// senses likewise from `besideStarts[r]` on, in the order of the senses.
final class AttendingSense<S: KernelScalar> {
    let shape: SenseArchitecture.Attention
    let added: Buffer<S>
    let gradient: Buffer<S>
    private let layers: SenseArchitecture.AttentionLayers
    private var starts = [0]
    private var besideStarts = [0]
    private let x: Buffer<S>
    /// S, and the gradient by it.
    private let s: Buffer<S>
    private let ds: Buffer<S>
    /// S′, and the gradient by it.
    private let beside: Buffer<S>
    private let dBeside: Buffer<S>
    private let q: Buffer<S>
    private let k: Buffer<S>
    private let v: Buffer<S>
    private let dq: Buffer<S>
    private let dk: Buffer<S>
    private let dv: Buffer<S>
    /// C, then dC.
    private let context: Buffer<S>
    private let dContext: Buffer<S>
    /// norm(S) and norm(S + C W_o), with their deviations.
    private let plain: NormedFrames<S>
    private let moved: NormedFrames<S>
    /// Δ, and dΔ.
    private let change: Buffer<S>
    private let dChange: Buffer<S>

    private var w: Int { shape.width }
    private var frames: Int { starts[starts.count - 1] }
    private var keys: Int { besideStarts[besideStarts.count - 1] }

    /// `others` are the most frames of every sense, this one among them.
    init(_ architecture: SenseArchitecture, rowsMax: Int, others: [Int]) {
        guard let layers = architecture.attentionLayers else {
            preconditionFailure("a sense without attention")
        }
        self.layers = layers
        shape = layers.shape
        let w = shape.width
        let own = rowsMax * architecture.framesMax
        let keys = rowsMax * others.reduce(0, +) - own
        func buffer(_ frames: Int) -> Buffer<S> { Buffer(count: frames * w) }
        x = Buffer(count: own * architecture.inputWidth)
        (s, ds, q, dq) = (buffer(own), buffer(own), buffer(own), buffer(own))
        (context, dContext) = (buffer(own), buffer(own))
        (beside, dBeside) = (buffer(keys), buffer(keys))
        (k, v, dk, dv) = (buffer(keys), buffer(keys), buffer(keys), buffer(keys))
        plain = NormedFrames(count: own, width: w)
        moved = NormedFrames(count: own, width: w)
        (change, dChange) = (buffer(rowsMax), buffer(rowsMax))
        added = Buffer(count: rowsMax * layers.own.outputs)
        gradient = Buffer(count: layers.own.end - layers.frames.offset)
    }

    func removeAll() { starts = [0] }

    func append(_ row: (first: UnsafePointer<S>, count: Int)?) {
        let count = row?.count ?? 0
        if let row {
            (x.base + frames * layers.frames.inputs).update(
                from: row.first, count: count * layers.frames.inputs)
        }
        starts.append(frames + count)
    }

    // MARK: Forwards

    /// S = x E + e.
    func show(_ parameters: UnsafePointer<S>) {
        layers.frames.forward(x.base, rows: frames, parameters, into: s.base)
        plain.norm(s.base, count: frames)
    }

    /// S′.
    func look(at others: [AttendingSense], rows: Int) {
        besideStarts = [0]
        for row in 0..<rows {
            var end = keys
            if starts[row] < starts[row + 1] {
                for other in others {
                    let range = other.starts[row]..<other.starts[row + 1]
                    (beside.base + end * w).update(
                        from: other.s.base + range.lowerBound * w, count: range.count * w)
                    end += range.count
                }
            }
            besideStarts.append(end)
        }
    }

    /// Q, K and V.
    func project(_ parameters: UnsafePointer<S>) {
        layers.query.forward(s.base, rows: frames, parameters, into: q.base)
        layers.key.forward(beside.base, rows: keys, parameters, into: k.base)
        layers.value.forward(beside.base, rows: keys, parameters, into: v.base)
    }

    /// C of one window: 0 where nobody else is.
    func forward(_ row: Int, _ head: AttentionHead<S>) {
        let (own, others) = ranges(row)
        for first in stride(from: 0, to: w, by: head.width) where !own.isEmpty {
            guard !others.isEmpty else {
                (context.base + own.lowerBound * w).update(repeating: 0, count: own.count * w)
                return
            }
            take(own, others, from: first, head)
            head.weigh(queries: own.count, keys: others.count)
            head.mix(queries: own.count, keys: others.count)
            put(head.context.base, to: context, own, first, head.width)
        }
    }

    /// Δ W_u.
    func finish(rows: Int, _ parameters: UnsafePointer<S>) {
        layers.output.forward(context.base, rows: frames, parameters, into: moved.y.base)
        for j in 0..<frames * w { moved.y.base[j] += s.base[j] }
        moved.norm(moved.y.base, count: frames)
        change.base.update(repeating: 0, count: rows * w)
        for row in 0..<rows {
            let own = starts[row]..<starts[row + 1]
            let delta = change.base + row * w
            for frame in own {
                for j in 0..<w {
                    delta[j] += moved.y.base[frame * w + j] - plain.y.base[frame * w + j]
                }
            }
            for j in 0..<w where !own.isEmpty { delta[j] /= S(own.count) }
        }
        layers.own.forward(change.base, rows: rows, parameters, into: added.base)
    }

    // MARK: Backwards

    /// From `du` to dC and to what of dS comes through the norms.
    func descend(_ du: UnsafePointer<S>, rows: Int, _ parameters: UnsafePointer<S>) {
        backward(layers.own, du, x: change.base, rows: rows, parameters, dx: dChange.base, beta: 0)
        for row in 0..<rows {
            let own = starts[row]..<starts[row + 1]
            for frame in own {
                for j in 0..<w {
                    let share = dChange.base[row * w + j] / S(own.count)
                    moved.dy.base[frame * w + j] = share
                    plain.dy.base[frame * w + j] = -share
                }
            }
        }
        moved.descend(count: frames)
        plain.descend(count: frames)
        backward(
            layers.output, moved.dy.base, x: context.base, rows: frames, parameters,
            dx: dContext.base, beta: 0)
        for j in 0..<frames * w { ds.base[j] = moved.dy.base[j] + plain.dy.base[j] }
    }

    /// dQ, dK and dV of one window.
    func backward(_ row: Int, _ head: AttentionHead<S>) {
        let (own, others) = ranges(row)
        guard !own.isEmpty else { return }
        guard !others.isEmpty else {
            (dq.base + own.lowerBound * w).update(repeating: 0, count: own.count * w)
            return
        }
        for first in stride(from: 0, to: w, by: head.width) {
            take(own, others, from: first, head)
            head.weigh(queries: own.count, keys: others.count)
            take(dContext, own, first, into: head.context.base, head.width)
            head.descend(
                queries: own.count, keys: others.count,
                dQ: { put($0, to: dq, own, first, head.width) },
                dK: { put($0, to: dk, others, first, head.width) },
                dV: { put($0, to: dv, others, first, head.width) })
        }
    }

    /// The gradients of W_q, W_k and W_v, what is left of dS, and dS′.
    func gather(_ parameters: UnsafePointer<S>) {
        backward(
            layers.query, dq.base, x: s.base, rows: frames, parameters, dx: ds.base, beta: 1)
        backward(
            layers.key, dk.base, x: beside.base, rows: keys, parameters, dx: dBeside.base, beta: 0)
        backward(
            layers.value, dv.base, x: beside.base, rows: keys, parameters, dx: dBeside.base,
            beta: 1)
    }

    /// dS′ to those it belongs to.
    func giveBack(to others: [AttendingSense], rows: Int) {
        for row in 0..<rows where besideStarts[row] < besideStarts[row + 1] {
            var place = dBeside.base + besideStarts[row] * w
            for other in others {
                let range = other.starts[row] * w..<other.starts[row + 1] * w
                for j in range { other.ds.base[j] += place[j - range.lowerBound] }
                place += range.count
            }
        }
    }

    /// The gradient of E and e, once dS is whole.
    func end(_ parameters: UnsafePointer<S>) {
        layers.frames.backward(
            ds.base, x: x.base, rows: frames, parameters,
            gradient: gradient.base - layers.frames.offset, dx: nil)
    }

    private func backward(
        _ layer: DenseLayer, _ dy: UnsafePointer<S>, x: UnsafePointer<S>, rows: Int,
        _ parameters: UnsafePointer<S>, dx: UnsafeMutablePointer<S>, beta: S
    ) {
        layer.backward(
            dy, x: x, rows: rows, parameters, gradient: gradient.base - layers.frames.offset,
            dx: nil)
        S.multiply(
            .rightTransposed,
            ProductSize(rows: rows, columns: layer.inputs, depth: layer.outputs), alpha: 1, dy,
            parameters + layer.offset, beta: beta, into: dx)
    }

    // MARK: The heads' numbers

    private func ranges(_ row: Int) -> (own: Range<Int>, others: Range<Int>) {
        (starts[row]..<starts[row + 1], besideStarts[row]..<besideStarts[row + 1])
    }

    private func take(
        _ own: Range<Int>, _ others: Range<Int>, from first: Int, _ head: AttentionHead<S>
    ) {
        take(q, own, first, into: head.q.base, head.width)
        take(k, others, first, into: head.k.base, head.width)
        take(v, others, first, into: head.v.base, head.width)
    }

    private func take(
        _ all: Buffer<S>, _ frames: Range<Int>, _ first: Int, into some: UnsafeMutablePointer<S>,
        _ width: Int
    ) {
        for (i, frame) in frames.enumerated() {
            (some + i * width).update(from: all.base + frame * w + first, count: width)
        }
    }

    private func put(
        _ some: UnsafePointer<S>, to all: Buffer<S>, _ frames: Range<Int>, _ first: Int,
        _ width: Int
    ) {
        for (i, frame) in frames.enumerated() {
            (all.base + frame * w + first).update(from: some + i * width, count: width)
        }
    }
}
