package import Diagnosis
import Fusion
package import Intake
package import Signals
package import Store

/// Where the windows of a diagnosis come from: what the daemon has archived, or recordings.
package struct DiagnosisSource {
    /// Sorted by name.
    package let assets: [AssetName]
    private let read: (AssetName) throws -> AssetWindows

    /// The archive in a daemon's state: while it learns, whole; later thinned, in stretches of twenty
    /// windows, calm ones only.
    package init(reading reader: HistoryReader) throws {
        assets = try reader.archivedAssets()
        read = { asset in
            let windows = try reader.archive(asset: asset).map { try WindowSummary(encoded: $0) }
                .sorted { $0.start < $1.start }
            return AssetWindows(asset: asset, windows: windows)
        }
    }

    /// Windows cut from recordings as the daemon would cut them.
    ///
    /// - Parameters:
    ///   - recordings: paths.
    ///   - labels: they tag windows with states.
    ///   - settings: in force.
    ///   - folder: for working files; the caller removes it.
    ///   - progress: hears of a recording, bytes read and bytes in all.
    /// - Throws: what reading a recording throws.
    package init(
        recordings: [String], labels: [WindowLabel]?, settings: DaemonSettings, folder: String,
        progress: (String, Int, Int?) -> Void = { _, _, _ in }
    ) throws {
        let cut = try EvaluationWindows(folder: folder, labels: nil)
        try cut.add(recordings: recordings, settings: settings, framesKept: 0, progress: progress)
        var states: [AssetName: [EventTime: String]] = [:]
        for label in labels ?? [] where !label.state.isEmpty {
            states[label.asset, default: [:]][label.windowStart] = label.state
        }
        let spool = cut.spool
        var places: [AssetName: [Int]] = [:]
        for index in 0..<cut.count {
            places[spool.assets[spool.asset(of: index)], default: []].append(index)
        }
        assets = cut.assets
        let templates = cut.templates
        read = { asset in
            var windows = AssetWindows(
                asset: asset, windows: try (places[asset] ?? []).map { try spool.window($0) })
            windows.templates = templates[asset] ?? [:]
            windows.states = states[asset] ?? [:]
            return windows
        }
    }

    /// The asset's windows that start in `from ..< to`.
    package func windows(
        of asset: AssetName, from: EventTime? = nil, to: EventTime? = nil
    ) throws -> AssetWindows {
        let all = try read(asset)
        var some = AssetWindows(
            asset: asset,
            windows: all.windows.filter { window in
                if let from, window.start < from { return false }
                if let to, window.start >= to { return false }
                return true
            })
        some.templates = all.templates
        some.states = all.states
        return some
    }
}
