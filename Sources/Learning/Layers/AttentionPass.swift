package import Fusion
package import LinearAlgebra

/// The attention of all senses of a batch of windows to each other, forwards and backwards, in memory
/// made once: what `SenseNetwork.addition` computes in service.
///
/// Append each row's frames, call `forward`, read `added`, call `backward` with the gradient by it,
/// read `gradient`. The frames are inputs: nothing goes on down from here.
/// ```
/// dΔ = du W_uᵀ,     dY_t = dΔ / F = −dN_t            Y = norm(S + [A V] W_o),  N = norm(S)
/// dv = (dy − mean dy − y mean(dy ∘ y)) / σ           y = norm(v), σ its deviation
/// dA = dC Vᵀ,   dL = A ∘ (dA − Σ dA ∘ A),   dQ = dL K / √h,   dK = dLᵀ Q / √h,   dV = Aᵀ dC
/// ```
/// A is made again on the way back: it would take the most memory of all and costs least.
package final class AttentionPass<S: KernelScalar> {
    private let senses: [AttendingSense<S>]
    private let head: AttentionHead<S>
    private var rows = 0

    /// - Parameters:
    ///   - architectures: of the senses, all with attention.
    ///   - rowsMax: windows in memory.
    package init(_ architectures: [SenseArchitecture], rowsMax: Int) {
        let frames = architectures.map(\.framesMax)
        senses = architectures.map { AttendingSense($0, rowsMax: rowsMax, others: frames) }
        head = AttentionHead(
            width: senses[0].shape.headWidth, queries: frames.max() ?? 0,
            keys: frames.reduce(0, +))
    }

    package func removeAll() {
        rows = 0
        for sense in senses { sense.removeAll() }
    }

    /// The next row: of each sense its standardised frames, none where it is absent.
    package func append(_ frames: [(first: UnsafePointer<S>, count: Int)?]) {
        for (sense, frames) in zip(senses, frames) { sense.append(frames) }
        rows += 1
    }

    /// `rows × own dimension`: what is added to u of a sense.
    package func added(_ m: Int) -> Buffer<S> { senses[m].added }

    /// By the parameters of the block of a sense, in their order; the sum over the rows.
    package func gradient(_ m: Int) -> Buffer<S> { senses[m].gradient }

    /// `parameters` are all of each sense's, its network's first.
    package func forward(_ parameters: [UnsafePointer<S>]) {
        for (sense, parameters) in zip(senses, parameters) { sense.show(parameters) }
        for (m, sense) in senses.enumerated() {
            let others = senses.indices.lazy.filter { $0 != m }.map { self.senses[$0] }
            sense.look(at: Array(others), rows: rows)
            sense.project(parameters[m])
            for row in 0..<rows { sense.forward(row, head) }
            sense.finish(rows: rows, parameters[m])
        }
    }

    /// After `forward` with the same parameters; `du` is the gradient by `added`, per sense.
    package func backward(_ du: [UnsafePointer<S>], _ parameters: [UnsafePointer<S>]) {
        for (m, sense) in senses.enumerated() { sense.descend(du[m], rows: rows, parameters[m]) }
        for (m, sense) in senses.enumerated() {
            for row in 0..<rows { sense.backward(row, head) }
            sense.gather(parameters[m])
            let others = senses.indices.lazy.filter { $0 != m }.map { self.senses[$0] }
            sense.giveBack(to: Array(others), rows: rows)
        }
        for (sense, parameters) in zip(senses, parameters) { sense.end(parameters) }
    }
}

/// One head of one window: its numbers side by side, and the products over them.
final class AttentionHead<S: KernelScalar> {
    let width: Int
    let q: Buffer<S>
    let k: Buffer<S>
    let v: Buffer<S>
    /// A, then in the way back dA and dL.
    let a: Buffer<S>
    let da: Buffer<S>
    let context: Buffer<S>
    let back: Buffer<S>

    init(width: Int, queries: Int, keys: Int) {
        self.width = width
        q = Buffer(count: queries * width)
        context = Buffer(count: queries * width)
        k = Buffer(count: keys * width)
        v = Buffer(count: keys * width)
        a = Buffer(count: queries * keys)
        da = Buffer(count: queries * keys)
        back = Buffer(count: max(queries, keys) * width)
    }

    /// `A = softmax(Q Kᵀ / √h)`.
    func weigh(queries: Int, keys: Int) {
        S.multiply(
            .rightTransposed, ProductSize(rows: queries, columns: keys, depth: width),
            alpha: 1 / S(width).squareRoot(), q.base, k.base, beta: 0, into: a.base)
        for query in 0..<queries {
            let a = a.base + query * keys
            var peak = a[0]
            for j in 0..<keys { peak = max(peak, a[j]) }
            S.exponentiate(a, count: keys, minus: peak)
            var sum: S = 0
            for j in 0..<keys { sum += a[j] }
            for j in 0..<keys { a[j] /= sum }
        }
    }

    /// `C = A V`.
    func mix(queries: Int, keys: Int) {
        S.multiply(
            .plain, ProductSize(rows: queries, columns: width, depth: keys), alpha: 1, a.base,
            v.base, beta: 0, into: context.base)
    }

    /// With dC in `context`, hands over dQ, dK and dV, each of which it has in `back` while it does.
    func descend(
        queries: Int, keys: Int, dQ: (UnsafePointer<S>) -> Void, dK: (UnsafePointer<S>) -> Void,
        dV: (UnsafePointer<S>) -> Void
    ) {
        let toKeys = ProductSize(rows: keys, columns: width, depth: queries)
        S.multiply(
            .leftTransposed, toKeys, alpha: 1, a.base, context.base, beta: 0, into: back.base)
        dV(back.base)
        S.multiply(
            .rightTransposed, ProductSize(rows: queries, columns: keys, depth: width), alpha: 1,
            context.base, v.base, beta: 0, into: da.base)
        for query in 0..<queries {
            let (a, da) = (a.base + query * keys, da.base + query * keys)
            let along = S(dotProduct(a, da, count: keys))
            for j in 0..<keys { da[j] = a[j] * (da[j] - along) }
        }
        let scale = 1 / S(width).squareRoot()
        S.multiply(
            .plain, ProductSize(rows: queries, columns: width, depth: keys), alpha: scale, da.base,
            k.base, beta: 0, into: back.base)
        dQ(back.base)
        S.multiply(
            .leftTransposed, toKeys, alpha: scale, da.base, q.base, beta: 0, into: back.base)
        dK(back.base)
    }
}

extension SenseArchitecture {
    /// Frames of a row at most.
    var framesMax: Int {
        if case .frames(let countMax, _, _, _) = front { countMax } else { 1 }
    }
}
