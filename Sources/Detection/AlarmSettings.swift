import Foundation  // `log10`.
import Signals

/// When an asset's alarm rings and stops. The `[alarms]` section of the settings file.
package struct AlarmSettings: Equatable, Sendable {
    /// How often an asset may raise an alarm while nothing is wrong.
    package var falseAlarms = FalseAlarmBudget(count: 1, per: .week)

    /// Windows in a row at or above the threshold before the alarm is raised.
    package var onDelayWindows = 2

    /// Windows in a row below the clearing level before it clears.
    package var offDelayWindows = 5

    /// The clearing level lies this far below the threshold, in units of score.
    package var deadband = 0.5

    /// How long an alarm is shelved when nobody says: a shift.
    package var shelveFor: Duration = .seconds(8 * 3600)

    /// No shelf is longer: a shelf that is forgotten must end.
    package var shelveMax: Duration = .seconds(7 * 86_400)

    /// Alarms of the plant that follow each other within this time belong together; the first of them
    /// is named in all.
    package var firstOutWithin: Duration = .seconds(60)

    package init() {}

    /// The score that one window reaches once per budget; `AlarmThreshold` takes the on-delay off.
    ///
    /// ```
    /// threshold = −log₁₀ (count · hop / period)
    /// ```
    package func threshold(hop: Duration) -> Double {
        -log10(alarmShare(hop: hop))
    }

    /// The share of windows that may raise.
    package func alarmShare(hop: Duration) -> Double {
        min(0.5, falseAlarms.count * hop.seconds / falseAlarms.period.length.seconds)
    }

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        if onDelayWindows < 1 {
            problems.append("alarms.on_delay_windows is \(onDelayWindows), but must be at least 1.")
        }
        if offDelayWindows < 1 {
            problems.append(
                "alarms.off_delay_windows is \(offDelayWindows), but must be at least 1.")
        }
        if !(deadband >= 0) {
            problems.append("alarms.deadband is \(deadband), but cannot be negative.")
        }
        if shelveFor < .seconds(1) {
            problems.append("alarms.shelve_for is \(shelveFor), but must be at least 1 s.")
        }
        if shelveMax < shelveFor || shelveMax > .seconds(366 * 86_400) {
            problems.append(
                "alarms.shelve_max is \(shelveMax), but must be between alarms.shelve_for and a year."
            )
        }
        if firstOutWithin < .zero {
            problems.append("alarms.first_out_within is \(firstOutWithin), but cannot be negative.")
        }
        return problems
    }
}

/// "1 per week": a number of false alarms in a stretch of time.
package struct FalseAlarmBudget: Equatable, Sendable, CustomStringConvertible {
    package var count: Double
    package var period: Period

    package enum Period: String, CaseIterable, Sendable {
        case hour, day, week, month

        package var length: Duration {
            switch self {
            case .hour: .seconds(3600)
            case .day: .seconds(86_400)
            case .week: .seconds(7 * 86_400)
            case .month: .seconds(30 * 86_400)
            }
        }
    }

    package init(count: Double, per period: Period) {
        self.count = count
        self.period = period
    }

    /// Reads "1 per week", "0.5 per day"; `nil` for anything else or a count that is not positive.
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3, words[1] == "per", let count = Double(words[0]), count > 0,
            count.isFinite, let period = Period(rawValue: String(words[2]))
        else { return nil }
        self.init(count: count, per: period)
    }

    package var description: String {
        let number = count == count.rounded() ? String(Int(count)) : String(count)
        return "\(number) per \(period.rawValue)"
    }
}
