import LinearAlgebra
import Signals

/// How alike two rows are, by weights that can be learnt.
///
/// Rows have unit length; weights lie in one array, so that one optimiser serves every score.
protocol PairScore: Sendable {
    var weightCount: Int { get }

    /// Weights to begin with.
    func firstWeights(using random: inout SeededGenerator) -> [Double]

    /// `sᵢⱼ` of every row of `x` with every row of `y`, both of `d` columns.
    func scores(_ x: Matrix, _ y: Matrix, weights: [Double]) -> Matrix

    /// `Σᵢⱼ gᵢⱼ ∂sᵢⱼ/∂w`, where `g` is the gradient of a loss by the scores.
    func gradient(_ g: Matrix, _ x: Matrix, _ y: Matrix, weights: [Double]) -> [Double]
}

/// `s(x, y) = xᵀ W y`, of `d × d` weights.
///
/// Begins as the cosine, `W = I / τ`: what is learnt is how far the cosine is from the best that a
/// matrix does.
struct BilinearScore: PairScore {
    let dimension: Int

    /// The temperature of the cosine that it begins as; as low as `TrainingSettings` begins with.
    private static let temperature = 0.1

    var weightCount: Int { dimension * dimension }

    func firstWeights(using random: inout SeededGenerator) -> [Double] {
        (0..<weightCount).map { $0 % (dimension + 1) == 0 ? 1 / Self.temperature : 0 }
    }

    func scores(_ x: Matrix, _ y: Matrix, weights: [Double]) -> Matrix {
        x.times(Matrix(rows: dimension, columns: dimension, elements: weights)).timesTransposed(y)
    }

    func gradient(_ g: Matrix, _ x: Matrix, _ y: Matrix, weights: [Double]) -> [Double] {
        x.transposedTimes(g.times(y)).elements
    }
}

/// A small network over what two rows are and how they differ:
/// ```
/// s(x, y) = w · max(0, Aᵀ [x; y; |x − y|; x ∘ y] + b)
/// ```
/// with `A` of `4d × h`; rows enter times √d, numbers of about 1. A bias of `s` would be the same for all
/// pairs and change no rank. The parts of `A` that see `x` or `y` alone are applied once for each row, not
/// for each pair.
struct NetworkScore: PairScore {
    let dimension: Int
    let hidden: Int

    var weightCount: Int { (4 * dimension + 2) * hidden }

    private var scale: Double { Double(dimension).squareRoot() }

    func firstWeights(using random: inout SeededGenerator) -> [Double] {
        let (inner, outer) = (
            (2 / Double(4 * dimension)).squareRoot(), (1 / Double(hidden)).squareRoot()
        )
        return (0..<4 * dimension * hidden).map { _ in inner * random.gaussian() }
            + [Double](repeating: 0, count: hidden)
            + (0..<hidden).map { _ in outer * random.gaussian() }
    }

    func scores(_ x: Matrix, _ y: Matrix, weights: [Double]) -> Matrix {
        let x = x.scaled(by: scale)
        let y = y.scaled(by: scale)
        let H = activations(x, y, differences(x, y), weights)
        let w = Matrix(rows: 1, columns: hidden, elements: Array(weights.suffix(hidden)))
        return Matrix(rows: x.rows, columns: y.rows, elements: H.timesTransposed(w).elements)
    }

    func gradient(_ g: Matrix, _ x: Matrix, _ y: Matrix, weights: [Double]) -> [Double] {
        let x = x.scaled(by: scale)
        let y = y.scaled(by: scale)
        let D = differences(x, y)
        var H = activations(x, y, D, weights)
        let column = Matrix(rows: g.elements.count, columns: 1, elements: g.elements)
        let dw = column.transposedTimes(H).elements
        // From here on H is the gradient by what goes into the activation.
        let w = Array(weights.suffix(hidden))
        let h = hidden
        let ofX = Buffer<Double>(count: x.rows * h)
        let ofY = Buffer<Double>(count: y.rows * h)
        var db = [Double](repeating: 0, count: h)
        H.elements.withUnsafeMutableBufferPointer { H in
            for i in 0..<x.rows {
                let a = ofX.base + i * h
                for j in 0..<y.rows {
                    let b = ofY.base + j * h
                    let push = g[i, j]
                    let first = (i * y.rows + j) * h
                    for k in 0..<h {
                        let v = H[first + k] > 0 ? push * w[k] : 0
                        H[first + k] = v
                        a[k] += v
                        b[k] += v
                    }
                }
                for k in 0..<h { db[k] += a[k] }
            }
        }
        func matrix(_ sums: Buffer<Double>) -> Matrix {
            Matrix(rows: sums.count / h, columns: h, elements: sums.values)
        }
        return x.transposedTimes(matrix(ofX)).elements + y.transposedTimes(matrix(ofY)).elements
            + D.transposedTimes(H).elements + db + dw
    }

    /// `[|x − y|; x ∘ y]` of every pair, `(n m) × 2d`.
    private func differences(_ x: Matrix, _ y: Matrix) -> Matrix {
        let d = dimension
        var D = Matrix(rows: x.rows * y.rows, columns: 2 * d)
        D.elements.withUnsafeMutableBufferPointer { D in
            for i in 0..<x.rows {
                let a = Array(x.row(i))
                for j in 0..<y.rows {
                    let b = Array(y.row(j))
                    let first = (i * y.rows + j) * 2 * d
                    for k in 0..<d {
                        D[first + k] = abs(a[k] - b[k])
                        D[first + d + k] = a[k] * b[k]
                    }
                }
            }
        }
        return D
    }

    /// What the hidden layer says of every pair, `(n m) × h`.
    private func activations(
        _ x: Matrix, _ y: Matrix, _ D: Matrix, _ weights: [Double]
    ) -> Matrix {
        let (d, h) = (dimension, hidden)
        func block(_ first: Int, rows: Int) -> Matrix {
            Matrix(
                rows: rows, columns: h,
                elements: Array(weights[first * h..<(first + rows) * h]))
        }
        var ofX = x.times(block(0, rows: d))
        let ofY = Buffer(y.times(block(d, rows: d)).elements)
        for i in 0..<x.rows { for k in 0..<h { ofX[i, k] += weights[4 * d * h + k] } }
        var H = D.times(block(2 * d, rows: 2 * d))
        H.elements.withUnsafeMutableBufferPointer { H in
            for i in 0..<x.rows {
                let a = Array(ofX.row(i))
                for j in 0..<y.rows {
                    let b = ofY.base + j * h
                    let first = (i * y.rows + j) * h
                    for k in 0..<h { H[first + k] = max(0, H[first + k] + a[k] + b[k]) }
                }
            }
        }
        return H
    }
}
