private import COpenBLAS

/// The inference kernels: single precision in storage, one thread, one window at a time, so that
/// what a window yields never depends on its neighbours.

/// `y = M x` for a row-major `rows × x.count` matrix `m`; `significant`: how many numbers of x, from the
/// first, may differ from 0.
package func product(
    _ m: [Float], rows: Int, _ x: [Float], significant: Int? = nil
) -> [Float] {
    precondition(m.count == rows * x.count, "\(m.count) numbers are not \(rows)×\(x.count)")
    let columns = significant ?? x.count
    precondition(columns <= x.count, "\(x.count) numbers have no \(columns) significant ones")
    var y = [Float](repeating: 0, count: rows)
    guard rows > 0, columns > 0 else { return y }
    cblas_sgemv(
        CblasRowMajor, CblasNoTrans, Int32(rows), Int32(columns), 1, m, Int32(x.count), x, 1, 0, &y,
        1)
    return y
}

/// `Σ xᵢ yᵢ`, accumulated in double precision.
package func dot(_ x: [Float], _ y: [Float]) -> Double {
    precondition(x.count == y.count, "\(x.count) numbers against \(y.count)")
    return x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in
            var lanes = SIMD8<Double>()
            var i = 0
            while i + 8 <= x.count {
                lanes += SIMD8<Double>(eight(x, i)) * SIMD8<Double>(eight(y, i))
                i += 8
            }
            var sum = lanes.sum()
            while i < x.count {
                sum += Double(x[i]) * Double(y[i])
                i += 1
            }
            return sum
        }
    }
}

/// `Σ (xᵢ − yᵢ)²`, in single precision.
package func squaredDistance(_ x: [Float], _ y: [Float]) -> Float {
    precondition(x.count == y.count, "\(x.count) numbers against \(y.count)")
    return x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in
            var lanes = SIMD8<Float>()
            var i = 0
            while i + 8 <= x.count {
                let c = eight(x, i) - eight(y, i)
                lanes += c * c
                i += 8
            }
            var sum = lanes.sum()
            while i < x.count {
                sum += (x[i] - y[i]) * (x[i] - y[i])
                i += 1
            }
            return sum
        }
    }
}

/// Eight numbers from place `i` on, which the caller knows to be there.
@inline(__always)
private func eight(_ x: UnsafeBufferPointer<Float>, _ i: Int) -> SIMD8<Float> {
    UnsafeRawPointer(x.baseAddress! + i).loadUnaligned(as: SIMD8<Float>.self)
}

/// `√Σ xᵢ²`, accumulated in double precision.
package func norm(_ x: [Float]) -> Double {
    dot(x, x).squareRoot()
}

/// The cosine of the angle between two vectors; 0 when either vanishes.
package func cosine(_ x: [Float], _ y: [Float]) -> Double {
    let scale = norm(x) * norm(y)
    return scale > 0 ? max(-1, min(1, dot(x, y) / scale)) : 0
}

/// `x / ‖x‖`; a vanishing vector stays as it is.
package func normalised(_ x: [Float]) -> [Float] {
    let length = norm(x)
    guard length > 1e-12 else { return x }
    return x.map { Float(Double($0) / length) }
}
