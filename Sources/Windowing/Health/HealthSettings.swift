/// When the data of a stream are in doubt. The `[health]` section of the settings file.
///
/// All spans are of arrival time, on the gateway's clock that never steps.
package struct HealthSettings: Equatable, Sendable {
    /// A regular stream that has not been heard for so long is silent.
    package var silentAfter: Duration = .seconds(60)
    /// Heard again for so long, it is not.
    package var silentOff: Duration = .seconds(10)

    /// A vector that has been the same to the bit for so long, though it used to change, is stuck.
    package var stuckAfter: Duration = .seconds(300)
    /// Changing again for so long, it is not.
    package var stuckOff: Duration = .seconds(10)

    /// Stamps further from the gateway's clock than this are of a wrong clock.
    package var clockOffsetMax: Duration = .seconds(60)
    package var clockOn: Duration = .seconds(60)
    package var clockOff: Duration = .seconds(60)

    /// More than this share of a stream's messages refused, and at least three, is too much.
    package var refusedShare = 0.05
    package var refusedOn: Duration = .seconds(10)
    package var refusedOff: Duration = .seconds(60)

    /// At least three vectors of another dimension, or lines instead of vectors, for so long.
    package var dimensionOn: Duration = .seconds(10)
    package var dimensionOff: Duration = .seconds(60)

    package init() {}

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        for (name, span) in [
            ("silent_after", silentAfter), ("stuck_after", stuckAfter),
            ("clock_offset_max", clockOffsetMax),
        ] where span <= .zero {
            problems.append("health.\(name) is \(span), but it must be positive.")
        }
        for (name, span) in [
            ("silent_off", silentOff), ("stuck_off", stuckOff), ("clock_on", clockOn),
            ("clock_off", clockOff), ("refused_on", refusedOn), ("refused_off", refusedOff),
            ("dimension_on", dimensionOn), ("dimension_off", dimensionOff),
        ] where span < .zero {
            problems.append("health.\(name) is \(span), but it cannot be negative.")
        }
        if !(0..<1).contains(refusedShare) {
            problems.append(
                "health.refused_share is \(refusedShare), but it must be from 0 to less than 1.")
        }
        return problems
    }
}
