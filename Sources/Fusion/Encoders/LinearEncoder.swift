import Foundation  // `log`.
import LinearAlgebra
import Signals

/// What an encoder makes of one sense's window.
package struct Embedding: Equatable, Sendable {
    /// The common part z: unit length, in the unified space; `nil` when the sense takes no part in
    /// it (it says nothing that the others know).
    package var common: [Float]?
    /// How far from normal inside the principal subspace: ln of Hotelling's T² over its count.
    package var hotelling: Double
    /// How far from normal outside it: ln of the residual Q statistic per feature.
    package var residual: Double
    /// Only of log senses.
    package var log: LogOddness?
    /// Everything else that is measured on the sense alone.
    package var own: OwnOddness
    /// What the filters of a network that reads states answered (`FilterPeaks`); not stored.
    package var peaks: [Float]?

    package init(
        common: [Float]?, hotelling: Double, residual: Double, log: LogOddness? = nil,
        own: OwnOddness = OwnOddness()
    ) {
        self.own = own
        self.common = common
        self.hotelling = hotelling
        self.residual = residual
        self.log = log
    }
}

/// What a log sense says that its own vocabulary does not cover.
package struct LogOddness: Equatable, Sendable {
    /// ln(1 + occurrences of terms never seen in the fit).
    package var unseen: Double
    /// |ln(1 + lines) − mean| in standard deviations of the fit.
    package var rate: Double
}

/// The cold-start encoder of one sense: standardised features, principal components, and a linear
/// map into the unified space. DESIGN 4; Kettenring 1971 for the alignment (`CentroidAlignment`).
///
/// ```
/// f = features(window)          D numbers
/// t = V f                       k numbers, k ≤ n/10
/// z = A t / ‖A t‖               d numbers
/// T² = Σ_{j≤r} t_j² / λ_j       r components hold 95 % of the variance
/// Q  = ‖f‖² − Σ_{j≤r} t_j²
/// ```
package struct LinearEncoder: Equatable, Sendable {
    package let map: FeatureMap
    /// `k × D`, row-major: the directions V.
    private let directions: [Float]
    /// λ, shrunk towards their mean by 5 %.
    private let variances: [Float]
    /// r: components that T² counts.
    private let hotellingCount: Int
    /// `d × k`, row-major: A. Empty when the sense takes no part in the unified space.
    package private(set) var alignment: [Float] = []
    package let vocabulary: LogVocabulary?
    private let own: OwnModel

    package var componentCount: Int { variances.count }
    package var isAligned: Bool { !alignment.isEmpty }

    /// Learns features and components from fitting windows; at most `componentsMax` components.
    /// `nil` when there is nothing to learn from.
    package static func fit(_ summaries: [StreamSummary], componentsMax: Int) -> LinearEncoder? {
        guard let map = FeatureMap(fittingOn: summaries) else { return nil }
        var elements: [Double] = []
        var rows = 0
        for summary in summaries {
            guard let features = map.features(of: summary) else { continue }
            elements.append(contentsOf: features.lazy.map { Double($0) })
            rows += 1
        }
        let x = Matrix(rows: rows, columns: map.count, elements: elements)
        // A sense that never moved has no components; when it moves, Q and the own measures see it.
        let components =
            PrincipalComponents(of: x, max: componentsMax) ?? .none(columns: x.columns)
        var sum = 0.0
        let share = components.variances.map { variance -> Double in
            sum += variance
            return sum / components.totalVariance
        }
        let least = share.firstIndex { $0 >= 0.95 } ?? components.variances.count - 1
        let r = min(least + 1, components.variances.count)
        let mean = components.totalVariance / Double(map.count)
        return LinearEncoder(
            map: map, directions: components.directions.elements.map { Float($0) },
            variances: components.variances.map { Float(0.95 * $0 + 0.05 * mean) },
            hotellingCount: r, vocabulary: LogVocabulary(fittingOn: summaries),
            own: OwnModel(
                fittingOn: summaries, features: x, components: components, map: map))
    }

    private init(
        map: FeatureMap, directions: [Float], variances: [Float], hotellingCount: Int,
        vocabulary: LogVocabulary?, own: OwnModel
    ) {
        self.own = own
        self.map = map
        self.directions = directions
        self.variances = variances
        self.hotellingCount = hotellingCount
        self.vocabulary = vocabulary
    }

    /// The scores t of one window's components; `nil` when the summary is of another kind or
    /// dimension than the one learnt.
    package func components(of summary: StreamSummary) -> [Float]? {
        map.features(of: summary).map { product(directions, rows: variances.count, $0) }
    }

    /// The scores of the leading components, at most `count`, each over its deviation in the fit; `nil` as
    /// in `components(of:)`.
    package func leading(_ count: Int, of summary: StreamSummary) -> [Float]? {
        map.features(of: summary).map { f in
            let rows = min(count, variances.count)
            let scores = product(Array(directions.prefix(rows * f.count)), rows: rows, f)
            return zip(scores, variances).map { $0 / max($1, 1e-12).squareRoot() }
        }
    }

    /// The same encoder with its place in the unified space: `alignment` is `dimensions × k`, each
    /// of its rows taken times its weight; rows of weight 0 are left out.
    func aligned(by alignment: [Float], weights: [Float], dimensions: Int) -> LinearEncoder {
        let k = variances.count
        precondition(alignment.count == dimensions * k && weights.count == dimensions)
        var aligned = self
        aligned.alignment = (0..<dimensions).filter { weights[$0] > 0 }.flatMap { row in
            alignment[row * k..<(row + 1) * k].map { $0 * weights[row] }
        }
        return aligned
    }

    /// The same encoder without a place in the unified space.
    var unaligned: LinearEncoder {
        var other = self
        other.alignment = []
        return other
    }

    /// `nil` when the summary is of another kind or dimension than the one learnt.
    package func encode(_ summary: StreamSummary) -> Embedding? {
        guard let f = map.features(of: summary) else { return nil }
        let t = product(directions, rows: variances.count, f)
        var inside = 0.0
        var hotelling = 0.0
        for j in 0..<hotellingCount {
            let square = Double(t[j]) * Double(t[j])
            inside += square
            hotelling += square / Double(variances[j])
        }
        let total = dot(f, f)
        // Single precision cannot tell a smaller residual from none.
        let q = max(total - inside, total * 1e-6)
        return Embedding(
            common: isAligned
                ? normalised(product(alignment, rows: alignment.count / t.count, t)) : nil,
            hotelling: log(hotelling / Double(max(1, hotellingCount)) + 1e-6),
            residual: log(q / Double(f.count) + 1e-6),
            log: vocabulary?.oddness(of: summary),
            own: own.oddness(
                of: summary, features: f, scores: t, directions: directions, map: map))
    }

    /// φ = T²/a + Q/b of the features `f`, its half gradient Φ f, and the diagonal of Φ; a and b from the
    /// usual values of both.
    func combinedIndex(of f: [Float], usual: (hotelling: Double, residual: Double)) -> (
        gradient: [Double], curvature: [Double], index: Double
    ) {
        let a = exp(usual.hotelling) * Double(hotellingCount)
        let b = exp(usual.residual) * Double(f.count)
        let t = product(directions, rows: variances.count, f)
        var gradient = f.map { Double($0) / b }
        var curvature = [Double](repeating: 1 / b, count: f.count)
        for j in 0..<hotellingCount {
            // What the component adds as T² and takes from Q.
            let weight = 1 / (Double(variances[j]) * a) - 1 / b
            let pull = weight * Double(t[j])
            for i in f.indices {
                let v = Double(directions[j * f.count + i])
                gradient[i] += pull * v
                curvature[i] += weight * v * v
            }
        }
        let index = zip(gradient, f).reduce(0) { $0 + $1.0 * Double($1.1) }
        return (gradient, curvature, index)
    }

    func write(to writer: inout ByteWriter) {
        map.write(to: &writer)
        writer.write(directions)
        writer.write(variances)
        writer.write(UInt32(hotellingCount))
        writer.write(alignment)
        writer.write(vocabulary != nil)
        vocabulary?.write(to: &writer)
        own.write(to: &writer)
    }

    init(from reader: inout ByteReader) throws {
        map = try FeatureMap(from: &reader)
        directions = try reader.readFloats()
        variances = try reader.readFloats()
        hotellingCount = Int(try reader.read(UInt32.self))
        alignment = try reader.readFloats()
        vocabulary = try reader.readBool() ? LogVocabulary(from: &reader) : nil
        own = try OwnModel(from: &reader)
        guard directions.count == variances.count * map.count, hotellingCount <= variances.count,
            variances.isEmpty || alignment.count.isMultiple(of: variances.count)
        else { throw FusionModel.Malformed(reason: "an encoder's matrices do not fit together") }
    }
}

