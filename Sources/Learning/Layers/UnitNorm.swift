import LinearAlgebra

/// The last step of an encoder: `z = h / n`, `n = ‖h‖ + 1e-8`, row by row.
///
/// ```
/// dh = (g − z (z·g) n / ‖h‖) / n
/// ```
/// PAPERS 0.
struct UnitNorm {
    let dimension: Int
    private static var floor: Double { 1e-8 }

    /// Also writes n per row.
    func forward<S: KernelScalar>(
        _ h: UnsafePointer<S>, rows: Int, into z: UnsafeMutablePointer<S>,
        lengths: UnsafeMutablePointer<S>
    ) {
        for row in 0..<rows {
            let (h, z) = (h + row * dimension, z + row * dimension)
            let n = S(dotProduct(h, h, count: dimension).squareRoot() + Self.floor)
            lengths[row] = n
            for j in 0..<dimension { z[j] = h[j] / n }
        }
    }

    /// `g` is the gradient by z; `dh` may be the same memory.
    func backward<S: KernelScalar>(
        _ g: UnsafePointer<S>, z: UnsafePointer<S>, lengths: UnsafePointer<S>, rows: Int,
        into dh: UnsafeMutablePointer<S>
    ) {
        for row in 0..<rows {
            let (g, z, dh) = (g + row * dimension, z + row * dimension, dh + row * dimension)
            let n = lengths[row]
            let length = max(Double(n) - Self.floor, Self.floor)
            let along = S(dotProduct(z, g, count: dimension) * Double(n) / length)
            for j in 0..<dimension { dh[j] = (g[j] - z[j] * along) / n }
        }
    }
}

/// `Σ xⱼ yⱼ`, in double precision.
@inline(__always)
func dotProduct<S: KernelScalar>(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, count: Int
) -> Double {
    var sum = 0.0
    for j in 0..<count { sum += Double(x[j]) * Double(y[j]) }
    return sum
}
