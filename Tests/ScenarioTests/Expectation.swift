import Foundation

/// One line of `expected.ndjson`: a pattern for one verdict, or for all verdicts of a stretch.
struct Expectation {
    let line: Int
    private let pattern: JSON
    private let why: String
    private let isAbsent: Bool
    private let count: Int?
    private let asset: String
    private let start: JSON

    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    static func read(_ text: String) throws -> [Expectation] {
        try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
            index, line in
            line.allSatisfy(\.isWhitespace) ? nil : try Expectation(line, number: index + 1)
        }
    }

    private init(_ text: Substring, number: Int) throws {
        guard var members = (try? JSON(text))?.members, let asset = members["asset"]?.text,
            let start = members["window_start_ms"], start.number != nil || start.isBounds
        else {
            throw Unreadable(
                description: "expected.ndjson:\(number) is not an object with asset and "
                    + "window_start_ms (a number, or {\"min\": a, \"max\": b}).")
        }
        line = number
        self.asset = asset
        self.start = start
        why = members.removeValue(forKey: "why")?.text.map { " (\($0))" } ?? ""
        isAbsent = members.removeValue(forKey: "absent") == .bool(true)
        count = members.removeValue(forKey: "count")?.number.map { Int($0) }
        pattern = .object(members)
    }

    /// Speaks of all verdicts of a stretch, in whatever order among the other lines.
    var isStretch: Bool { start.isBounds }

    /// Places of the verdicts this line speaks of, in `verdicts`.
    func places(in verdicts: [JSON]) -> [Int] {
        verdicts.indices.filter {
            verdicts[$0]["asset"]?.text == asset
                && start.differences(from: verdicts[$0]["window_start_ms"]).isEmpty
        }
    }

    /// What is wrong, as sentences; empty when all is as expected.
    func faults(in verdicts: [JSON]) -> [String] {
        let places = places(in: verdicts)
        let title = "expected.ndjson:\(line)\(why): \(asset) \(start)"
        if isAbsent {
            return places.isEmpty
                ? [] : ["\(title): came out, but should not: \(verdicts[places[0]])"]
        }
        if let count, places.count != count {
            return ["\(title): \(places.count) verdicts came out, not \(count)"]
        }
        if places.isEmpty {
            let near = verdicts.filter { $0["asset"]?.text == asset }
                .compactMap { $0["window_start_ms"]?.description }
            return ["\(title): no such verdict; this asset has \(near.joined(separator: " "))"]
        }
        // Of a stretch, the first fault tells enough.
        let faults = places.lazy.compactMap { place -> String? in
            let differences = pattern.differences(from: verdicts[place])
            guard !differences.isEmpty else { return nil }
            return "\(title): \(differences.joined(separator: "; "))\n    in \(verdicts[place])"
        }
        return faults.first.map { [$0] } ?? []
    }
}
