/// Metrics in Prometheus' text format, version 0.0.4.
///
/// A family is begun with its kind and its meaning, and takes its samples at once, as the format asks.
/// What comes from the plant stands in the values of labels only, escaped.
package struct Exposition {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String {
        case counter, gauge
    }

    package private(set) var text = ""

    package init() {}

    /// One sample without labels.
    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        family(name, kind, help) { $0.add(value) }
    }

    /// One sample for each value of one label, sorted.
    package mutating func add(
        _ name: String, _ kind: Kind, _ help: String, by label: String, _ values: [String: Int]
    ) {
        family(name, kind, help) { family in
            for (value, count) in values.sorted(by: { $0.key < $1.key }) {
                family.add(Double(count), (label, value))
            }
        }
    }

    /// All samples of one name. One without samples is not mentioned.
    package mutating func family(
        _ name: String, _ kind: Kind, _ help: String, _ samples: (inout Family) -> Void
    ) {
        var family = Family(name: name)
        samples(&family)
        guard !family.text.isEmpty else { return }
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n"
        text += "# TYPE \(name) \(kind.rawValue)\n"
        text += family.text
    }

    package struct Family {
        let name: String
        fileprivate(set) var text = ""

        package mutating func add(_ value: Double, _ labels: (name: String, value: String)...) {
            text += name
            if !labels.isEmpty {
                text += "{"
                for (index, label) in labels.enumerated() {
                    if index > 0 { text += "," }
                    text += "\(label.name)=\"\(Exposition.escaped(label.value, quotes: true))\""
                }
                text += "}"
            }
            text += " \(Exposition.number(value))\n"
        }
    }

    static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
