package import Fusion
package import Signals

/// What the diagnosis is given of one asset: its windows, in order of their start.
///
/// Gaps are allowed, and so are windows that share a start: the last one counts.
package struct AssetWindows: Sendable {
    package let asset: AssetName
    package let windows: [WindowSummary]
    /// Texts of the log templates by their number, for names of factors; empty when unknown.
    package var templates: [StreamName: [String]] = [:]
    /// States that windows were tagged with, by the window's start.
    package var states: [EventTime: String] = [:]

    package init(asset: AssetName, windows: [WindowSummary]) {
        self.asset = asset
        self.windows = windows
    }
}

/// What the diagnosis is set to.
package struct DiagnosisSettings: Equatable, Sendable {
    /// From one window's start to the next one's.
    package var hop: Duration = .seconds(1)
    /// Offsets are looked for up to here, in either direction.
    package var lagMax: Duration = .seconds(5)
    /// A sense with fewer windows says nothing.
    package var windowsMin = 120
    /// Windows looked at, at most: the newest. Costs grow with them in proportion.
    package var windowsMax = 4096
    /// Directions of each sense that are looked at, at most: more of them add noise (16 against 32:
    /// the AUC of mismatched windows falls by up to .1).
    package var componentsMax = 16
    /// Draws of each bootstrap.
    package var draws = 200
    /// Chance of one false report of wiring or drift in a whole diagnosis.
    package var level = 0.01
    /// Whether measures of likeness are learnt, beside those that are given: a second or two for each pair of
    /// senses.
    package var learnsMetrics = false
    package var seed: UInt64 = 1

    package init() {}

    /// Everything wrong with these settings, as sentences. Empty when good.
    package var problems: [String] {
        var problems: [String] = []
        if lagMax < hop {
            problems.append("lag_max is \(lagMax), but it is one hop (\(hop)) at least.")
        }
        if lagMax > hop * 64 {
            problems.append("lag_max is \(lagMax), but it is 64 hops (of \(hop)) at most.")
        }
        if windowsMin < 64 {
            problems.append("windows_min is \(windowsMin), but it is at least 64.")
        }
        if windowsMax < windowsMin {
            problems.append("windows_max is \(windowsMax), less than windows_min (\(windowsMin)).")
        }
        if !(level > 0 && level < 0.5) {
            problems.append("level is \(level), but a chance lies between 0 and 0.5.")
        }
        return problems
    }

    /// Offsets that are tried, in hops. Three beyond the range: a peak needs its slopes.
    var lagHops: Int { Int((lagMax / hop).rounded(.up)) + 3 }

    /// Where the window of a slot starts.
    func start(_ slot: Int) -> EventTime {
        EventTime(nanoseconds: Int64(slot) * hop.nanoseconds)
    }

    func slot(of start: EventTime) -> Int {
        Int((Double(start.nanoseconds) / Double(hop.nanoseconds)).rounded())
    }
}
