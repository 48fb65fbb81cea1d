import LinearAlgebra
import Signals

/// A smooth, invertible map of n numbers: three linear layers with a LeakyReLU of slope 0.2 between.
///
/// Entries are uniform in ±1 and columns scaled to length 1; a layer is drawn again until its
/// condition number is at most the 0.01-quantile of 2000 random ones, so that nothing of the input
/// is squeezed out of sight. PAPERS 3(d).
struct Mixing {
    private let layers: [[Float]]
    let width: Int

    init(width n: Int, using random: inout SeededGenerator) {
        let pool = (0..<2000).map { _ in Self.condition(Self.layer(n, using: &random)) }.sorted()
        let limit = pool[pool.count / 100]
        layers = (0..<3).map { _ in
            while true {
                let layer = Self.layer(n, using: &random)
                if Self.condition(layer) <= limit { return layer.elements.map { Float($0) } }
            }
        }
        width = n
    }

    func apply(_ x: [Float]) -> [Float] {
        var y = times(x, layers[0], columns: width)
        for layer in layers.dropFirst() {
            y = times(y.map { $0 > 0 ? $0 : 0.2 * $0 }, layer, columns: width)
        }
        return y
    }

    private static func layer(_ n: Int, using random: inout SeededGenerator) -> Matrix {
        var layer = Matrix(
            rows: n, columns: n,
            elements: (0..<n * n).map { _ in Double.random(in: -1...1, using: &random) })
        for j in 0..<n {
            let length = (0..<n).reduce(0) { $0 + layer[$1, j] * layer[$1, j] }.squareRoot()
            for i in 0..<n { layer[i, j] /= length }
        }
        return layer
    }

    /// The ratio of the greatest to the least singular value.
    private static func condition(_ a: Matrix) -> Double {
        let values = SymmetricEigen(a.transposedTimes(a))?.values ?? []
        guard let greatest = values.first, let least = values.last, least > 0 else {
            return .infinity
        }
        return (greatest / least).squareRoot()
    }
}
