import Fusion
package import Intake
package import Signals
import Store

/// The windows that an evaluation judges, cut once from recordings by the daemon's own pipeline and
/// kept on disk: 24 bytes a window stay in memory.
package final class EvaluationWindows {
    let spool: WindowSpool
    let folder: String
    let truth: WindowTruth?
    private let trained: [AssetName: Set<EventTime>]?
    private let labels: [WindowLabel]?
    private(set) var templates: [AssetName: [StreamName: [String]]] = [:]
    private(set) var recordings: [String] = []

    /// - Parameters:
    ///   - folder: for working files; the caller removes it.
    ///   - labels: with them, models are fitted on an asset's windows of split `train`, exactly;
    ///     without, on the first half of its windows.
    /// - Throws: when there is no room for working files.
    package init(folder: String, labels: [WindowLabel]?) throws {
        self.folder = folder
        self.labels = labels
        truth = labels.map(WindowTruth.init)
        trained = labels.map { labels in
            Dictionary(grouping: labels.lazy.filter { $0.split == .train }, by: \.asset)
                .mapValues { Set($0.map(\.windowStart)) }
        }
        spool = try WindowSpool(folder: folder, windowsMax: .max)
    }

    package var count: Int { spool.count }
    package var assets: [AssetName] { spool.assets.sorted() }
    package var isLabelled: Bool { truth != nil }

    /// Takes recordings, one after the other.
    ///
    /// With labels, log templates freeze with the last window that models are fitted on, as they do
    /// in the daemon; without, they stay as the whole recording taught them.
    ///
    /// - Parameters:
    ///   - recordings: paths.
    ///   - settings: in force; they say how windows are cut.
    ///   - framesKept: frames that stay beside a summary.
    ///   - progress: hears of a recording, bytes read and bytes in all.
    /// - Throws: what reading a recording throws.
    package func add(
        recordings: [String], settings: DaemonSettings, framesKept: Int,
        progress: (String, Int, Int?) -> Void = { _, _, _ in }
    ) throws {
        var settings = settings
        settings.fusion.framesKept = max(settings.fusion.framesKept, framesKept)
        var replay = try Replay(
            settings: settings, settingsHash: settings.settingsHash, labels: labels,
            folder: folder,
            tap: { [spool] asset, _, window in try spool.add(window, of: asset) },
            fitsModels: labels != nil, emit: { _ in })
        for recording in recordings {
            try replay.feed(recording) { progress(recording, $0, $1) }
        }
        _ = try replay.finish()
        templates = replay.templates
        self.recordings += recordings
    }

    /// Takes one window; those without data have no score and are left out.
    func add(_ window: WindowSummary, of asset: AssetName) throws {
        try spool.add(window, of: asset)
    }

    /// One asset's windows by what they serve for, as their places in the spool.
    struct Share {
        /// All that a training may learn from.
        var training: [Int] = []
        /// Those that a model is fitted on: the daemon's archive would hold no more.
        var fit: [Int] = []
        /// Later than all of those.
        var judged: [Int] = []
    }

    /// - Parameter archiveMax: windows that the daemon's archive holds at most.
    /// - Returns: the share of every asset; an empty one where no window serves to fit on.
    func shares(archiveMax: Int) -> [AssetName: Share] {
        var own: [[Int]] = spool.assets.map { _ in [] }
        for index in 0..<spool.count { own[spool.asset(of: index)].append(index) }
        return Dictionary(
            uniqueKeysWithValues: zip(spool.assets, own).map { asset, own in
                (asset, share(of: asset, own: own, archiveMax: archiveMax))
            })
    }

    private func share(of asset: AssetName, own: [Int], archiveMax: Int) -> Share {
        var share = Share()
        if let trained {
            guard let starts = trained[asset], let last = starts.max() else { return share }
            share.training = own.filter { starts.contains(spool.start(of: $0)) }
            share.judged = own.filter { spool.start(of: $0) > last }
        } else {
            share.training = Array(own.prefix(own.count / 2))
            share.judged = Array(own.dropFirst(own.count / 2))
        }
        // As `AssetLine.archive` lets go of every second block when the archive is full.
        var every: Int64 = 1
        while Int64(share.training.count - 1) / every >= Int64(archiveMax) { every *= 2 }
        let blocks = ArchiveRemoval.Blocks(length: AssetLine.archiveBlock, every: every)
        share.fit = share.training.enumerated().filter { blocks.contain(Int64($0.offset)) }
            .map(\.element)
        return share
    }
}
