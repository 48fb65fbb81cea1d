import Fusion
import LinearAlgebra

/// A sense's rows as a few uncorrelated numbers: what closed-form alignment reads of it.
///
/// ```
/// x = clip((row − mean) / scale, ±8),   c = diag(λ)^(−1/2) V x
/// ```
/// with the leading principal components of the rows it is made of. Of frames, the mean and the
/// spread over them are the row.
struct SenseComponents {
    private let sense: Int
    private let front: SenseArchitecture.Front
    private let mean: [Double]
    private let scale: [Double]
    /// `components × width`, divided by the roots of their variances.
    private let map: Matrix

    static let componentsMax = 32
    private static let deviationMax = 8.0
    /// Of more rows than this the directions are not learnt.
    private static let rowsMax = 8192
    /// Beyond so many numbers the Gram matrix is taken of that many rows instead.
    private static let widthMax = 1024

    /// - Parameters:
    ///   - rows: all windows.
    ///   - sense: the one that is read.
    ///   - sample: windows in which it is present.
    /// - Throws: what `rows` throws.
    ///
    /// `nil` when the sense never moved or too few windows have it.
    init?(of rows: some TrainingRows, sense: Int, sample: [Int]) throws {
        self.sense = sense
        front = rows.senses[sense].front
        let width = Self.width(of: front)
        let count = width > Self.widthMax ? min(Self.widthMax, sample.count) : sample.count
        let chosen = evenly(sample, max: min(count, Self.rowsMax))
        guard chosen.count >= 32 else { return nil }
        var x = try Self.features(of: rows, sense: sense, front: front, rows: chosen)
        let n = Double(x.rows)
        var mean = [Double](repeating: 0, count: width)
        var scale = mean
        for i in 0..<x.rows { for j in 0..<width { mean[j] += x[i, j] / n } }
        for i in 0..<x.rows {
            for j in 0..<width { scale[j] += (x[i, j] - mean[j]) * (x[i, j] - mean[j]) / n }
        }
        for j in 0..<width {
            let deviation = scale[j].squareRoot()
            scale[j] = deviation > abs(mean[j]) * 1e-6 + 1e-9 ? 1 / deviation : 0
        }
        Self.standardise(&x, mean: mean, scale: scale)
        let most = min(Self.componentsMax, max(2, sample.count / 32))
        guard let components = PrincipalComponents(of: x, max: most),
            !components.variances.isEmpty
        else { return nil }
        var map = components.directions
        for k in 0..<map.rows {
            let root = components.variances[k].squareRoot()
            for j in 0..<width { map[k, j] /= root }
        }
        self.mean = mean
        self.scale = scale
        self.map = map
    }

    var count: Int { map.rows }

    /// The components of windows in which the sense is present, `rows × count`.
    func components(of rows: some TrainingRows, _ chosen: [Int]) throws -> Matrix {
        var out: [Double] = []
        out.reserveCapacity(chosen.count * count)
        for first in stride(from: 0, to: chosen.count, by: 1024) {
            let block = Array(chosen[first..<min(chosen.count, first + 1024)])
            var x = try Self.features(of: rows, sense: sense, front: front, rows: block)
            Self.standardise(&x, mean: mean, scale: scale)
            out += x.timesTransposed(map).elements
        }
        return Matrix(rows: chosen.count, columns: count, elements: out)
    }

    private static func width(of front: SenseArchitecture.Front) -> Int {
        switch front {
        case .features(let width): width
        case .frames(_, let width, _, _): 2 * width
        }
    }

    private static func standardise(_ x: inout Matrix, mean: [Double], scale: [Double]) {
        for i in 0..<x.rows {
            for j in 0..<x.columns {
                let z = (x[i, j] - mean[j]) * scale[j]
                x[i, j] = max(-deviationMax, min(deviationMax, z))
            }
        }
    }

    private static func features(
        of rows: some TrainingRows, sense: Int, front: SenseArchitecture.Front, rows chosen: [Int]
    ) throws -> Matrix {
        let rowWidth = SenseArchitecture(front: front, dimension: 2).rowWidth
        var numbers = [Float](repeating: 0, count: chosen.count * rowWidth)
        try numbers.withUnsafeMutableBufferPointer { try rows.fill(chosen, sense: sense, into: $0) }
        guard case .frames(let countMax, let width, _, _) = front else {
            return Matrix(rows: chosen.count, columns: rowWidth, elements: numbers.map(Double.init))
        }
        var x = Matrix(rows: chosen.count, columns: 2 * width)
        for i in chosen.indices {
            let row = numbers[i * rowWidth..<(i + 1) * rowWidth]
            let first = row.startIndex + 1
            let frames = SenseArchitecture.frameCount(row[row.startIndex], countMax: countMax)
            guard frames > 0 else { continue }
            for j in 0..<width {
                var (sum, squares) = (0.0, 0.0)
                for k in 0..<frames { sum += Double(row[first + k * width + j]) }
                let mean = sum / Double(frames)
                for k in 0..<frames {
                    let c = Double(row[first + k * width + j]) - mean
                    squares += c * c
                }
                x[i, j] = mean
                x[i, width + j] = (squares / Double(frames)).squareRoot()
            }
        }
        return x
    }
}

/// At most `max` of them, spread evenly.
func evenly(_ rows: [Int], max most: Int) -> [Int] {
    guard rows.count > most else { return rows }
    return (0..<most).map { rows[$0 * rows.count / most] }
}
