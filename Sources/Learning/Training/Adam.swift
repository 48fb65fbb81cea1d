package import LinearAlgebra

/// Adam with decoupled weight decay, and the moments it keeps of one set of parameters.
///
/// ```
/// m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
/// p ← p − η (m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε) + λ p)
/// ```
/// with β₁ = .9, β₂ = .999, ε = 1e-8 and t from 1. Kingma and Ba 2015; Loshchilov and Hutter 2019.
package final class Adam<S: KernelScalar> {
    /// t of the newest step.
    package private(set) var steps = 0
    package let m: Buffer<S>
    package let v: Buffer<S>

    package init(count: Int) {
        m = Buffer(count: count)
        v = Buffer(count: count)
    }

    init(steps: Int, m: [S], v: [S]) {
        self.steps = steps
        self.m = Buffer(m)
        self.v = Buffer(v)
    }

    /// Begins the next step; `apply` then does it, part by part.
    package func advance() { steps += 1 }

    /// The step for the parameters in `range`, each once. `scale` multiplies the gradient.
    package func apply(
        _ parameters: UnsafeMutablePointer<S>, gradient: UnsafePointer<S>, range: Range<Int>,
        scale: S = 1, rate: Double, decay: Double = 0
    ) {
        let (b1, b2) = (0.9, 0.999)
        var (c1, c2) = (1.0, 1.0)
        // The powers βᵗ, by repeated squaring: the same to the bit on every machine.
        var (p1, p2, t) = (b1, b2, steps)
        while t > 0 {
            if t & 1 == 1 { (c1, c2) = (c1 * p1, c2 * p2) }
            (p1, p2, t) = (p1 * p1, p2 * p2, t >> 1)
        }
        let eta = S(rate / (1 - c1))
        let correction = S(1 / (1 - c2))
        let shrink = S(1 - rate * decay)
        let epsilon: S = 1e-8
        let (keep1, take1) = (S(b1), S(1 - b1))
        let (keep2, take2) = (S(b2), S(1 - b2))
        let (m, v) = (m.base, v.base)
        for i in range {
            let g = gradient[i] * scale
            let mean = keep1 * m[i] + take1 * g
            let square = keep2 * v[i] + take2 * g * g
            m[i] = mean
            v[i] = square
            parameters[i] =
                parameters[i] * shrink - eta * mean / ((square * correction).squareRoot() + epsilon)
        }
    }
}
