import LinearAlgebra
import Signals

/// The factors that a policy names, as numbers of the windows.
struct FactorColumns {
    /// One column for each number of each factor, in the unit of the stream; 0 where it is not known.
    private let values: [[Double]]
    /// Of each column the values that it takes, the most frequent first, where it is a name; `nil` for a
    /// quantity.
    private let names: [[Double]?]
    /// f by row, in deviations from the mean of its asset, in standard deviations; 0 where it is not known.
    let standardised: Matrix
    /// Rows in which all factors are present.
    let known: [Int]
    /// Senses that are factors.
    let streams: Set<StreamName>

    /// Values that a factor may take and be the name of something, such as an operator's number.
    private static let namesMax = 8

    /// - Parameters:
    ///   - rows: all windows; the factors' streams are among their senses.
    ///   - policy: names factors.
    /// - Throws: `UnusableFactor` when a factor is no vector stream of these windows, and what `rows`
    ///   throws.
    init(_ rows: any TrainingRows, policy: MisalignmentPolicy) throws {
        let names = rows.senses.map(\.name)
        var values: [[Double]] = []
        var isKnown = [Bool](repeating: true, count: rows.count)
        for factor in policy.factors {
            guard let sense = names.firstIndex(of: factor.stream),
                rows.senses[sense].tableWidth == nil
            else {
                throw UnusableFactor(
                    description:
                        "the factor \(factor) is no vector stream of these windows; there are \(names.map(\.text).joined(separator: ", "))."
                )
            }
            let present = (0..<rows.count).filter { rows.isPresent(sense, in: $0) }
            for row in 0..<rows.count where !rows.isPresent(sense, in: row) { isKnown[row] = false }
            let numbers = try rows.moments(of: sense, in: present).level
            guard factor.number ?? 0 < numbers.columns else {
                throw UnusableFactor(
                    description:
                        "the factor \(factor) does not exist: \(factor.stream) has \(numbers.columns) numbers, from 0."
                )
            }
            for j in factor.number.map({ [$0] }) ?? Array(0..<numbers.columns) {
                var column = [Double](repeating: 0, count: rows.count)
                for (k, row) in present.enumerated() { column[row] = numbers[k, j] }
                values.append(column)
            }
        }
        let known = (0..<rows.count).filter { isKnown[$0] }
        let assets = known.map(rows.asset(of:))
        var standardised = Matrix(rows: rows.count, columns: values.count)
        for (q, column) in values.enumerated() {
            let own = centred(known.map { column[$0] }, assets: assets)
            let deviation =
                (own.reduce(0) { $0 + $1 * $1 } / Double(max(1, known.count))).squareRoot()
            for (k, row) in known.enumerated() where deviation > 0 {
                standardised[row, q] = own[k] / deviation
            }
        }
        self.values = values
        self.names = values.map { Self.names(in: $0, known) }
        self.standardised = standardised
        self.known = known
        streams = Set(policy.factors.map(\.stream))
    }

    /// What a sense may follow: f and f² of a quantity; of a factor that takes a few whole values, more than
    /// two, whether it is each of them.
    ///
    /// - Returns: by column, a number for each of `rows`.
    func basis(of rows: [Int]) -> [[Double]] {
        values.indices.flatMap { q -> [[Double]] in
            if let names = names[q] {
                return names.dropFirst().map { name in
                    rows.map { values[q][$0] == name ? 1 : 0 }
                }
            }
            let f = rows.map { standardised[$0, q] }
            return [f, f.map { $0 * $0 }]
        }
    }

    /// Windows in which a name changes lie between two of them.
    private static func names(in column: [Double], _ known: [Int]) -> [Double]? {
        var counts: [Double: Int] = [:]
        for row in known {
            let value = column[row]
            guard value == value.rounded() else { continue }
            counts[value, default: 0] += 1
            if counts.count > 64 { return nil }
        }
        let frequent = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .prefix(namesMax)
        let covered = frequent.reduce(0) { $0 + $1.value }
        guard frequent.count > 2, Double(covered) >= 0.98 * Double(known.count) else { return nil }
        return frequent.map(\.key)
    }
}

/// A factor that a training cannot take for one.
package struct UnusableFactor: Error, Equatable, CustomStringConvertible {
    package let description: String
}
