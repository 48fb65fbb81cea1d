/// Dates as text: RFC 3339, and what `mosquitto_sub` prints (`2026-11-21T01:49:05.811710Z+0100`,
/// which is the local time, a Z that means nothing, and the offset).
enum RFC3339 {
    /// Nanoseconds since 1970, or `nil` when the text is no date of years 0 to 9999 with an offset
    /// that fits into 64 bits. A date without an offset is not guessed at.
    static func nanoseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var reader = DigitReader(text: text)
        guard
            let year = reader.number(4), reader.skip("-"), let month = reader.number(2),
            reader.skip("-"), let day = reader.number(2),
            reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2),
            reader.skip(":"), let second = reader.number(2),
            (1...12).contains(month), (1...monthLength(year, month)).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction: Int64 = 0
        if reader.skip(".") || reader.skip(",") {
            guard let nanoseconds = reader.fraction() else { return nil }
            fraction = nanoseconds
        }
        guard let offset = offset(&reader), reader.isAtEnd else { return nil }
        let days = daysSince1970(year, month, day)
        let seconds = days * 86400 + Int64(hour * 3600 + minute * 60 + second) - offset
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return nil }
        let (sum, carried) = whole.addingReportingOverflow(fraction)
        return carried ? nil : sum
    }

    /// The same instant as text in UTC, with microseconds, or nanoseconds where it has them.
    static func text(nanoseconds: Int64) -> String {
        let second = nanoseconds.floorDivided(by: 1_000_000_000)
        let fraction = nanoseconds - second * 1_000_000_000
        let day = second.floorDivided(by: 86400)
        let ofDay = second - day * 86400
        let (year, month, dayOfMonth) = date(daysSince1970: day)
        let parts =
            pad(year, 4) + "-" + pad(month, 2) + "-" + pad(dayOfMonth, 2) + "T"
            + pad(ofDay / 3600, 2) + ":" + pad(ofDay / 60 % 60, 2) + ":" + pad(ofDay % 60, 2)
        return parts + "."
            + (fraction % 1000 == 0 ? pad(fraction / 1000, 6) : pad(fraction, 9)) + "Z"
    }

    /// Seconds east of Greenwich.
    private static func offset(_ reader: inout DigitReader) -> Int64? {
        let isUTC = reader.skip("Z") || reader.skip("z")
        let sign: Int64
        if reader.skip("+") {
            sign = 1
        } else if reader.skip("-") {
            sign = -1
        } else {
            return isUTC ? 0 : nil
        }
        guard let hours = reader.number(2), hours < 24 else { return nil }
        _ = reader.skip(":")
        guard let minutes = reader.number(2), minutes < 60 else { return nil }
        return sign * Int64(hours * 3600 + minutes * 60)
    }

    private static func monthLength(_ year: Int, _ month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Counts in years that begin in March, so that the leap day is the last of its year, and in
    /// eras of 400 years, which all have the same number of days.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = Int64(month <= 2 ? year - 1 : year)
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = Int64((153 * ((month + 9) % 12) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(daysSince1970 days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func pad(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Reads fixed runs of digits, front to back.
private struct DigitReader {
    let text: UnsafeBufferPointer<UInt8>
    var position = 0

    init(text: UnsafeBufferPointer<UInt8>) { self.text = text }

    var isAtEnd: Bool { position == text.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < text.count, text[position] == UInt8(character.value) else { return false }
        position += 1
        return true
    }

    mutating func number(_ digits: Int) -> Int? {
        guard position + digits <= text.count else { return nil }
        var number = 0
        for byte in text[position..<position + digits] {
            guard (0x30...0x39).contains(byte) else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        position += digits
        return number
    }

    /// Digits after the point, in nanoseconds; what is finer is cut off.
    mutating func fraction() -> Int64? {
        let start = position
        var unit: Int64 = 100_000_000
        var sum: Int64 = 0
        while position < text.count, (0x30...0x39).contains(text[position]) {
            sum += Int64(text[position] - 0x30) * unit
            unit /= 10
            position += 1
        }
        return position > start ? sum : nil
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
