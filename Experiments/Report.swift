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
        let verdict = holds ? "Holds" : "**Does not hold**"
        text += "- \(verdict): \(sentence)" + (figures.isEmpty ? "" : " \(figures)") + "\n"
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

/// `digits` digits without the zero before the point; nothing is less than nothing.
func short(_ x: Double, digits: Int = 3) -> String {
    var text = String(format: "%.\(digits)f", x)
    let isZero = !text.contains { ("1"..."9").contains($0) }
    let isNegative = text.hasPrefix("-")
    if isNegative { text.removeFirst() }
    if text.hasPrefix("0.") { text.removeFirst() }
    return isNegative && !isZero ? "-" + text : text
}
