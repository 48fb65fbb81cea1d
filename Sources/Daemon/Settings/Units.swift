/// Durations as operators write them: a number and a unit, `"500ms"`, `"10m"`, `"7d"`.
enum DurationText {
    /// Nanoseconds of each unit, longest first, as `text(for:)` tries them.
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    /// Understood besides; never written, because a week is read as seven days more easily than
    /// fourteen days as two weeks.
    private static let aliases: [(name: String, nanoseconds: Int64)] = [
        ("w", 7 * 86_400_000_000_000)
    ]

    /// `nil` when there is no unit, no number, or more of it than 292 years.
    static func duration(_ text: String) -> Duration? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        guard let scale = (units + aliases).first(where: { $0.name == unit })?.nanoseconds,
            let nanoseconds = Decimals.scaled(number, by: scale)
        else { return nil }
        return .nanoseconds(nanoseconds)
    }

    /// In the longest unit that leaves a whole number. Equal durations give equal text.
    static func text(for duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        guard nanoseconds != 0 else { return "0s" }
        let unit = units.first { nanoseconds % $0.nanoseconds == 0 } ?? ("ns", 1)
        return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }
}

/// Sizes in bytes, as operators write them: `"64MiB"`, `"1GB"`, or the plain number.
enum SizeText {
    private static let binary: [(name: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]
    private static let others: [(name: String, bytes: Int64)] = [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000),
        ("KB", 1_000), ("B", 1),
    ]

    static func bytes(_ text: String) -> Int? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        guard let scale = (binary + others).first(where: { $0.name == unit })?.bytes else {
            return nil
        }
        return Decimals.scaled(number, by: scale).map(Int.init)
    }

    /// In the largest binary unit that leaves a whole number; `nil` when only bytes do.
    static func text(for bytes: Int) -> String? {
        guard bytes > 0 else { return nil }
        let unit = binary.first { Int64(bytes) % $0.bytes == 0 }
        return unit.map { "\(Int64(bytes) / $0.bytes)\($0.name)" }
    }
}

/// Decimal numbers multiplied exactly: `"0.1"` of a second is 100,000,000 ns, not one less.
enum Decimals {
    /// `nil` when `text` is no decimal number, or the product is no whole number or overflows.
    static func scaled(_ text: Substring, by scale: Int64) -> Int64? {
        guard let match = text.wholeMatch(of: #/(-?)([0-9]+)(?:\.([0-9]{1,18}))?/#),
            let whole = Int64(match.2)
        else { return nil }
        let (wholes, overflow) = whole.multipliedReportingOverflow(by: scale)
        if overflow { return nil }
        var part: Int64 = 0
        if let digits = match.3, let numerator = Int64(digits) {
            // scale · 0.digits, through 128 bits; the quotient is less than the scale.
            let denominator = digits.reduce(Int64(1)) { power, _ in power * 10 }
            let product = numerator.multipliedFullWidth(by: scale)
            let (quotient, remainder) = denominator.dividingFullWidth(product)
            guard remainder == 0 else { return nil }
            part = quotient
        }
        let (sum, tooMuch) = wholes.addingReportingOverflow(part)
        if tooMuch { return nil }
        return match.1.isEmpty ? sum : -sum
    }
}
