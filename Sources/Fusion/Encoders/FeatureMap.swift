import Foundation  // `log` and `log1p`.
import Signals

/// How one sense's summary becomes a standardised feature vector. Learnt from fitting windows.
///
/// Vectors: each of the `4 × dimension` summary numbers minus its mean, over its standard deviation;
/// slope and last count half, because they say less and say it more noisily. Logs: tf-idf of the
/// terms, centred, over one common scale, so that the mean feature has variance 1:
/// ```
/// f = (ln(1 + count) · ln((1 + n) / (1 + df)) − mean) / scale
/// ```
package struct FeatureMap: Equatable, Sendable {
    package enum Source: Equatable, Sendable {
        case vector(dimension: Int)
        /// Terms in order of their column; the columns after them are the five severities.
        case log(vocabulary: [UInt64])
    }

    package let source: Source
    /// One per feature.
    package let mean: [Float]
    package let scale: [Float]
    /// Of log terms; empty for vectors.
    private let inverseFrequency: [Float]
    private let columnOfTerm: [UInt64: Int]

    package var count: Int { mean.count }

    /// Terms that make features, at most: the most frequent ones by windows.
    static let vocabularyMax = 512
    /// Standard deviations beyond which one number is odd enough: further out it would turn the
    /// direction of the whole sense, in the fit and in service.
    private static let featureMax: Float = 30

    /// Learns the map from the summaries of fitting windows; those of another kind or dimension than
    /// the first are skipped. `nil` when nothing remains.
    init?(fittingOn summaries: [StreamSummary]) {
        switch summaries.first {
        case .vector(let first):
            let vectors = summaries.compactMap { summary -> VectorSummary? in
                if case .vector(let v) = summary, v.dimension == first.dimension { v } else { nil }
            }
            self.init(vectors: vectors, dimension: first.dimension)
        case .log:
            let logs = summaries.compactMap { summary -> LogSummary? in
                if case .log(let log) = summary { log } else { nil }
            }
            self.init(logs: logs)
        case nil:
            return nil
        }
    }

    private init(vectors: [VectorSummary], dimension: Int) {
        let rows = vectors.map(\.features)
        let (mean, deviation) = Self.moments(rows, columns: dimension * VectorSummary.blocks)
        var scale = [Float](repeating: 1, count: mean.count)
        for block in 0..<VectorSummary.blocks {
            let columns = block * dimension..<(block + 1) * dimension
            let moving = columns.map { deviation[$0] }.filter { $0 > 1e-9 }.sorted()
            let typical = moving.isEmpty ? 1 : moving[moving.count / 2]
            let weight = block < 2 ? 1.0 : 2.0
            for column in columns {
                // A number that never moved in the fit is not left out: when it moves, that is news.
                let still = max(typical, abs(mean[column]) * 0.05)
                let sigma = deviation[column]
                // What rounding alone leaves of a number that stands still, in every block of it.
                let level = column % dimension
                let resolution = (abs(mean[level]) + deviation[level] + abs(mean[column])) * 1e-6
                scale[column] = Float((sigma > resolution ? sigma : still) * weight)
            }
        }
        self.init(
            source: .vector(dimension: dimension), mean: mean.map { Float($0) }, scale: scale,
            inverseFrequency: [])
    }

    private init(logs: [LogSummary]) {
        var windowsOfTerm: [UInt64: Int] = [:]
        for log in logs { for term in log.counts.keys { windowsOfTerm[term, default: 0] += 1 } }
        let frequent = windowsOfTerm.filter { $0.value >= 2 }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let vocabulary = frequent.prefix(Self.vocabularyMax).map(\.key).sorted()
        let n = Double(logs.count)
        let inverse =
            vocabulary.map { Float(log((1 + n) / (1 + Double(windowsOfTerm[$0]!)))) }
            + [Float](repeating: 1, count: 5)
        let plain = FeatureMap(
            source: .log(vocabulary: vocabulary), mean: [Float](repeating: 0, count: inverse.count),
            scale: [Float](repeating: 1, count: inverse.count), inverseFrequency: inverse)
        let rows = logs.map { plain.raw($0) }
        let (mean, deviation) = Self.moments(rows, columns: inverse.count)
        let moving = deviation.filter { $0 > 0 }
        let variance = moving.reduce(0) { $0 + $1 * $1 } / Double(max(1, moving.count))
        let common = Float(max(variance.squareRoot(), 1e-3))
        self.init(
            source: plain.source, mean: mean.map { Float($0) },
            scale: [Float](repeating: common, count: inverse.count), inverseFrequency: inverse)
    }

    private init(source: Source, mean: [Float], scale: [Float], inverseFrequency: [Float]) {
        self.source = source
        self.mean = mean
        self.scale = scale
        self.inverseFrequency = inverseFrequency
        if case .log(let vocabulary) = source {
            columnOfTerm = Dictionary(
                uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) })
        } else {
            columnOfTerm = [:]
        }
    }

    /// The standardised features of one window, or `nil` when the summary is of another kind or
    /// dimension than the one learnt.
    package func features(of summary: StreamSummary) -> [Float]? {
        var features: [Float]
        switch (summary, source) {
        case (.vector(let vector), .vector(let dimension)) where vector.dimension == dimension:
            features = vector.features
        case (.log(let log), .log):
            features = raw(log)
        default:
            return nil
        }
        for j in features.indices {
            let z = (features[j] - mean[j]) / scale[j]
            features[j] = max(-Self.featureMax, min(Self.featureMax, z))
        }
        return features
    }

    /// The features of a vector sense that stood still at `mean + level`: its means in standard
    /// deviations, all else as usual.
    func features(ofLevel level: [Float], from mean: [Float]) -> [Float] {
        var features = [Float](repeating: 0, count: self.mean.count)
        for j in level.indices {
            let z = (mean[j] + level[j] - self.mean[j]) / scale[j]
            features[j] = max(-Self.featureMax, min(Self.featureMax, z))
        }
        return features
    }

    private func raw(_ log: LogSummary) -> [Float] {
        var features = [Float](repeating: 0, count: mean.count)
        for (term, count) in log.counts {
            guard let column = columnOfTerm[term] else { continue }
            features[column] = log1p(Float(count)) * inverseFrequency[column]
        }
        let first = mean.count - 5
        for (k, count) in log.severities.enumerated() { features[first + k] = log1p(Float(count)) }
        return features
    }

    private static func moments(_ rows: [[Float]], columns: Int) -> (
        mean: [Double], deviation: [Double]
    ) {
        var mean = [Double](repeating: 0, count: columns)
        for row in rows { for j in 0..<columns { mean[j] += Double(row[j]) } }
        let n = Double(max(1, rows.count))
        for j in 0..<columns { mean[j] /= n }
        var square = [Double](repeating: 0, count: columns)
        for row in rows {
            for j in 0..<columns {
                let c = Double(row[j]) - mean[j]
                square[j] += c * c
            }
        }
        return (mean, square.map { ($0 / n).squareRoot() })
    }

    func write(to writer: inout ByteWriter) {
        switch source {
        case .vector(let dimension):
            writer.write(UInt8(0))
            writer.write(UInt32(dimension))
        case .log(let vocabulary):
            writer.write(UInt8(1))
            writer.write(vocabulary)
        }
        writer.write(mean)
        writer.write(scale)
        writer.write(inverseFrequency)
    }

    init(from reader: inout ByteReader) throws {
        let source: Source =
            try reader.read(UInt8.self) == 0
            ? .vector(dimension: Int(try reader.read(UInt32.self)))
            : .log(vocabulary: try reader.readIntegers(UInt64.self))
        self.init(
            source: source, mean: try reader.readFloats(), scale: try reader.readFloats(),
            inverseFrequency: try reader.readFloats())
    }
}
