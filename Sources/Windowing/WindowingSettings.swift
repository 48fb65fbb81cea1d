/// How windows are cut. The `[windowing]` section of the settings file.
package struct WindowingSettings: Equatable, Sendable {
    /// Length of one window, in event time.
    package var length: Duration = .seconds(1)

    /// From one window's start to the next one's; `nil`: the length (tumbling). Shorter slides.
    package var hop: Duration?

    /// How far behind its stream's newest event a late one may be and still count.
    package var lateness: Duration = .milliseconds(500)

    /// A regular stream this far behind the asset's other streams is idle: missing, not waited for.
    package var idleAfter: Duration = .seconds(3)

    /// An asset silent for this long, by arrival, has its open windows closed.
    package var closeAfter: Duration = .seconds(5)

    /// A stamp further ahead of the asset's other streams than this does not move the watermark.
    package var futureMax: Duration = .seconds(10)

    /// Samples kept of one stream in one window; what comes beyond is counted and left out.
    package var framesMax = 512

    /// Empty windows reported one by one when an asset speaks again after a gap.
    package var gapWindowsMax = 60

    package init() {}

    package var effectiveHop: Duration { hop ?? length }

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        if length <= .zero {
            problems.append("windowing.length is \(length), but a window needs a positive length.")
        }
        if let hop, hop <= .zero || hop > length {
            problems.append(
                "windowing.hop is \(hop), but it must be positive and at most the length (\(length))."
            )
        }
        for (name, span) in [
            ("lateness", lateness), ("idle_after", idleAfter), ("close_after", closeAfter),
            ("future_max", futureMax),
        ] where span < .zero {
            problems.append("windowing.\(name) is \(span), but it cannot be negative.")
        }
        if framesMax < 1 {
            problems.append(
                "windowing.frames_max is \(framesMax), but a window holds at least one.")
        }
        if gapWindowsMax < 0 {
            problems.append(
                "windowing.gap_windows_max is \(gapWindowsMax), but cannot be negative.")
        }
        return problems
    }
}