/// The terms and the rate of a log sense in the fit.
package struct LogVocabulary: Equatable, Sendable {
    /// Rising.
    private let terms: [UInt64]
    private let rateMean: Double
    private let rateDeviation: Double

    /// `nil` for vector senses.
    init?(fittingOn summaries: [StreamSummary]) {
        let logs = summaries.compactMap { summary -> LogSummary? in
            if case .log(let log) = summary { log } else { nil }
        }
        guard !logs.isEmpty else { return nil }
        terms = Set(logs.flatMap(\.counts.keys)).sorted()
        let rates = logs.map { log1p(Double($0.lines)) }
        let mean = rates.reduce(0, +) / Double(rates.count)
        rateMean = mean
        let variance = rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rates.count)
        // A steady rate has no deviation; half of one line's difference is then the unit.
        rateDeviation = max(variance.squareRoot(), 0.25 / (1 + exp(mean)))
    }

    func contains(_ term: UInt64) -> Bool {
        var low = 0
        var high = terms.count
        while low < high {
            let middle = (low + high) / 2
            if terms[middle] < term { low = middle + 1 } else { high = middle }
        }
        return low < terms.count && terms[low] == term
    }

    func oddness(of summary: StreamSummary) -> LogOddness? {
        guard case .log(let lines) = summary else { return nil }
        var unseen = 0
        for (term, count) in lines.counts where !contains(term) { unseen += Int(count) }
        return LogOddness(
            unseen: log1p(Double(unseen)),
            rate: abs(log1p(Double(lines.lines)) - rateMean) / rateDeviation)
    }

    func write(to writer: inout ByteWriter) {
        writer.write(terms)
        writer.write(rateMean)
        writer.write(rateDeviation)
    }

    init(from reader: inout ByteReader) throws {
        terms = try reader.readIntegers(UInt64.self)
        rateMean = try reader.readDouble()
        rateDeviation = try reader.readDouble()
    }
}
