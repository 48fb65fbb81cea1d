import Foundation

/// What the experiments found, as Markdown, and how many claims did not hold.
struct Report {
    private(set) var text = ""
    private(set) var failures = 0

    mutating func write(_ paragraph: String) { text += paragraph + "\n\n" }

    mutating func table(_ head: [String], _ rows: [[String]]) {
        text += "| " + head.joined(separator: " | ") + " |\n"
        text += "|---" + String(repeating: "|---", count: head.count - 1) + "|\n"
        for row in rows { text += "| " + row.joined(separator: " | ") + " |\n" }
        text += "\n"
    }

    /// A claim that must hold, and the figures that decide it.
    mutating func claim(_ sentence: String, holds: Bool, _ figures: String) {
        if !holds { failures += 1 }
        text += "- \(holds ? "Holds" : "**Does not hold**"): \(sentence) \(figures)\n"
    }

    mutating func endList() { text += "\n" }
}

/// Figures of several seeds.
struct Figures {
    let values: [Double]

    init(_ values: [Double]) {
        self.values = values
    }

    var mean: Double { values.reduce(0, +) / Double(max(1, values.count)) }

    /// Standard deviation over the seeds, `n − 1` in the denominator.
    var deviation: Double {
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(max(1, values.count - 1))).squareRoot()
    }

    /// "mean ± deviation".
    var text: String { "\(short(mean)) ± \(short(deviation))" }

    /// Each seed's figure.
    var each: String { values.map { short($0) }.joined(separator: " ") }

    /// Seed by seed.
    func minus(_ other: Figures) -> Figures { Figures(zip(values, other.values).map { $0 - $1 }) }
    func over(_ other: Figures) -> Figures { Figures(zip(values, other.values).map { $0 / $1 }) }
}

/// Three digits without the zero before the point.
func short(_ x: Double, digits: Int = 3) -> String {
    let text = String(format: "%.\(digits)f", x)
    if text.hasPrefix("0.") { return String(text.dropFirst()) }
    return text.hasPrefix("-0.") ? "-" + text.dropFirst(2) : text
}
