import Fusion
import LinearAlgebra

/// Frames of mean 0 and variance 1, each by itself, and the way back through that.
///
/// ```
/// y = (v − mean v) / σ,   σ = √(var v + 1e-5)
/// dv = (dy − mean dy − y mean(dy ∘ y)) / σ
/// ```
/// Ba et al. 2016, "Layer normalization", without gain and shift.
final class NormedFrames<S: KernelScalar> {
    let width: Int
    let y: Buffer<S>
    /// The gradient by y, and after `descend` by v.
    let dy: Buffer<S>
    private let deviations: Buffer<S>

    init(count: Int, width: Int) {
        self.width = width
        y = Buffer(count: count * width)
        dy = Buffer(count: count * width)
        deviations = Buffer(count: count)
    }

    /// `v` may be `y` itself.
    func norm(_ v: UnsafePointer<S>, count: Int) {
        let floor = S(SenseArchitecture.Attention.varianceFloor)
        for frame in 0..<count {
            let (v, y) = (v + frame * width, y.base + frame * width)
            var sum: S = 0
            for j in 0..<width { sum += v[j] }
            let mean = sum / S(width)
            var square: S = 0
            for j in 0..<width {
                y[j] = v[j] - mean
                square += y[j] * y[j]
            }
            let deviation = (square / S(width) + floor).squareRoot()
            deviations.base[frame] = deviation
            for j in 0..<width { y[j] /= deviation }
        }
    }

    func descend(count: Int) {
        for frame in 0..<count {
            let (y, dy) = (y.base + frame * width, dy.base + frame * width)
            var (sum, along): (S, S) = (0, 0)
            for j in 0..<width {
                sum += dy[j]
                along += dy[j] * y[j]
            }
            let (mean, share) = (sum / S(width), along / S(width))
            for j in 0..<width {
                dy[j] = (dy[j] - mean - y[j] * share) / deviations.base[frame]
            }
        }
    }
}
