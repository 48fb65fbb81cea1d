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

    /// Share of the budget that sustained evidence may spend, the rest being the threshold's; 0 leaves
    /// it out. A tenth raises its level by a ninth only, and it spends far less than it is given
    /// (docs/experiments.md): half would be taken from the threshold for nothing.
    package var sustainedShare = 0.1
    /// How long an alarm is shelved when nobody says: a shift.
    package var shelveFor: Duration = .seconds(8 * 3600)

    /// No shelf is longer: a shelf that is forgotten must end.
    package var shelveMax: Duration = .seconds(7 * 86_400)

    /// Alarms of the plant that follow each other within this time belong together; the first of them
    /// is named in all.
    package var firstOutWithin: Duration = .seconds(60)

    package init() {}

    /// The share of windows that may begin a false alarm, by the threshold and by sustained evidence
    /// together. `assets`: how many share a budget per plant.
    package func alarmShare(hop: Duration, assets: Int = 1) -> Double {
        falseAlarms.share(hop: hop, assets: assets)
    }

    /// The score that one window reaches once per budget; `BudgetLevels` divides it and takes the
    /// on-delay off.
    ///
    /// ```
    /// threshold = −log₁₀ (count · hop / period)
    /// ```
    package func threshold(hop: Duration) -> Double {
        -log10(alarmShare(hop: hop))
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
        if !(sustainedShare >= 0 && sustainedShare <= 0.9) {
            problems.append(
                "alarms.sustained_share is \(sustainedShare), but must be between 0 and 0.9.")
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
