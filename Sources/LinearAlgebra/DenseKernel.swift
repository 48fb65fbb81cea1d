/// `y = x W + b` as the daemon computes it: our own loop, because what a window yields must not
/// depend on the windows it was computed with, and a BLAS sums differently for different shapes.
///
/// ```
/// yⱼ = (…((bⱼ + x₀ W₀ⱼ) + x₁ W₁ⱼ) + …) + xₙ Wₙⱼ
/// ```
/// Every output is summed in this order, by a multiplication and an addition that round apart; lanes
/// run over outputs. A row's result is therefore the same to the bit alone and in any batch.
package struct DenseKernel: Equatable, Sendable {
    package let inputs: Int
    package let outputs: Int

    package init(inputs: Int, outputs: Int) {
        self.inputs = inputs
        self.outputs = outputs
    }

    /// Rows of x, `inputs` numbers each, whose beginnings are `stride` numbers apart (they may
    /// overlap), into as many rows of y. W is `inputs × outputs` and y `rows × outputs`, row-major; no
    /// bias is a bias of 0.
    package func apply(
        _ x: UnsafePointer<Float>, stride: Int, rows: Int, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>?, into y: UnsafeMutablePointer<Float>
    ) {
        var row = 0
        while row + 2 <= rows {
            pair(x + row * stride, x + (row + 1) * stride, weights, bias, y + row * outputs)
            row += 2
        }
        if row < rows { single(x + row * stride, weights, bias, y + row * outputs) }
    }

    private typealias Lanes = SIMD8<Float>

    @inline(__always)
    private func load(_ p: UnsafePointer<Float>) -> Lanes {
        UnsafeRawPointer(p).loadUnaligned(as: Lanes.self)
    }

    @inline(__always)
    private func store(_ lanes: Lanes, _ p: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(p).storeBytes(of: lanes, as: Lanes.self)
    }

    /// One row, four inputs at a time: W is read as it lies, four neighbouring rows at once, so that
    /// the processor fetches ahead of what does not fit its nearest cache, and y stays in that.
    private func single(
        _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ b: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>
    ) {
        let whole = outputs & ~7
        for j in 0..<whole { y[j] = b?[j] ?? 0 }
        var i = 0
        while i + 4 <= inputs {
            let (x0, x1, x2, x3) = (
                Lanes(repeating: x[i]), Lanes(repeating: x[i + 1]), Lanes(repeating: x[i + 2]),
                Lanes(repeating: x[i + 3])
            )
            let row = w + i * outputs
            var j = 0
            while j < whole {
                var s = load(y + j)
                s += x0 * load(row + j)
                s += x1 * load(row + outputs + j)
                s += x2 * load(row + 2 * outputs + j)
                s += x3 * load(row + 3 * outputs + j)
                store(s, y + j)
                j += 8
            }
            i += 4
        }
        while i < inputs {
            let lane = Lanes(repeating: x[i])
            let row = w + i * outputs
            var j = 0
            while j < whole {
                store(load(y + j) + lane * load(row + j), y + j)
                j += 8
            }
            i += 1
        }
        narrow(x, w, b, y, from: whole)
    }

    /// Two rows that share each load of the weights, 16 outputs at a time.
    private func pair(
        _ x0: UnsafePointer<Float>, _ x1: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
        _ b: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>
    ) {
        let y1 = y + outputs
        var j = 0
        while j + 16 <= outputs {
            var (s00, s01) = (Lanes(), Lanes())
            if let b { (s00, s01) = (load(b + j), load(b + j + 8)) }
            var (s10, s11) = (s00, s01)
            var column = w + j
            for i in 0..<inputs {
                let lane0 = Lanes(repeating: x0[i])
                let lane1 = Lanes(repeating: x1[i])
                let w0 = load(column)
                let w1 = load(column + 8)
                s00 += lane0 * w0
                s01 += lane0 * w1
                s10 += lane1 * w0
                s11 += lane1 * w1
                column += outputs
            }
            store(s00, y + j)
            store(s01, y + j + 8)
            store(s10, y1 + j)
            store(s11, y1 + j + 8)
            j += 16
        }
        narrow(x0, w, b, y, from: j)
        narrow(x1, w, b, y1, from: j)
    }

    /// The outputs from `first` on: eight at a time, then one at a time.
    private func narrow(
        _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ b: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>, from first: Int
    ) {
        var j = first
        while j + 8 <= outputs {
            var s = b.map { load($0 + j) } ?? Lanes()
            for i in 0..<inputs { s += Lanes(repeating: x[i]) * load(w + i * outputs + j) }
            store(s, y + j)
            j += 8
        }
        while j < outputs {
            var s = b?[j] ?? 0
            for i in 0..<inputs { s += x[i] * w[i * outputs + j] }
            y[j] = s
            j += 1
        }
    }
}
