import Foundation
import LinearAlgebra
import Signals
import Testing

@Suite struct KernelTests {
    private func random(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
    }

    @Test("The eightfold exponential stays within its stated error of the exact one")
    func exponentialError() {
        var worst = 0.0
        for k in stride(from: -87.0, through: 88.0, by: 0.007_3) {
            let x = Float(k)
            let y = exponential(SIMD8<Float>(repeating: x))[3]
            worst = max(worst, abs(Double(y) / exp(Double(x)) - 1))
        }
        #expect(worst < LinearAlgebra.exponentialError)
    }

    @Test("Beyond the range of a float the exponential stays finite and is next to nothing below")
    func exponentialLimits() {
        let y = exponential(SIMD8<Float>(-1e9, 1e9, -88, 89, 0, -0.0, 1, -1))
        for k in 0..<8 { #expect(y[k].isNormal) }
        #expect(y[0] < 1e-37 && y[1] > 1e38 && y[4] == 1 && y[5] == 1)
    }

    @Test("Exponentiating a column is the same for every length", arguments: [0, 1, 7, 8, 9, 23])
    func exponentialOfColumns(count: Int) {
        var generator = SeededGenerator(seed: 3)
        let x = random(count, &generator)
        var y = x
        y.withUnsafeMutableBufferPointer {
            if let base = $0.baseAddress { Float.exponentiate(base, count: count, minus: 0.5) }
        }
        for (x, y) in zip(x, y) { #expect(y == exponential(SIMD8<Float>(repeating: x - 0.5))[0]) }
    }

    @Test(
        "A row through the dense kernel is the same to the bit alone and in any batch",
        arguments: UInt64(0)..<24)
    func rowsDoNotDependOnTheirBatch(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let kernel = DenseKernel(
            inputs: Int.random(in: 1...70, using: &generator),
            outputs: Int.random(in: 1...80, using: &generator))
        let rows = Int.random(in: 1...9, using: &generator)
        let stride = kernel.inputs + Int.random(in: 0...3, using: &generator)
        let x = random(rows * stride, &generator)
        let weights = random(kernel.inputs * kernel.outputs, &generator)
        let bias = random(kernel.outputs, &generator)
        var together = [Float](repeating: 0, count: rows * kernel.outputs)
        kernel.apply(x, stride: stride, rows: rows, weights: weights, bias: bias, into: &together)
        for row in 0..<rows {
            var alone = [Float](repeating: 0, count: kernel.outputs)
            let own = Array(x[row * stride..<row * stride + kernel.inputs])
            kernel.apply(own, stride: 0, rows: 1, weights: weights, bias: bias, into: &alone)
            #expect(alone == Array(together[row * kernel.outputs..<(row + 1) * kernel.outputs]))
            for j in alone.indices {
                var exact = Double(bias[j])
                for i in own.indices {
                    exact += Double(own[i]) * Double(weights[i * kernel.outputs + j])
                }
                #expect(abs(Double(alone[j]) - exact) < 1e-4)
            }
        }
    }

    @Test("The three product forms follow their definition", arguments: UInt64(0)..<8)
    func productForms(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let (m, n, k) = (5, 7, 4)
        let a = random(m * k, &generator)
        let b = random(k * n, &generator)
        let size = ProductSize(rows: m, columns: n, depth: k)
        let left = (0..<k).flatMap { p in (0..<m).map { a[$0 * k + p] } }
        let right = (0..<n).flatMap { j in (0..<k).map { b[$0 * n + j] } }
        let cases: [(ProductForm, [Float], [Float])] = [
            (.plain, a, b), (.leftTransposed, left, b), (.rightTransposed, a, right),
        ]
        for (form, a1, b1) in cases {
            var c = [Float](repeating: 1, count: m * n)
            Float.multiply(form, size, alpha: 2, a1, b1, beta: 3, into: &c)
            for i in 0..<m {
                for j in 0..<n {
                    let sum = (0..<k).reduce(Float(0)) { $0 + a[i * k + $1] * b[$1 * n + j] }
                    #expect(abs(c[i * n + j] - (2 * sum + 3)) < 1e-5)
                }
            }
        }
    }
}
