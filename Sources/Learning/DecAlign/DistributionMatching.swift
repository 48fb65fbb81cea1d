package import LinearAlgebra

/// How far the distributions of the senses' common parts are apart: moments and MMD.
///
/// ```
/// L_sem = mean over pairs of MSE(mean) + MSE(covariance) + MSE(skewness)
/// L_MMD = mean over pairs of MMD²,  k(x, y) = exp(−‖x − y‖² / 2h)
/// ```
/// with h the total variance of all rows, held constant: d for d standardised numbers. The released
/// h = 1 is blind at d = 64, where every pair of rows is e⁻⁶⁴ alike. PAPERS 4(a) 4 and 4(d).
package enum DistributionMatching {
    /// One sense's rows, `count × dimension`, and where the gradient by them is added.
    package struct Rows<S: KernelScalar> {
        package let x: Buffer<S>
        package let gradient: Buffer<S>
        package let count: Int

        package init(x: Buffer<S>, gradient: Buffer<S>, count: Int) {
            self.x = x
            self.gradient = gradient
            self.count = count
        }
    }

    private static var varianceFloor: Double { 1e-6 }

    /// The total variance of all rows.
    package static func bandwidth<S: KernelScalar>(_ senses: [Rows<S>], dimension d: Int) -> Double
    {
        let n = senses.reduce(0) { $0 + $1.count }
        var total = 0.0
        for j in 0..<d {
            var sum = 0.0
            for sense in senses {
                for i in 0..<sense.count { sum += Double(sense.x.base[i * d + j]) }
            }
            let mean = sum / Double(max(1, n))
            for sense in senses {
                for i in 0..<sense.count {
                    let c = Double(sense.x.base[i * d + j]) - mean
                    total += c * c
                }
            }
        }
        return max(1e-12, total / Double(max(1, n)))
    }

    /// `weight · L_MMD`; adds its gradient.
    package static func discrepancy<S: KernelScalar>(
        _ senses: [Rows<S>], dimension: Int, bandwidth: Double, weight: Double = 1
    ) -> Double {
        let M = senses.count
        guard M >= 2 else { return 0 }
        let share = weight * 2 / Double(M * (M - 1))
        var loss = 0.0
        for a in 0..<M {
            for b in a..<M {
                let n = Double(senses[a].count * senses[b].count)
                let coefficient = (a == b ? Double(M - 1) : -2) * share / n
                loss += add(
                    senses[a], senses[b], dimension: dimension, h: bandwidth,
                    coefficient: coefficient)
            }
        }
        return loss
    }

    /// `c Σ_ij k(x_i, y_j)`, and its gradient by both: `−(c/h) Σ_j k_ij (x_i − y_j)`.
    private static func add<S: KernelScalar>(
        _ a: Rows<S>, _ b: Rows<S>, dimension d: Int, h: Double, coefficient c: Double
    ) -> Double {
        let (n, m) = (a.count, b.count)
        let kernel = Buffer<S>(count: n * m)
        let product = Buffer<S>(count: max(n, m) * d)
        S.multiply(
            .rightTransposed, ProductSize(rows: n, columns: m, depth: d), alpha: S(1 / h), a.x.base,
            b.x.base, beta: 0, into: kernel.base)
        let right = (0..<m).map {
            S(dotProduct(b.x.base + $0 * d, b.x.base + $0 * d, count: d) / (2 * h))
        }
        var columnSums = [S](repeating: 0, count: m)
        var rowSums = [S](repeating: 0, count: n)
        var loss = 0.0
        for i in 0..<n {
            let row = kernel.base + i * m
            let left = S(dotProduct(a.x.base + i * d, a.x.base + i * d, count: d) / (2 * h))
            for j in 0..<m { row[j] = min(0, row[j] - left - right[j]) }
            S.exponentiate(row, count: m, minus: 0)
            var sum: S = 0
            for j in 0..<m {
                sum += row[j]
                columnSums[j] += row[j]
            }
            rowSums[i] = sum
            loss += c * Double(sum)
        }
        let g = S(-c / h)
        S.multiply(
            .plain, ProductSize(rows: n, columns: d, depth: m), alpha: 1, kernel.base, b.x.base,
            beta: 0, into: product.base)
        for i in 0..<n {
            for j in i * d..<(i + 1) * d {
                a.gradient.base[j] += g * (rowSums[i] * a.x.base[j] - product.base[j])
            }
        }
        S.multiply(
            .leftTransposed, ProductSize(rows: m, columns: d, depth: n), alpha: 1, kernel.base,
            a.x.base, beta: 0, into: product.base)
        for i in 0..<m {
            for j in i * d..<(i + 1) * d {
                b.gradient.base[j] += g * (columnSums[i] * b.x.base[j] - product.base[j])
            }
        }
        return loss
    }

    /// `weight · L_sem`; adds its gradient.
    ///
    /// ```
    /// dz_n = G_μ / N + (2 / (N − 1)) c_n G_Σ + G_κ (3 / N) [(c² − v) / v^1.5 − κ c / v]
    /// ```
    package static func moments<S: KernelScalar>(
        _ senses: [Rows<S>], dimension d: Int, weight: Double = 1
    ) -> Double {
        let M = senses.count
        guard M >= 2, senses.allSatisfy({ $0.count >= 2 }) else { return 0 }
        let share = weight * 2 / Double(M * (M - 1))
        let all = senses.map { Moments($0, dimension: d) }
        var loss = 0.0
        for (m, own) in all.enumerated() {
            var mean = [Double](repeating: 0, count: d)
            var skew = mean
            let covariance = Buffer<S>(count: d * d)
            for (other, theirs) in all.enumerated() where other != m {
                for j in 0..<d {
                    let (a, b) = (own.mean[j] - theirs.mean[j], own.skew[j] - theirs.skew[j])
                    if other > m { loss += share * (a * a + b * b) / Double(d) }
                    mean[j] += share * 2 * a / Double(d)
                    skew[j] += share * 2 * b / Double(d)
                }
                let factor = share * 2 / Double(d * d)
                for k in 0..<d * d {
                    let c = Double(own.covariance.base[k]) - Double(theirs.covariance.base[k])
                    if other > m { loss += share * c * c / Double(d * d) }
                    covariance.base[k] += S(factor * c)
                }
            }
            let n = senses[m].count
            let gradient = senses[m].gradient.base
            S.multiply(
                .plain, ProductSize(rows: n, columns: d, depth: d), alpha: S(2 / Double(n - 1)),
                own.centred.base, covariance.base, beta: 1, into: gradient)
            for j in 0..<d {
                let v = max(varianceFloor, own.variance[j])
                // On the floor v does not move.
                let isHeld = own.variance[j] < varianceFloor
                let root = v * v.squareRoot()
                let flat = mean[j] / Double(n)
                let bend = 3 * skew[j] / Double(n)
                for i in 0..<n {
                    let c = Double(own.centred.base[i * d + j])
                    let slope = (c * c - own.variance[j]) / root
                    gradient[i * d + j] += S(
                        flat + bend * (slope - (isHeld ? 0 : own.skew[j] * c / v)))
                }
            }
        }
        return loss
    }

    /// Centred first: the variance of near rows must not come out of a difference.
    private struct Moments<S: KernelScalar> {
        let mean: [Double]
        let variance: [Double]
        let skew: [Double]
        let centred: Buffer<S>
        let covariance: Buffer<S>

        init(_ rows: Rows<S>, dimension d: Int) {
            let n = rows.count
            var mean = [Double](repeating: 0, count: d)
            for i in 0..<n { for j in 0..<d { mean[j] += Double(rows.x.base[i * d + j]) } }
            for j in 0..<d { mean[j] /= Double(n) }
            centred = Buffer(count: n * d)
            var second = [Double](repeating: 0, count: d)
            var third = second
            for i in 0..<n {
                for j in 0..<d {
                    let c = Double(rows.x.base[i * d + j]) - mean[j]
                    centred.base[i * d + j] = S(c)
                    second[j] += c * c
                    third[j] += c * c * c
                }
            }
            self.mean = mean
            variance = second.map { $0 / Double(n) }
            skew = (0..<d).map { j in
                let v = max(DistributionMatching.varianceFloor, second[j] / Double(n))
                return third[j] / Double(n) / (v * v.squareRoot())
            }
            covariance = Buffer(count: d * d)
            S.multiply(
                .leftTransposed, ProductSize(rows: d, columns: d, depth: n),
                alpha: S(1 / Double(n - 1)), centred.base, centred.base, beta: 0,
                into: covariance.base)
        }
    }
}
