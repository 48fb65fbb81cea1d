import Fusion
import LinearAlgebra

/// A dense layer over a batch, forwards and backwards.
///
/// ```
/// y = σ(x W + b),   σ(v) = max(v, 0.01 v) or v
/// dv = dy ∘ σ′(y),  dW = xᵀ dv,  db = Σ_rows dv,  dx = dv Wᵀ
/// ```
/// σ keeps the sign, so its slope is read from y and v is not kept.
extension DenseLayer {
    /// `rows × inputs` to `rows × outputs`.
    func forward<S: KernelScalar>(
        _ x: UnsafePointer<S>, rows: Int, _ parameters: UnsafePointer<S>,
        into y: UnsafeMutablePointer<S>
    ) {
        S.multiply(
            .plain, ProductSize(rows: rows, columns: outputs, depth: inputs), alpha: 1, x,
            parameters + offset, beta: 0, into: y)
        finish(y, rows: rows, parameters)
    }

    /// `y ← σ(y + b)`.
    func finish<S: KernelScalar>(
        _ y: UnsafeMutablePointer<S>, rows: Int, _ parameters: UnsafePointer<S>
    ) {
        let slope = S(Self.slope)
        for row in 0..<rows {
            let y = y + row * outputs
            if let biasOffset {
                let b = parameters + biasOffset
                for j in 0..<outputs { y[j] += b[j] }
            }
            if isActivated {
                for j in 0..<outputs { y[j] = y[j] > 0 ? y[j] : slope * y[j] }
            }
        }
    }

    /// Turns `dy` into `dv` where it stands.
    func descend<S: KernelScalar>(
        _ dy: UnsafeMutablePointer<S>, through y: UnsafePointer<S>, rows: Int
    ) {
        guard isActivated else { return }
        let slope = S(Self.slope)
        for k in 0..<rows * outputs { dy[k] = y[k] > 0 ? dy[k] : slope * dy[k] }
    }

    /// Writes dW and db at the layer's place among the gradients, and dx unless it is `nil`.
    func backward<S: KernelScalar>(
        _ dv: UnsafePointer<S>, x: UnsafePointer<S>, rows: Int, _ parameters: UnsafePointer<S>,
        gradient: UnsafeMutablePointer<S>, dx: UnsafeMutablePointer<S>?
    ) {
        S.multiply(
            .leftTransposed, ProductSize(rows: inputs, columns: outputs, depth: rows), alpha: 1, x,
            dv, beta: 0, into: gradient + offset)
        biasGradient(dv, rows: rows, gradient: gradient)
        guard let dx else { return }
        S.multiply(
            .rightTransposed, ProductSize(rows: rows, columns: inputs, depth: outputs), alpha: 1,
            dv, parameters + offset, beta: 0, into: dx)
    }

    func biasGradient<S: KernelScalar>(
        _ dv: UnsafePointer<S>, rows: Int, gradient: UnsafeMutablePointer<S>
    ) {
        guard let biasOffset else { return }
        let db = gradient + biasOffset
        for j in 0..<outputs { db[j] = 0 }
        for row in 0..<rows {
            let dv = dv + row * outputs
            for j in 0..<outputs { db[j] += dv[j] }
        }
    }
}
