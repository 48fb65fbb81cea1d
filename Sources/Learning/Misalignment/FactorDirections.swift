import Foundation  // `exp2`.
package import Fusion
import LinearAlgebra
package import Signals

/// The directions in which senses move with the factors, to be taken out of everything that is
/// measured on them (`FactorRemoval`).
///
/// A contrastive space drops what is disturbed in one sense; but each sense's own measures are taken on
/// what the sense shows, factors included. Reduced-rank regression (Izenman 1975, identity weights) of the
/// standardised numbers Y of all windows on a basis of the factors, orthonormal within each asset a:
/// ```
/// M = (Q₁ᵀ Y₁; Q₂ᵀ Y₂; …),   MᵀM = Σ σₖ² uₖ uₖᵀ
/// ```
/// Assets are asked together, and then each alone: what is alike in them shows better together, what differs
/// drowns in the chance of all. Directions that differ by no more than noise are one. A direction is kept when
/// σₖ² is more than twice the largest σ² of 99 bases that run at another pace, half to twice as fast and from
/// elsewhere, within their asset, against what the factors leave of Y: state and factor that happen to move
/// alike for a while do not count. (Shifted at its own pace a factor that swings evenly meets but itself.)
/// Regressed on the level of a sense, and on the spread of its frames.
package struct FactorDirections {
    /// What was found in one sense.
    package struct Found: Equatable, Sendable, Codable {
        /// Directions of the level, and of the spread.
        package var level: Int
        package var spread: Int
        /// Numbers of the sense.
        package var dimension: Int
        /// Share of the level's variance that lies in its directions, and what the factors explain of all.
        package var share: Double
        package var explained: Double
        /// More followed the factors than may be taken out.
        package var isCut: Bool
    }

    package let removal: FactorRemoval
    /// By sense with `use`, also where nothing was found.
    package let found: [StreamName: Found]

    private static let sampleMax = 8192
    /// Windows of an asset below which nothing is said about it.
    private static let windowsMin = 64
    private static let basisMax = 16
    private static let draws = 99
    /// Chance has a long tail where a few slow swings are all there is.
    private static let margin = 2.0
    /// Of the strongest direction's σ²; less is the angle between two estimates of one direction.
    private static let sameShare = 0.002

    /// - Parameters:
    ///   - rows: all windows; the factors' streams are among their senses.
    ///   - policy: names factors, and the senses with `use`.
    /// - Throws: `UnusableFactor` when a factor is no vector stream of these windows, and what `rows`
    ///   throws.
    package init(_ rows: any TrainingRows, policy: MisalignmentPolicy) throws {
        let factors = try FactorColumns(rows, policy: policy)
        var senses: [StreamName: FactorRemoval.Sense] = [:]
        var found: [StreamName: Found] = [:]
        for (number, sense) in rows.senses.enumerated()
        where policy.treatment(of: sense.name) == .use && sense.tableWidth == nil
            && !factors.streams.contains(sense.name)
        {
            let chosen = evenly(
                factors.known.filter { rows.isPresent(number, in: $0) }, max: Self.sampleMax)
            let groups = Dictionary(grouping: chosen.indices) { rows.asset(of: chosen[$0]) }
                .sorted { $0.key < $1.key }.map(\.value)
                .filter { $0.count >= Self.windowsMin }
                .map { $0.sorted { rows.time(of: chosen[$0]) < rows.time(of: chosen[$1]) } }
            let (level, spread) = try rows.moments(of: number, in: chosen)
            let bases = groups.compactMap { group in
                Self.basis(factors.basis(of: group.map { chosen[$0] })).map { (group, $0) }
            }
            let ofLevel = Self.directions(in: level, bases)
            let ofSpread = Self.directions(in: spread, bases)
            senses[sense.name] = FactorRemoval.Sense(
                level: ofLevel?.projection, spread: ofSpread?.projection)
            found[sense.name] = Found(
                level: ofLevel?.projection?.count ?? 0, spread: ofSpread?.projection?.count ?? 0,
                dimension: level.columns, share: ofLevel?.share ?? 0,
                explained: ofLevel?.explained ?? 0,
                isCut: ofLevel?.isCut ?? false || ofSpread?.isCut ?? false)
        }
        removal = FactorRemoval(factors: factors.streams, senses: senses)
        self.found = found
    }

    /// Q of one asset: the columns less their means, orthonormal; `nil` where no factor moves.
    private static func basis(_ columns: [[Double]]) -> Matrix? {
        let n = columns.first?.count ?? 0
        var x = Matrix(rows: n, columns: columns.count)
        for (j, column) in columns.enumerated() { for i in 0..<n { x[i, j] = column[i] } }
        return orthonormal(x)
    }

    private static func orthonormal(_ columns: Matrix) -> Matrix? {
        var x = columns
        let n = x.rows
        for j in 0..<x.columns {
            let mean = (0..<n).reduce(0) { $0 + x[$1, j] } / Double(max(1, n))
            for i in 0..<n { x[i, j] -= mean }
        }
        guard let eigen = SymmetricEigen(x.transposedTimes(x)), let largest = eigen.values.first,
            largest > 1e-9
        else { return nil }
        let kept = eigen.values.prefix(basisMax).prefix { $0 > 1e-6 * largest }.count
        var q = x.timesTransposed(eigen.vectors.selecting(rows: Array(0..<kept)))
        for k in 0..<kept {
            let length = eigen.values[k].squareRoot()
            for i in 0..<n { q[i, k] /= length }
        }
        return q
    }

    private struct Regression {
        var projection: NumberProjection?
        var share = 0.0
        var explained = 0.0
        var isCut = false
    }

    /// - Parameters:
    ///   - x: a row for each window, in the unit of the numbers.
    ///   - bases: by asset, its rows of `x` in order of time, and Q.
    /// - Returns: without a projection where nothing follows the factors; `nil` where nothing can be said.
    private static func directions(
        in x: Matrix, _ bases: [(rows: [Int], Q: Matrix)]
    ) -> Regression? {
        let d = x.columns
        let n = bases.reduce(0) { $0 + $1.rows.count }
        guard n > 0, d > 1 else { return nil }
        var centre = [Double](repeating: 0, count: d)
        var square = centre
        var parts = bases.map { x.selecting(rows: $0.rows) }
        for p in parts.indices {
            let count = parts[p].rows
            for j in 0..<d {
                let mean = (0..<count).reduce(0) { $0 + parts[p][$1, j] } / Double(count)
                centre[j] += mean * Double(count) / Double(n)
                for i in 0..<count {
                    parts[p][i, j] -= mean
                    square[j] += parts[p][i, j] * parts[p][i, j] / Double(n)
                }
            }
        }
        // A number that stands still, but for rounding, follows nothing.
        let isMoving = (0..<d).map { square[$0].squareRoot() > 1e-6 * (abs(centre[$0]) + 1e-6) }
        let scale = (0..<d).map { isMoving[$0] ? square[$0].squareRoot() : 1 }
        var total = 0.0
        for p in parts.indices {
            for i in 0..<parts[p].rows {
                for j in 0..<d {
                    parts[p][i, j] = isMoving[j] ? parts[p][i, j] / scale[j] : 0
                    total += parts[p][i, j] * parts[p][i, j]
                }
            }
        }
        guard total > 0 else { return nil }
        let explained = zip(parts, bases).reduce(0.0) { sum, pair in
            let m = pair.1.Q.transposedTimes(pair.0)
            return sum + m.inner(m)
        }
        let U = Self.together(parts, bases)
        guard U.rows > 0 else { return Regression() }
        let most = min(NumberProjection.countMax, d / 2)
        let isCut = U.rows > most
        let kept = U.selecting(rows: Array(0..<min(most, U.rows)))
        let along = parts.reduce(0.0) { sum, part in
            sum + part.timesTransposed(kept).elements.reduce(0) { $0 + $1 * $1 }
        }
        return Regression(
            projection: NumberProjection(
                centre: centre.map { Float($0) }, scale: scale.map { Float($0) },
                directions: kept.elements.map { Float($0) }),
            share: along / total, explained: explained / total, isCut: isCut)
    }

    /// What assets show together and what each shows alone, as orthonormal rows, the strongest first.
    private static func together(
        _ parts: [Matrix], _ bases: [(rows: [Int], Q: Matrix)]
    ) -> Matrix {
        let d = parts[0].columns
        var rows = significant(parts, bases)
        guard parts.count > 1 else { return unit(rows) }
        for (part, basis) in zip(parts, bases) {
            let alone = significant([part], [basis])
            rows = Matrix(
                rows: rows.rows + alone.rows, columns: d, elements: rows.elements + alone.elements)
        }
        guard rows.rows > 0, let eigen = SymmetricEigen(rows.transposedTimes(rows)) else {
            return Matrix(rows: 0, columns: d)
        }
        let count = eigen.values.prefix(rows.rows).prefix { $0 > sameShare * eigen.values[0] }.count
        return eigen.vectors.selecting(rows: Array(0..<count))
    }

    private static func unit(_ rows: Matrix) -> Matrix {
        var rows = rows
        for k in 0..<rows.rows {
            let length = rows.row(k).reduce(0) { $0 + $1 * $1 }.squareRoot()
            for j in 0..<rows.columns { rows[k, j] /= length }
        }
        return rows
    }

    /// The directions that follow the factors, a row σₖ uₖ each, strongest first.
    private static func significant(
        _ parts: [Matrix], _ bases: [(rows: [Int], Q: Matrix)]
    ) -> Matrix {
        let d = parts[0].columns
        let M = zip(parts, bases).flatMap { $1.Q.transposedTimes($0).elements }
        let m = Matrix(rows: M.count / d, columns: d, elements: M)
        guard let eigen = SymmetricEigen(m.transposedTimes(m)) else {
            return Matrix(rows: 0, columns: d)
        }
        let least = margin * chance(parts, bases)
        let count = eigen.values.prefix { $0 > least }.count
        var rows = eigen.vectors.selecting(rows: Array(0..<count))
        for k in 0..<count {
            for j in 0..<d { rows[k, j] *= eigen.values[k].squareRoot() }
        }
        return rows
    }

    /// The largest σ² of bases at another pace against what the factors leave of `parts`.
    private static func chance(_ parts: [Matrix], _ bases: [(rows: [Int], Q: Matrix)]) -> Double {
        let rest = zip(parts, bases).map { part, basis in
            part.minus(basis.Q.times(basis.Q.transposedTimes(part)))
        }
        let d = parts[0].columns
        return (0..<draws).reduce(0.0) { most, k in
            let share = (Double(k) + 0.5) / Double(draws)
            // Paces rise with k; where each begins is spread evenly by the golden section.
            let pace = exp2(2 * share - 1)
            let start = (Double(k) * 0.618_033_988_749_894_8).truncatingRemainder(dividingBy: 1)
            var M: [Double] = []
            for (part, basis) in zip(rest, bases) {
                let n = part.rows
                let moved = basis.Q.selecting(
                    rows: (0..<n).map { Int(start * Double(n) + pace * Double($0)) % n })
                guard let Q = orthonormal(moved) else { continue }
                M += Q.transposedTimes(part).elements
            }
            let m = Matrix(rows: M.count / d, columns: d, elements: M)
            let gram = m.rows < d ? m.timesTransposed(m) : m.transposedTimes(m)
            return max(most, SymmetricEigen(gram)?.values.first ?? .infinity)
        }
    }
}
