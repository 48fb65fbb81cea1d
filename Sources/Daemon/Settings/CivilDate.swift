import Signals

/// Dates of the proleptic Gregorian calendar, `2000-01-01`, taken as midnight UTC.
enum CivilDate {
    /// `nil` when `text` is no date, or one that 64 bits of nanoseconds cannot hold.
    static func midnight(_ text: String) -> EventTime? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.count) == [4, 2, 2],
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1700...2200).contains(year)
        else { return nil }
        let days = daysSince1970(year, month, day)
        // 31 April is 1 May to the formula: a date that does not come back was none.
        guard civil(days) == (year, month, day) else { return nil }
        return EventTime(milliseconds: Int64(days) * 86_400_000)
    }

    /// The date on which `time` falls, UTC.
    static func text(for time: EventTime) -> String {
        let (year, month, day) = civil(
            Int((Double(time.milliseconds) / 86_400_000).rounded(.down)))
        return [(year, 4), (month, 2), (day, 2)].map { number, width in
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }.joined(separator: "-")
    }

    /// Days from 1970-01-01, counting in eras of 400 years that begin on 1 March.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(_ days: Int) -> (Int, Int, Int) {
        let z = days + 719_468
        let era = z / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
