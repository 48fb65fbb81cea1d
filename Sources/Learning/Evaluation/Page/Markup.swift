import Foundation

/// Text that is already HTML. Whatever a caller hands in becomes harmless on its way in:
/// ```
/// let row: Markup = "<td>\(asset)</td>"       asset = "<b>" gives <td>&lt;b&gt;</td>
/// ```
/// Only literals and other markup pass as they are, so nothing can be left unescaped by mistake.
struct Markup: ExpressibleByStringInterpolation {
    let source: String

    init(stringLiteral value: String) {
        source = value
    }

    init(stringInterpolation: StringInterpolation) {
        source = stringInterpolation.source
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var source = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            source.reserveCapacity(literalCapacity * 2)
        }

        mutating func appendLiteral(_ literal: String) { source += literal }
        mutating func appendInterpolation(_ markup: Markup) { source += markup.source }
        mutating func appendInterpolation(_ parts: [Markup]) {
            for part in parts { source += part.source + "\n" }
        }
        mutating func appendInterpolation(_ text: String) { source += escaped(text) }
        mutating func appendInterpolation(_ count: Int) { source += String(count) }
        /// A length in a drawing, to a tenth.
        mutating func appendInterpolation(_ length: Double) { source += fixed(length, digits: 1) }
    }
}

/// Text as HTML and XML may hold it, between tags and in attributes. Characters that no document may
/// contain are replaced.
func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": escaped += "&amp;"
        case "<": escaped += "&lt;"
        case ">": escaped += "&gt;"
        case "\"": escaped += "&quot;"
        case "'": escaped += "&#39;"
        case "\t", "\n": escaped.unicodeScalars.append(scalar)
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
        default: escaped.unicodeScalars.append(scalar)
        }
    }
    return escaped
}

/// A number with `digits` digits after the point, in every locale; a dash when it is not finite.
func fixed(_ number: Double, digits: Int) -> String {
    guard number.isFinite else { return "–" }
    let text = String(format: "%.\(digits)f", number)
    let isZero = !text.contains { ("1"..."9").contains($0) }
    return isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text
}
