import Foundation  // `log`.
import Signals

/// Which log template follows which when all is well: a bigram model with back-off to how often a
/// template comes at all.
///
/// ```
/// P(b | a) = (n(a, b) + α P(b)) / (n(a) + α),   P(b) = (n(b) + ½) / (n + ½ (V + 1)),   α = 2
/// ```
/// A window's measure is the largest `−ln P` of its successions: as with frames, one of many must not
/// be averaged away. Dirichlet smoothing: MacKay and Peto 1995.
struct TemplateOrder: Equatable, Sendable {
    private var pairs: [UInt64: UInt32] = [:]
    private var followed: [Int32: UInt32] = [:]
    private var came: [Int32: UInt32] = [:]
    private var total: UInt32 = 0

    /// Successions remembered, the most frequent ones.
    private static let pairsMax = 1024
    private static let prior = 2.0

    /// `nil` without a single succession.
    init?(fittingOn logs: [LogSummary]) {
        for log in logs {
            for (a, b) in Self.successions(of: log) {
                pairs[Self.key(a, b), default: 0] += 1
                followed[a, default: 0] += 1
                came[b, default: 0] += 1
                total += 1
            }
        }
        guard total > 0 else { return nil }
        if pairs.count > Self.pairsMax {
            let frequent = pairs.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            pairs = Dictionary(
                uniqueKeysWithValues: frequent.prefix(Self.pairsMax).map { ($0.key, $0.value) })
        }
    }

    /// The largest surprise, in nats; 0 for a window in which nothing follows anything.
    func surprise(of log: LogSummary) -> Double {
        Self.successions(of: log).reduce(0) { max($0, surprise($1.0, $1.1)) }
    }

    private func surprise(_ a: Int32, _ b: Int32) -> Double {
        let places = Double(total) + 0.5 * Double(came.count + 1)
        let alone = (Double(came[b] ?? 0) + 0.5) / places
        let seen = Double(pairs[Self.key(a, b)] ?? 0)
        return -log((seen + Self.prior * alone) / (Double(followed[a] ?? 0) + Self.prior))
    }

    private static func successions(of log: LogSummary) -> [(Int32, Int32)] {
        let whole = (log.before.map { [$0] } ?? []) + log.sequence
        return Array(zip(whole, whole.dropFirst()))
    }

    private static func key(_ a: Int32, _ b: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: a)) << 32 | UInt64(UInt32(bitPattern: b))
    }

    func write(to writer: inout ByteWriter) {
        let sorted = pairs.sorted { $0.key < $1.key }
        writer.write(sorted.map(\.key))
        writer.write(sorted.map(\.value))
        for counts in [followed, came] {
            let sorted = counts.sorted { $0.key < $1.key }
            writer.write(sorted.map(\.key))
            writer.write(sorted.map(\.value))
        }
        writer.write(total)
    }

    init(from reader: inout ByteReader) throws {
        func counts<Key: FixedWidthInteger>(_: Key.Type) throws -> [Key: UInt32] {
            let keys = try reader.readIntegers(Key.self)
            let values = try reader.readIntegers(UInt32.self)
            guard keys.count == values.count else {
                throw FusionModel.Malformed(reason: "a log's successions and counts differ")
            }
            return Dictionary(zip(keys, values), uniquingKeysWith: { first, _ in first })
        }
        pairs = try counts(UInt64.self)
        followed = try counts(Int32.self)
        came = try counts(Int32.self)
        total = try reader.read(UInt32.self)
    }
}
