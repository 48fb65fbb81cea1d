/// Writes one JSON object by hand, its keys in the order they are added: verdicts are compared byte
/// for byte, and a keyed encoder promises no order.
package struct JSONLine: Sendable {
    package private(set) var text = "{"
    private var needsComma = false

    package init() {}

    package mutating func close() {
        text += "}"
        needsComma = true
    }

    private mutating func key(_ name: String) {
        if needsComma { text += "," }
        needsComma = true
        Self.quote(name, into: &text)
        text += ":"
    }

    package mutating func add(_ name: String, _ value: String?) {
        key(name)
        guard let value else {
            text += "null"
            return
        }
        Self.quote(value, into: &text)
    }

    package mutating func add(_ name: String, _ value: Bool) {
        key(name)
        text += value ? "true" : "false"
    }

    package mutating func add(_ name: String, _ value: some FixedWidthInteger) {
        key(name)
        text += String(value)
    }

    /// Rounded to `digits` significant digits; what is not finite becomes null.
    package mutating func add(_ name: String, _ value: Double?, digits: Int = 5) {
        key(name)
        guard let value, value.isFinite else {
            text += "null"
            return
        }
        text += Self.number(value, digits: digits)
    }

    package mutating func add(_ name: String, _ body: (inout JSONLine) -> Void) {
        key(name)
        text += "{"
        needsComma = false
        body(&self)
        close()
    }

    package mutating func add<Item>(
        _ name: String, each items: [Item], _ body: (Item, inout JSONLine) -> Void
    ) {
        key(name)
        text += "["
        for (i, item) in items.enumerated() {
            text += i > 0 ? ",{" : "{"
            needsComma = false
            body(item, &self)
            close()
        }
        text += "]"
        needsComma = true
    }

    package mutating func add(_ name: String, list: [String]) {
        key(name)
        text += "["
        for (i, item) in list.enumerated() {
            if i > 0 { text += "," }
            Self.quote(item, into: &text)
        }
        text += "]"
    }

    /// The shortest decimal that reads back as the rounded value; whole numbers without a point.
    static func number(_ value: Double, digits: Int) -> String {
        guard value != 0 else { return "0" }
        var exponent = 0
        var scaled = abs(value)
        while scaled >= 10 {
            scaled /= 10
            exponent += 1
        }
        while scaled < 1 {
            scaled *= 10
            exponent -= 1
        }
        var mantissa = Int64((scaled * power(digits - 1)).rounded())
        var point = exponent - (digits - 1)
        while mantissa != 0, mantissa % 10 == 0 {
            mantissa /= 10
            point += 1
        }
        let sign = value < 0 ? "-" : ""
        let figures = String(mantissa)
        if point >= 0, figures.count + point <= 15 {
            return sign + figures + String(repeating: "0", count: point)
        }
        if point < 0, -point < figures.count {
            let split = figures.index(figures.endIndex, offsetBy: point)
            return sign + figures[..<split] + "." + figures[split...]
        }
        if point < 0, figures.count - point <= 12 {
            return sign + "0." + String(repeating: "0", count: -point - figures.count) + figures
        }
        let first = figures.prefix(1)
        let rest = figures.dropFirst()
        return "\(sign)\(first)\(rest.isEmpty ? "" : "." + rest)e\(point + figures.count - 1)"
    }

    private static func power(_ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { value, _ in value * 10 }
    }

    static func quote(_ value: String, into text: inout String) {
        text += "\""
        // Nearly always: nothing in it needs an escape.
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            text += value
            text += "\""
            return
        }
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
