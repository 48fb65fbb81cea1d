package import Windowing

/// How the daemon diagnoses its plant beside the flow. The `[diagnosis]` section of the settings file.
package struct WatchSettings: Equatable, Sendable {
    package var isEnabled = true

    /// From one look at an asset to the next, in its own windows; all assets are held against each other every
    /// fourth time. Half an hour costs a fifth of a percent of one core with 100 assets.
    package var every: Duration = .seconds(1800)

    /// Newest windows of each asset that a look sees. Eight minutes of a machine's cycles show an offset well;
    /// twice as many cost twice as much.
    package var windows = 512

    /// Memory for the windows of all assets together: 512 of each for up to 290 assets. With more of them each
    /// has fewer, yet 128 at least.
    package var memoryMax = 12 << 20

    /// Offsets are looked for up to here.
    package var lagMax: Duration = .seconds(5)

    /// What becomes of a sense that runs late. Moving stamps changes every score from there on, so somebody has
    /// to have wanted it.
    package var lag = LagTreatment.report

    /// Farther than this no stream's stamps are moved. Below `windowing.idle_after`, or the stream would be
    /// taken for missing.
    package var lagLimit: Duration = .seconds(2)

    /// Chance of one false report of wiring or drift in one look.
    package var level = 0.01

    package enum LagTreatment: String, CaseIterable, Sendable {
        /// Said, and nothing more.
        case report
        /// The stream's stamps are moved.
        case auto
    }

    package init() {}

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems(windowing: WindowingSettings) -> [String] {
        var problems: [String] = []
        if every < .seconds(10) {
            problems.append("diagnosis.every is \(every), but it must be at least 10 s.")
        }
        if !(128...65_536).contains(windows) {
            problems.append(
                "diagnosis.windows is \(windows), but it must be between 128, with which little can be told, and 65536."
            )
        }
        if memoryMax < 1 << 20 {
            problems.append("diagnosis.memory_max is \(memoryMax), but needs at least 1 MiB.")
        }
        if lagMax <= .zero {
            problems.append("diagnosis.lag_max is \(lagMax), but an offset needs room to be found.")
        }
        if lagLimit <= .zero {
            problems.append(
                "diagnosis.lag_limit is \(lagLimit), but a correction needs room; set lag = \"report\" for none."
            )
        } else if lag == .auto, lagLimit >= windowing.idleAfter {
            problems.append(
                "diagnosis.lag_limit is \(lagLimit), but it must be less than windowing.idle_after (\(windowing.idleAfter)): a stream moved so far would be taken for missing."
            )
        }
        if !(level > 0 && level < 0.5) {
            problems.append("diagnosis.level is \(level), but a chance lies between 0 and 0.5.")
        }
        return problems
    }

    /// Windows from one look at an asset to the next.
    func everyWindows(hop: Duration) -> Int64 {
        max(1, Int64((every / hop).rounded()))
    }
}
