private import COpenBLAS

/// The inference kernels: single precision in storage, one thread, one window at a time, so that
/// what a window yields never depends on its neighbours.

/// `y = M x` for a row-major `rows × x.count` matrix `m`.
package func product(_ m: [Float], rows: Int, _ x: [Float]) -> [Float] {
    precondition(m.count == rows * x.count, "\(m.count) numbers are not \(rows)×\(x.count)")
    var y = [Float](repeating: 0, count: rows)
    guard rows > 0, !x.isEmpty else { return y }
    cblas_sgemv(
        CblasRowMajor, CblasNoTrans, Int32(rows), Int32(x.count), 1, m, Int32(x.count), x, 1, 0, &y,
        1)
    return y
}

/// `Σ xᵢ yᵢ`, accumulated in double precision.
package func dot(_ x: [Float], _ y: [Float]) -> Double {
    precondition(x.count == y.count, "\(x.count) numbers against \(y.count)")
    var sum = 0.0
    for i in x.indices { sum += Double(x[i]) * Double(y[i]) }
    return sum
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
