import Signals

/// What is remembered of past windows, to be searched. The `[recall]` section of the settings file.
package struct RecallSettings: Equatable, Sendable {
    /// Where each window lay in the unified space is kept.
    package var isEnabled = true

    /// Bytes that remembered windows may take; beyond them calm windows go first, the oldest before the
    /// others, and alarms and tagged windows only when nothing else is left.
    package var sizeMax = 64 << 20

    /// Every window is kept for so long.
    package var allFor: Duration = .seconds(86_400)

    /// After that one window of each such span, for `thinnedFor`.
    package var thinnedEvery: Duration = .seconds(60)
    package var thinnedFor: Duration = .seconds(30 * 86_400)

    /// After that one window of each such span, for `sparseFor`; then alarms and tagged windows alone.
    package var sparseEvery: Duration = .seconds(600)
    package var sparseFor: Duration = .seconds(366 * 86_400)

    /// Bytes of remembered windows written a day, about: a plant with more of them keeps every second,
    /// every fourth, ... calm window, so that a gateway's flash lasts.
    package var writeMax = 256 << 20

    package init() {}

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        if sizeMax < 1 << 20 {
            problems.append(
                "recall.size_max is \(sizeMax), but needs at least 1 MiB; recall.enabled = false keeps nothing."
            )
        }
        if writeMax < 1 << 16 {
            problems.append("recall.write_max is \(writeMax), but needs at least 64 KiB.")
        }
        if allFor < .zero || thinnedFor < .zero || sparseFor < .zero {
            problems.append(
                "recall.all_for, recall.thinned_for and recall.sparse_for cannot be negative; 0s skips a tier."
            )
        }
        if thinnedEvery < .milliseconds(1) || sparseEvery < thinnedEvery {
            problems.append(
                "recall.sparse_every is \(sparseEvery), but is to be at least recall.thinned_every, \(thinnedEvery), which is positive."
            )
        }
        return problems
    }
}
