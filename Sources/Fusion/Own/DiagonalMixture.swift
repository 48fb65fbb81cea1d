import Foundation  // `exp` and `log`.
import Signals

/// A mixture of K Gaussians with diagonal covariances: the prototypes of a sense's own part.
///
/// ```
/// γ_nk ∝ π_k Π_j N(x_nj; μ_kj, v_kj)                      E
/// n_k = Σ_n γ_nk,  π = n_k / N,  μ_k = Σ_n γ_nk x_n / n_k,
/// v_k = Σ_n γ_nk (x_n − μ_k)² / n_k, at least the floor    M
/// ```
/// Variances are summed about their mean: as a difference of squares they cancel. PAPERS 4.
package struct DiagonalMixture: Equatable, Sendable {
    package let dimension: Int
    /// π: `K`.
    package private(set) var weights: [Double]
    /// μ and v: `K × dimension`, row-major.
    package private(set) var means: [Double]
    package private(set) var variances: [Double]
    /// `ln π_k − ½ Σ_j ln v_kj`.
    private var offsets: [Double]

    package var count: Int { weights.count }

    /// Smallest n_k that a mean is taken over.
    private static let massMin = 1e-6

    package init(weights: [Double], means: [Double], variances: [Double]) {
        precondition(!weights.isEmpty && means.count.isMultiple(of: weights.count))
        precondition(means.count == variances.count && !means.isEmpty)
        dimension = means.count / weights.count
        self.weights = weights
        self.means = means
        self.variances = variances
        offsets = Self.offsets(weights, variances)
    }

    /// Of the own parts of normal windows, for service. A small share of the whole variance is the
    /// floor of every Gaussian's: a number that stands still in one of them must not rule the rest.
    package init(ofOwnParts rows: [Double], dimension d: Int, count: Int) {
        let n = rows.count / d
        // One Gaussian for eight windows at most, and as many as the batch had.
        let K = max(1, min(count, n / 8))
        let whole = DiagonalMixture(startingAt: rows, dimension: d, count: 1, floor: 1e-9)
        let floor = 0.02 * whole.variances.reduce(0, +) / Double(d)
        self.init(startingAt: rows, dimension: d, count: K, floor: floor)
        fit(to: rows, steps: 20, floor: max(1e-9, floor))
        // As it is stored: what scores after a restart must be what scored before.
        func single(_ column: [Double]) -> [Double] { column.map { Double(Float($0)) } }
        self.init(
            weights: single(weights), means: single(means),
            variances: single(variances).map { max($0, 1e-30) })
    }

    /// K rows evenly taken as means, the variance of all rows, equal weights: where EM begins.
    package init(startingAt rows: [Double], dimension d: Int, count: Int, floor: Double) {
        let n = rows.count / d
        precondition(n >= 1 && count >= 1, "a mixture needs a row")
        var means: [Double] = []
        for k in 0..<count {
            let row = count == 1 ? 0 : k * (n - 1) / (count - 1)
            means += rows[row * d..<(row + 1) * d]
        }
        var spread = [Double](repeating: 0, count: d)
        for j in 0..<d {
            let column = stride(from: j, to: n * d, by: d)
            let mean = column.reduce(0) { $0 + rows[$1] } / Double(n)
            let square = column.reduce(0) { $0 + (rows[$1] - mean) * (rows[$1] - mean) }
            spread[j] = max(floor, square / Double(n))
        }
        self.init(
            weights: [Double](repeating: 1 / Double(count), count: count), means: means,
            variances: (0..<count).flatMap { _ in spread })
    }

    /// E: γ, `n × K`.
    package func responsibilities(of rows: [Double]) -> [Double] {
        let (d, K) = (dimension, count)
        let n = rows.count / d
        var gamma = [Double](repeating: 0, count: n * K)
        let scales = variances.map { 1 / $0 }
        let offsets = offsets
        rows.withUnsafeBufferPointer { x in
            means.withUnsafeBufferPointer { mu in
                scales.withUnsafeBufferPointer { scales in
                    gamma.withUnsafeMutableBufferPointer { gamma in
                        for i in 0..<n {
                            var top = -Double.infinity
                            for k in 0..<K {
                                let square = distance(
                                    x.baseAddress! + i * d, mu.baseAddress! + k * d,
                                    scales.baseAddress! + k * d, d)
                                gamma[i * K + k] = offsets[k] - 0.5 * square
                                top = max(top, gamma[i * K + k])
                            }
                            var sum = 0.0
                            for k in i * K..<(i + 1) * K {
                                gamma[k] = exp(gamma[k] - top)
                                sum += gamma[k]
                            }
                            for k in i * K..<(i + 1) * K { gamma[k] /= sum }
                        }
                    }
                }
            }
        }
        return gamma
    }

    /// M: the mixture that `gamma` makes of the rows.
    package mutating func move(to rows: [Double], by gamma: [Double], floor: Double) {
        let (d, K) = (dimension, count)
        let n = rows.count / d
        var mass = [Double](repeating: 0, count: K)
        for i in 0..<n { for k in 0..<K { mass[k] += gamma[i * K + k] } }
        for k in 0..<K { mass[k] = max(Self.massMin, mass[k]) }
        let total = mass.reduce(0, +)
        weights = mass.map { $0 / total }
        means = Self.sum(rows, gamma, d, K, about: nil)
        for k in 0..<K { for j in k * d..<(k + 1) * d { means[j] /= mass[k] } }
        variances = Self.sum(rows, gamma, d, K, about: means)
        for k in 0..<K {
            for j in k * d..<(k + 1) * d { variances[j] = max(floor, variances[j] / mass[k]) }
        }
        offsets = Self.offsets(weights, variances)
    }

    /// EM for `steps`; returns the γ that the mixture was made of.
    @discardableResult
    package mutating func fit(to rows: [Double], steps: Int, floor: Double) -> [Double] {
        var gamma: [Double] = []
        for _ in 0..<steps {
            gamma = responsibilities(of: rows)
            move(to: rows, by: gamma, floor: floor)
        }
        return gamma
    }

    /// `ln p(x)`, less the constant `−d/2 ln 2π`.
    package func logDensity(_ x: [Double]) -> Double {
        var top = -Double.infinity
        var logs: [Double] = []
        for k in 0..<count {
            var square = 0.0
            for j in 0..<dimension {
                let c = x[j] - means[k * dimension + j]
                square += c * c / variances[k * dimension + j]
            }
            logs.append(offsets[k] - 0.5 * square)
            top = max(top, logs[k])
        }
        guard top.isFinite else { return -.greatestFiniteMagnitude }
        return top + log(logs.reduce(0) { $0 + exp($1 - top) })
    }

    /// ½ ln of twice how far ln p lies below the highest component's peak, per number: like T², the
    /// larger the odder, and 0 for a row one deviation away from its prototype in every number.
    package func oddness(of x: [Float]) -> Double {
        let peak = offsets.max() ?? 0
        let fall = max(0, peak - logDensity(x.map(Double.init)))
        return 0.5 * log(2 * fall / Double(dimension) + 1e-3)
    }

    private static func offsets(_ weights: [Double], _ variances: [Double]) -> [Double] {
        let d = variances.count / weights.count
        return weights.indices.map { k in
            log(max(weights[k], .leastNormalMagnitude)) - 0.5
                * variances[k * d..<(k + 1) * d].reduce(0) { $0 + log($1) }
        }
    }

    /// `Σ_n γ_nk x_n`, or `Σ_n γ_nk (x_n − μ_k)²`: `K × d`.
    private static func sum(
        _ rows: [Double], _ gamma: [Double], _ d: Int, _ K: Int, about means: [Double]?
    ) -> [Double] {
        var sums = [Double](repeating: 0, count: K * d)
        let n = rows.count / d
        let centres = means ?? []
        rows.withUnsafeBufferPointer { x in
            centres.withUnsafeBufferPointer { mu in
                sums.withUnsafeMutableBufferPointer { sums in
                    for i in 0..<n {
                        for k in 0..<K {
                            let share = gamma[i * K + k]
                            guard share > 1e-12 else { continue }
                            let (at, row) = (k * d, i * d)
                            if mu.isEmpty {
                                for j in 0..<d { sums[at + j] += share * x[row + j] }
                            } else {
                                for j in 0..<d {
                                    let c = x[row + j] - mu[at + j]
                                    sums[at + j] += share * c * c
                                }
                            }
                        }
                    }
                }
            }
        }
        return sums
    }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt32(count))
        for column in [weights, means, variances] { writer.write(column.map { Float($0) }) }
    }

    init(from reader: inout ByteReader) throws {
        let K = Int(try reader.read(UInt32.self))
        let columns = try (0..<3).map { _ in try reader.readFloats().map(Double.init) }
        guard let mixture = DiagonalMixture(checking: columns), mixture.count == K else {
            throw FusionModel.Malformed(reason: "a mixture of own parts does not hold together")
        }
        self = mixture
    }

    /// π, μ, v as they were stored; `nil` when they are none of a mixture.
    package init?(checking columns: [[Double]]) {
        guard columns.count == 3, !columns[0].isEmpty, !columns[1].isEmpty,
            columns[1].count.isMultiple(of: columns[0].count),
            columns[1].count == columns[2].count,
            columns.allSatisfy({ $0.allSatisfy(\.isFinite) }),
            columns[0].allSatisfy({ $0 >= 0 }), columns[2].allSatisfy({ $0 > 0 })
        else { return nil }
        self.init(weights: columns[0], means: columns[1], variances: columns[2])
    }
}

/// `Σ_j (x_j − μ_j)² s_j`, in four lanes.
@inline(__always)
private func distance(
    _ x: UnsafePointer<Double>, _ mu: UnsafePointer<Double>, _ scale: UnsafePointer<Double>,
    _ count: Int
) -> Double {
    var lanes = SIMD4<Double>()
    var j = 0
    while j + 4 <= count {
        let c =
            UnsafeRawPointer(x + j).loadUnaligned(as: SIMD4<Double>.self)
            - UnsafeRawPointer(mu + j).loadUnaligned(as: SIMD4<Double>.self)
        lanes += c * c * UnsafeRawPointer(scale + j).loadUnaligned(as: SIMD4<Double>.self)
        j += 4
    }
    var sum = lanes.sum()
    while j < count {
        let c = x[j] - mu[j]
        sum += c * c * scale[j]
        j += 1
    }
    return sum
}
