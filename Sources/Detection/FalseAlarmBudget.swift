import Signals

/// "1 per week": a number of false alarms in a stretch of time, of one asset or of all together.
package struct FalseAlarmBudget: Equatable, Sendable, CustomStringConvertible {
    package var count: Double
    package var period: Period
    /// The assets share it alike.
    package var isPerPlant: Bool

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

    package init(count: Double, per period: Period, isPerPlant: Bool = false) {
        self.count = count
        self.period = period
        self.isPerPlant = isPerPlant
    }

    /// Reads "1 per week", "0.5 per day", "1 per week per plant"; `nil` for anything else or a count
    /// that is not positive.
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3 || words.count == 5, words[1] == "per",
            let count = Double(words[0]), count > 0, count.isFinite,
            let period = Period(rawValue: String(words[2]))
        else { return nil }
        if words.count == 5, words[3] != "per" || !["plant", "asset"].contains(words[4]) {
            return nil
        }
        self.init(count: count, per: period, isPerPlant: words.count == 5 && words[4] == "plant")
    }

    /// The share of the windows of one of `assets` that may begin a false alarm.
    package func share(hop: Duration, assets: Int) -> Double {
        let all = count * hop.seconds / period.length.seconds
        return min(0.5, isPerPlant ? all / Double(max(1, assets)) : all)
    }

    package var description: String {
        let number = count == count.rounded() ? String(Int(count)) : String(count)
        return "\(number) per \(period.rawValue)" + (isPerPlant ? " per plant" : "")
    }
}
