import Recall
import Signals

extension SettingsCatalogue {
    static let recall = SettingsSection(
        name: "recall",
        meaning: "What is remembered of past windows, for `anchord search` and \"seen before\".",
        keys: [
            .init(
                "enabled", \.recall.isEnabled, .boolean,
                "Keep where every window lay in the unified space, a byte for each number of each sense."
            ),
            .init(
                "size_max", \.recall.sizeMax, .size,
                "Remembered windows may fill this, within store.size_max; then calm ones go, oldest first, "
                    + "and alarms and tagged ones only when nothing else is left."),
            .init(
                "all_for", \.recall.allFor, .duration,
                "Every window is kept this long: what just happened is searched second by second."),
            .init(
                "thinned_every", \.recall.thinnedEvery, .duration,
                "After that, one window of each such span is kept, the oddest of it."),
            .init(
                "thinned_for", \.recall.thinnedFor, .duration,
                "This long; then they are thinned again."),
            .init(
                "sparse_every", \.recall.sparseEvery, .duration,
                "One window of each such span then: what a machine was like months ago."),
            .init(
                "sparse_for", \.recall.sparseFor, .duration,
                "This long; then alarms and tagged windows alone stay, for good."),
            .init(
                "write_max", \.recall.writeMax, .size,
                "Bytes of remembered windows written a day, about. A plant with more keeps every second, "
                    + "fourth, ... calm window: a gateway's flash wears."),
        ])
}
