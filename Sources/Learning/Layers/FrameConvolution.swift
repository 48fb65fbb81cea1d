import Fusion
import LinearAlgebra

/// The convolution over the frames of each row, and its pooling, over a batch of rows.
///
/// The frames of all rows lie packed, `width` numbers each, row r's from `starts[r]` on and at least
/// `kernel` of them. Place p covers the frames `p ..< p + kernel`, which are neighbours in memory:
/// ```
/// y_p = σ(Σ_t x_{p+t} W_t + b)                       t = 0 …< kernel, one product per t
/// pooled_r = [max_p y_p, Σ_p y_p / places]           p over the places of row r
/// ```
/// Places that straddle two rows are computed along and left out of the pooling.
final class FrameConvolution<S: KernelScalar> {
    let layer: DenseLayer
    let width: Int
    let kernel: Int
    /// `framesMax × width`.
    let x: Buffer<S>
    /// First frame of each row, and the end of the last.
    private(set) var starts: [Int] = [0]
    /// Frames of each row, without what it was filled up with.
    private(set) var counts: [Int] = []
    private let y: Buffer<S>
    private let dy: Buffer<S>
    /// Place of each row's maximum, per filter.
    private var peaks: [Int]

    private var filters: Int { layer.outputs }

    init(layer: DenseLayer, countMax: Int, width: Int, kernel: Int, rowsMax: Int) {
        self.layer = layer
        self.width = width
        self.kernel = kernel
        let framesMax = rowsMax * max(countMax, kernel)
        x = Buffer(count: framesMax * width)
        y = Buffer(count: framesMax * layer.outputs)
        dy = Buffer(count: framesMax * layer.outputs)
        peaks = [Int](repeating: 0, count: rowsMax * layer.outputs)
    }

    func removeAll() {
        starts = [0]
        counts = []
    }

    /// Makes room for a row of `frames` frames and returns where they go; what the kernel needs
    /// beyond them is 0.
    func appendRow(frames: Int) -> UnsafeMutablePointer<S> {
        let start = starts[starts.count - 1]
        let padded = max(frames, kernel)
        starts.append(start + padded)
        counts.append(frames)
        let place = x.base + start * width
        for j in frames * width..<padded * width { place[j] = 0 }
        return place
    }

    /// `pooled` is `rows × 2 filters`.
    func forward(rows: Int, _ parameters: UnsafePointer<S>, into pooled: UnsafeMutablePointer<S>) {
        let places = starts[rows] - kernel + 1
        for t in 0..<kernel {
            S.multiply(
                .plain, ProductSize(rows: places, columns: filters, depth: width), alpha: 1,
                x.base + t * width, parameters + layer.offset + t * width * filters,
                beta: t == 0 ? 0 : 1, into: y.base)
        }
        layer.finish(y.base, rows: places, parameters)
        for row in 0..<rows {
            let top = pooled + row * 2 * filters
            let mean = top + filters
            let range = self.places(of: row)
            for f in 0..<filters {
                var (peak, sum) = (range.lowerBound, S(0))
                for p in range {
                    let value = y.base[p * filters + f]
                    sum += value
                    if value > y.base[peak * filters + f] { peak = p }
                }
                peaks[row * filters + f] = peak
                top[f] = y.base[peak * filters + f]
                mean[f] = sum / S(range.count)
            }
        }
    }

    /// Writes dW and db; the input has no gradient.
    func backward(_ dPooled: UnsafePointer<S>, rows: Int, gradient: UnsafeMutablePointer<S>) {
        let places = starts[rows] - kernel + 1
        dy.base.update(repeating: 0, count: places * filters)
        for row in 0..<rows {
            let top = dPooled + row * 2 * filters
            let mean = top + filters
            let range = self.places(of: row)
            let share = 1 / S(range.count)
            for p in range {
                for f in 0..<filters { dy.base[p * filters + f] = mean[f] * share }
            }
            for f in 0..<filters { dy.base[peaks[row * filters + f] * filters + f] += top[f] }
        }
        layer.descend(dy.base, through: y.base, rows: places)
        for t in 0..<kernel {
            S.multiply(
                .leftTransposed, ProductSize(rows: width, columns: filters, depth: places),
                alpha: 1, x.base + t * width, dy.base, beta: 0,
                into: gradient + layer.offset + t * width * filters)
        }
        layer.biasGradient(dy.base, rows: places, gradient: gradient)
    }

    private func places(of row: Int) -> Range<Int> {
        starts[row]..<starts[row + 1] - kernel + 1
    }
}
