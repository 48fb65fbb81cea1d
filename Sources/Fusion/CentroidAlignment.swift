import LinearAlgebra
import Signals

/// Linear centroid alignment: MAXVAR generalised canonical correlation with missing rows.
///
/// Finds the one representation G (n × d), the centroid of all projections, that every sense
/// predicts best, and each sense's map into it:
/// ```
/// minimise   Σ_m ‖K_m (G − T_m A_mᵀ)‖² + ridge      subject to   Gᵀ (Σ_m K_m) G = n I
/// ```
/// `T_m` are a sense's principal component scores, `K_m` the 0/1 rows in which it is present. With
/// `S_m = T_m (T_mᵀT_m + ρ n I)^(−1/2)` the solution is
/// ```
/// B = D^(−1/2) [K_1 S_1, …, K_M S_M],   D = Σ_m K_m,   G = √n D^(−1/2) · left singular vectors of B
/// A_mᵀ = (T_mᵀT_m + ρ n I)⁻¹ T_mᵀ G
/// ```
/// The singular vectors come from `BᵀB`, whose size is the number of components, not of windows.
///
/// Kettenring 1971 (MAXVAR); van de Velden and Takane 2012 (missing rows); Carroll 1968.
struct CentroidAlignment {
    /// By sense, `d × k_m` row-major.
    let maps: [StreamName: [Float]]
    /// Dimensions of the unified space.
    let dimensions: Int

    struct Sense {
        let name: StreamName
        /// Component scores per row; `nil` where the sense is missing.
        let scores: [[Float]?]
    }

    /// `nil` when fewer than two senses share enough rows, or no sense has two dimensions.
    init?(of senses: [Sense], dimensionsMax: Int, ridge: Double) {
        guard senses.count >= 2, let rowCount = senses.first?.scores.count else { return nil }
        let present = (0..<rowCount).map { i in senses.count { $0.scores[i] != nil } }
        let rows = (0..<rowCount).filter { present[$0] >= 2 }
        let ranks = senses.map { $0.scores.lazy.compactMap(\.self).first?.count ?? 0 }
        let d = min(dimensionsMax, ranks.min() ?? 0)
        guard d >= 2, rows.count >= 4 * d else { return nil }

        // The scores are uncorrelated on the rows they were learnt from, so the inverse root is
        // taken of the Gram matrix's eigenvalues in the general case: rows with missing senses.
        var whitened: [Matrix] = []
        var grams: [(t: Matrix, factor: Cholesky)] = []
        let n = Double(rows.count)
        for sense in senses {
            let k = sense.scores.lazy.compactMap(\.self).first?.count ?? 0
            var t = Matrix(rows: rows.count, columns: k)
            for (i, row) in rows.enumerated() {
                guard let scores = sense.scores[row] else { continue }
                for j in 0..<k { t[i, j] = Double(scores[j]) }
            }
            var gram = t.transposedTimes(t)
            for j in 0..<k { gram[j, j] += ridge * n }
            guard let eigen = SymmetricEigen(gram), let factor = Cholesky(gram) else { return nil }
            var scaled = eigen.vectors
            for p in 0..<k {
                let root = 1 / eigen.values[p].squareRoot()
                for j in 0..<k { scaled[p, j] *= root }
            }
            whitened.append(t.timesTransposed(scaled))
            grams.append((t, factor))
        }
        let width = whitened.reduce(0) { $0 + $1.columns }
        var b = Matrix(rows: rows.count, columns: width)
        for (i, row) in rows.enumerated() {
            let weight = 1 / Double(present[row]).squareRoot()
            var column = 0
            for part in whitened {
                for j in 0..<part.columns { b[i, column + j] = part[i, j] * weight }
                column += part.columns
            }
        }
        guard let eigen = SymmetricEigen(b.transposedTimes(b)), eigen.values[d - 1] > 1e-9 else {
            return nil
        }
        // G = √n D^(−1/2) B v / σ
        var g = b.timesTransposed(eigen.vectors.selecting(rows: Array(0..<d)))
        for (i, row) in rows.enumerated() {
            let weight = (n / Double(present[row])).squareRoot()
            for c in 0..<d { g[i, c] *= weight / eigen.values[c].squareRoot() }
        }
        var maps: [StreamName: [Float]] = [:]
        for (sense, gram) in zip(senses, grams) {
            let a = gram.factor.solve(rows: g.transposedTimes(gram.t))
            maps[sense.name] = a.elements.map { Float($0) }
        }
        self.maps = maps
        dimensions = d
    }

    /// How much each dimension is worth: the senses' mean correlation with the sum of the others in
    /// it, on windows that did not fit; 0 where that does not exceed two standard errors of chance.
    ///
    /// MAXVAR orders its dimensions by agreement on the fit, where the last ones agree on noise. In
    /// a cosine every such dimension would count as much as a real one.
    func dimensionWeights(on senses: [Sense]) -> [Float] {
        let rowCount = senses.first?.scores.count ?? 0
        let projected = senses.map { sense in
            sense.scores.map { scores in
                scores.map { product(maps[sense.name]!, rows: dimensions, $0) }
            }
        }
        return (0..<dimensions).map { c in
            var correlations = 0.0
            var pairsMin = Int.max
            for m in senses.indices {
                var own: [Double] = []
                var others: [Double] = []
                for i in 0..<rowCount {
                    let rest = senses.indices.compactMap { $0 == m ? nil : projected[$0][i]?[c] }
                    guard let value = projected[m][i]?[c], !rest.isEmpty else { continue }
                    own.append(Double(value))
                    others.append(rest.reduce(0) { $0 + Double($1) } / Double(rest.count))
                }
                correlations += correlation(own, others)
                pairsMin = min(pairsMin, own.count)
            }
            let mean = correlations / Double(max(1, senses.count))
            let chance = 2 / Double(max(1, pairsMin)).squareRoot()
            return mean > chance ? Float(mean) : 0
        }
    }
}

/// Pearson's correlation; 0 when either side does not move.
func correlation(_ x: [Double], _ y: [Double]) -> Double {
    let n = Double(max(1, x.count))
    let meanX = x.reduce(0, +) / n
    let meanY = y.reduce(0, +) / n
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
        xx += (a - meanX) * (a - meanX)
        yy += (b - meanY) * (b - meanY)
        xy += (a - meanX) * (b - meanY)
    }
    return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : 0
}
