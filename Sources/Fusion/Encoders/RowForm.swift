import Foundation  // `log1p`.
package import Signals

/// What one sense's summary becomes before a network reads it: a row of numbers of fixed width, not
/// yet standardised (the network does that itself). Part of the model file.
package enum RowForm: Equatable, Sendable, Codable {
    /// Mean, spread, slope and last of each number: `4 × dimension`.
    case summary(dimension: Int)
    /// `[n, frame 1 … frame n, zeros]`: `1 + countMax × dimension`.
    case frames(dimension: Int, countMax: Int)
    /// A bag of log terms. Terms the training knew have a place of their own, in this order; all
    /// others share `buckets` places, by their hash; the five severities follow:
    /// ```
    /// f = ln(1 + count) · ln((1 + n) / (1 + df))
    /// ```
    case log(terms: [UInt64], inverseFrequency: [Float], buckets: Int)

    package var width: Int {
        switch self {
        case .summary(let dimension): dimension * VectorSummary.blocks
        case .frames(let dimension, let countMax): 1 + dimension * countMax
        case .log(let terms, _, let buckets): terms.count + buckets + Self.severities
        }
    }

    /// A width that any summary could have.
    var isSound: Bool {
        let limit = 1 << 20
        switch self {
        case .summary(let dimension): return (1...limit).contains(dimension)
        case .frames(let dimension, let countMax):
            return (1...limit).contains(dimension) && (1...64).contains(countMax)
        case .log(let terms, let inverseFrequency, let buckets):
            return terms.count == inverseFrequency.count && (0...limit).contains(buckets)
                && terms.count <= limit
        }
    }

    package var kind: StreamKind {
        switch self {
        case .summary, .frames: .vector
        case .log: .log
        }
    }

    /// Whether a sense that `other` reads can be read in this form too, given the frames.
    package func canRead(whatSuits other: RowForm) -> Bool {
        switch (self, other) {
        case (.log, .log): true
        case (.summary(let a), .summary(let b)), (.summary(let a), .frames(let b, _)),
            (.frames(let a, _), .summary(let b)), (.frames(let a, _), .frames(let b, _)):
            a == b
        default: false
        }
    }

    static let severities = 5
}

/// Reads the rows of one sense at one site.
///
/// A template's number is the site's own, so models name templates by their text
/// (`LogTerms.term(ofText:)`); `translation` leads from the site's terms to those.
package struct RowReader: Equatable, Sendable {
    package let form: RowForm
    /// Where a term of the site goes, for terms that have a place.
    private let columnOfTerm: [UInt64: Int]

    package init(_ form: RowForm, translation: [UInt64: UInt64] = [:]) {
        self.form = form
        guard case .log(let terms, _, let buckets) = form else {
            columnOfTerm = [:]
            return
        }
        var columns = Dictionary(
            terms.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        for (own, text) in translation {
            // By its text into the buckets too: its number would be another one at every site.
            columns[own] =
                columns[text]
                ?? (buckets > 0 ? terms.count + Int(text % UInt64(buckets)) : nil)
        }
        columnOfTerm = columns
    }

    /// The site's columns, for the store; the form is the model's.
    func write(to writer: inout ByteWriter) {
        let columns = columnOfTerm.sorted { $0.key < $1.key }
        writer.write(columns.map(\.key))
        writer.write(columns.map { UInt32($0.value) })
    }

    init(_ form: RowForm, from reader: inout ByteReader) throws {
        self.form = form
        let terms = try reader.readIntegers(UInt64.self)
        let columns = try reader.readIntegers(UInt32.self).map(Int.init)
        guard terms.count == columns.count, columns.allSatisfy({ $0 < form.width }) else {
            throw FusionModel.Malformed(reason: "a log sense's columns do not fit its network")
        }
        columnOfTerm = Dictionary(zip(terms, columns), uniquingKeysWith: { first, _ in first })
    }

    /// `form.width` numbers, or `nil` when the summary is of another kind or dimension, or holds no
    /// frames where frames are read.
    package func row(of summary: StreamSummary) -> [Float]? {
        switch (summary, form) {
        case (.vector(let vector), .summary(let dimension)) where vector.dimension == dimension:
            return vector.features
        case (.vector(let vector), .frames(let dimension, let countMax))
        where vector.dimension == dimension && !vector.kept.isEmpty:
            let frames = min(countMax, vector.kept.count / dimension)
            var row = [Float](repeating: 0, count: form.width)
            row[0] = Float(frames)
            row.replaceSubrange(
                1..<1 + frames * dimension, with: vector.kept.prefix(frames * dimension))
            return row
        case (.log(let log), .log(let terms, let inverseFrequency, let buckets)):
            var row = [Float](repeating: 0, count: form.width)
            for (term, count) in log.counts {
                if let column = columnOfTerm[term] {
                    row[column] += Float(count)
                } else if buckets > 0 {
                    row[terms.count + Int(term % UInt64(buckets))] += Float(count)
                }
            }
            for (k, count) in log.severities.enumerated() {
                row[terms.count + buckets + k] = Float(count)
            }
            for j in row.indices {
                row[j] = log1p(row[j]) * (j < terms.count ? inverseFrequency[j] : 1)
            }
            return row
        default:
            return nil
        }
    }
}

/// Names of log terms that mean the same at every site.
package enum LogTerms {
    /// A template by its text, `<*>` where its lines differ.
    package static func term(ofText text: String) -> UInt64 {
        var fingerprint = Fingerprint()
        fingerprint.add([1])
        fingerprint.add(text.utf8)
        return fingerprint.value
    }

    /// From a site's terms to portable ones: its templates in order of their numbers.
    package static func translation(ofTemplates texts: [String]) -> [UInt64: UInt64] {
        Dictionary(
            texts.enumerated().map { number, text in
                (LogSummary.term(ofTemplate: Int32(number)), term(ofText: text))
            }, uniquingKeysWith: { first, _ in first })
    }
}
