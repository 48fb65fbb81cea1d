package import Signals

/// What says that a machine works, or that it has stopped: one sentence about one stream.
///
/// ```
/// audio[3] > 0.2                 mean of number 3 (the first is 0) over the window
/// audio level > 0.2              root mean square of all its numbers
/// audio spread > 0.05            root mean square of their standard deviations within the window
/// log rate > 1 per minute        messages in the last minute of event time
/// log contains 'cycle start'     a line with these words, one after the other
/// camera speaks                  a message came at all
/// ```
package struct ActivityCondition: Equatable, Sendable {
    package var stream: StreamName
    package var measure: Measure

    package enum Measure: Equatable, Sendable {
        case number(Int, Comparison)
        case level(Comparison)
        case spread(Comparison)
        case rate(Comparison, per: Period)
        case contains(String)
        case speaks
    }

    package struct Comparison: Equatable, Sendable {
        package var sign: Sign
        package var bound: Double

        package init(_ sign: Sign, _ bound: Double) {
            self.sign = sign
            self.bound = bound
        }

        func holds(for value: Double) -> Bool {
            switch sign {
            case .above: value > bound
            case .below: value < bound
            case .atLeast: value >= bound
            case .atMost: value <= bound
            }
        }
    }

    package enum Sign: String, CaseIterable, Sendable {
        case above = ">"
        case below = "<"
        case atLeast = ">="
        case atMost = "<="
    }

    package enum Period: String, CaseIterable, Sendable {
        case second, minute, hour

        /// Nanoseconds.
        var length: Int64 {
            switch self {
            case .second: 1_000_000_000
            case .minute: 60_000_000_000
            case .hour: 3_600_000_000_000
            }
        }
    }

    package init(stream: StreamName, measure: Measure) {
        self.stream = stream
        self.measure = measure
    }

    /// The phrase a line has to contain, if that is what is asked.
    package var phrase: String? {
        if case .contains(let phrase) = measure { phrase } else { nil }
    }

    /// What it says happens at a moment, instead of lasting for a while.
    var isEvent: Bool { phrase != nil }
}

extension ActivityCondition: CustomStringConvertible {
    /// As the settings file has it; equal conditions give equal text.
    package var description: String {
        switch measure {
        case .number(let index, let comparison): "\(stream)[\(index)] \(comparison)"
        case .level(let comparison): "\(stream) level \(comparison)"
        case .spread(let comparison): "\(stream) spread \(comparison)"
        case .rate(let comparison, let period):
            "\(stream) rate \(comparison) per \(period.rawValue)"
        case .contains(let phrase):
            phrase.contains("'")
                ? "\(stream) contains \"\(phrase)\"" : "\(stream) contains '\(phrase)'"
        case .speaks: "\(stream) speaks"
        }
    }

    /// Reads what `description` writes; `nil` for anything else.
    package init?(_ text: String) {
        let pattern = #/\s*([^\s\[\]]+)(?:\s*\[(\d{1,6})\]|(?=\s))\s*([a-z]*)\s*(.*?)\s*/#
        guard let match = text.wholeMatch(of: pattern) else { return nil }
        let name = StreamName(String(match.1))
        let rest = String(match.4)
        let measure: Measure?
        switch (match.2.flatMap { Int($0) }, String(match.3)) {
        case (let index?, ""): measure = Comparison(rest).map { .number(index, $0) }
        case (nil, "level"): measure = Comparison(rest).map { .level($0) }
        case (nil, "spread"): measure = Comparison(rest).map { .spread($0) }
        case (nil, "rate"): measure = Self.rate(rest)
        case (nil, "contains"): measure = Self.phrase(rest).map { .contains($0) }
        case (nil, "speaks") where rest.isEmpty: measure = .speaks
        default: measure = nil
        }
        guard let measure else { return nil }
        self.init(stream: name, measure: measure)
    }

    private static func rate(_ text: String) -> Measure? {
        guard let match = text.wholeMatch(of: #/(.*\S)\s+per\s+([a-z]+)\s*/#),
            let comparison = Comparison(String(match.1)), comparison.bound >= 0,
            let period = Period(rawValue: String(match.2))
        else { return nil }
        return .rate(comparison, per: period)
    }

    /// Words in quotes of either kind; at least one has a letter, because numbers are masked before
    /// anything is remembered of a line.
    private static func phrase(_ text: String) -> String? {
        guard let match = text.wholeMatch(of: #/(['"])(.*)\1\s*/#) else { return nil }
        let words = match.2.split(whereSeparator: \.isWhitespace)
        guard !match.2.contains(match.1), words.contains(where: { $0.contains(where: \.isLetter) })
        else { return nil }
        return words.joined(separator: " ")
    }
}

extension ActivityCondition.Comparison: CustomStringConvertible {
    package var description: String {
        let whole = bound == bound.rounded() && abs(bound) < 1e15
        return "\(sign.rawValue) \(whole ? String(Int64(bound)) : String(bound))"
    }

    init?(_ text: String) {
        guard let match = text.wholeMatch(of: #/\s*(>=|<=|>|<)\s*(\S+)\s*/#),
            let sign = ActivityCondition.Sign(rawValue: String(match.1)),
            let bound = Double(String(match.2)), bound.isFinite
        else { return nil }
        self.init(sign, bound)
    }
}
