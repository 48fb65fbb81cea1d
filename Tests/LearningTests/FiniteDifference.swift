import Learning
import LinearAlgebra
import Signals

/// The largest difference between a gradient and central differences of its loss.
///
/// ```
/// dL/dxᵢ ≈ (L(x + δ eᵢ) − L(x − δ eᵢ)) / 2δ
/// ```
func finiteDifferenceError(
    _ x: Buffer<Double>, gradient: [Double], step: Double = 1e-6, loss: () -> Double
) -> Double {
    var worst = 0.0
    for i in 0..<x.count {
        let kept = x.base[i]
        x.base[i] = kept + step
        let above = loss()
        x.base[i] = kept - step
        let below = loss()
        x.base[i] = kept
        worst = max(worst, abs((above - below) / (2 * step) - gradient[i]))
    }
    return worst
}

/// What PAPERS 0 accepts of a gradient in double precision.
let gradientErrorMax = 1e-7

func gaussians<S: KernelScalar>(_ count: Int, seed: UInt64) -> [S] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in S(generator.gaussian()) }
}

/// `rows` random vectors of unit length, end to end.
func unitVectors<S: KernelScalar>(rows: Int, dimension: Int, seed: UInt64) -> [S] {
    var x: [S] = gaussians(rows * dimension, seed: seed)
    for row in 0..<rows {
        let range = row * dimension..<(row + 1) * dimension
        let length = x[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
        for k in range { x[k] /= length }
    }
    return x
}

func dot<S: KernelScalar>(_ x: [S], _ y: Buffer<S>) -> Double {
    zip(x, y.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
