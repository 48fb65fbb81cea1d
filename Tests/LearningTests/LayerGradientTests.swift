import Fusion
import Learning
import LinearAlgebra
import Signals
import Testing

/// Every layer through the pass that uses it: the loss is a fixed random sum of the output.
@Suite struct LayerGradientTests {
    static let architectures: [SenseArchitecture] = [
        SenseArchitecture(front: .features(width: 5), hidden: [], dimension: 3),
        SenseArchitecture(front: .features(width: 6), hidden: [7], dimension: 4),
        SenseArchitecture(front: .features(width: 6), hidden: [7, 5, 6], dimension: 4),
        SenseArchitecture(front: .features(width: 9), tableWidth: 4, hidden: [6], dimension: 3),
        SenseArchitecture(
            front: .frames(countMax: 6, width: 3, kernel: 2, filters: 5), hidden: [6],
            dimension: 4),
        SenseArchitecture(
            front: .frames(countMax: 4, width: 2, kernel: 3, filters: 4), hidden: [],
            dimension: 3),
    ]
    private let rows = 5

    private func parameters<S: KernelScalar>(
        _ architecture: SenseArchitecture, seed: UInt64
    ) -> Buffer<S> {
        Buffer(gaussians(architecture.parameterCount, seed: seed).map { (x: S) in x / 2 })
    }

    private func fill<S: KernelScalar>(_ pass: EncoderPass<S>, seed: UInt64) {
        guard case .frames(let countMax, let width, _, _) = pass.architecture.front else {
            pass.input.copy(gaussians(pass.input.count, seed: seed))
            return
        }
        pass.removeFrames()
        for row in 0..<rows {
            let count = 1 + (row + Int(seed)) % countMax
            let frames: [S] = gaussians(count * width, seed: seed &+ UInt64(row) &* 77)
            let place = pass.appendFrames(count)
            for (k, x) in frames.enumerated() { place[k] = x }
        }
    }

    @Test(
        "The gradient by every parameter is the difference quotient", arguments: architectures,
        [true, false])
    func parameterGradient(architecture: SenseArchitecture, isNormalised: Bool) {
        for seed in UInt64(0)..<4 {
            let pass = EncoderPass<Double>(
                architecture, rowsMax: rows, isNormalised: isNormalised)
            let p: Buffer<Double> = parameters(architecture, seed: seed)
            let g: [Double] = gaussians(pass.output.count, seed: seed + 50)
            func loss() -> Double {
                fill(pass, seed: seed)
                pass.forward(rows: rows, parameters: p.base)
                return dot(g, pass.output)
            }
            _ = loss()
            pass.backward(g, rows: rows, parameters: p.base)
            let error = finiteDifferenceError(p, gradient: pass.gradient.values, loss: loss)
            #expect(error < gradientErrorMax, "seed \(seed)")
        }
    }

    @Test(
        "Single precision gives the gradient of double precision to a thousandth",
        arguments: architectures)
    func singlePrecision(architecture: SenseArchitecture) {
        for seed in UInt64(0)..<4 {
            let exact = gradient(of: architecture, seed: seed) as [Double]
            let single = gradient(of: architecture, seed: seed) as [Float]
            let scale = exact.reduce(0) { max($0, abs($1)) }
            for (exact, single) in zip(exact, single) {
                #expect(abs(exact - Double(single)) < 1e-3 * scale, "seed \(seed)")
            }
        }
    }

    private func gradient<S: KernelScalar>(
        of architecture: SenseArchitecture, seed: UInt64
    ) -> [S] {
        let pass = EncoderPass<S>(architecture, rowsMax: rows)
        let p: Buffer<S> = parameters(architecture, seed: seed)
        fill(pass, seed: seed)
        pass.forward(rows: rows, parameters: p.base)
        pass.backward(
            gaussians(pass.output.count, seed: seed + 50), rows: rows, parameters: p.base)
        return pass.gradient.values
    }

    @Test("No rows have no gradient")
    func noRows() {
        let pass = EncoderPass<Double>(Self.architectures[1], rowsMax: 2)
        let p: Buffer<Double> = parameters(Self.architectures[1], seed: 1)
        pass.gradient.base[0] = 9
        pass.forward(rows: 0, parameters: p.base)
        pass.backward([0], rows: 0, parameters: p.base)
        #expect(pass.gradient.values.allSatisfy { $0 == 0 })
    }
}
