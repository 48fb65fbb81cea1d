import Detection
import Foundation
import Fusion
package import Intake
package import Signals
package import Store
import Windowing

/// The windows that a training learns from, out of recordings or the daemon's archive.
package final class TrainingCorpus {
    let spool: WindowSpool
    let folder: String
    private(set) var templates: [AssetName: [StreamName: [String]]] = [:]
    /// States that windows were tagged with, by asset and beginning.
    private(set) var states: [AssetName: [EventTime: String]] = [:]

    /// - Parameters:
    ///   - folder: for working files; they have no name there and go with the process.
    ///   - windowsMax: windows remembered; beyond it they are thinned evenly.
    /// - Throws: when no working file can be made in `folder`.
    package init(folder: String, windowsMax: Int) throws {
        self.folder = folder
        spool = try WindowSpool(folder: folder, windowsMax: windowsMax)
    }

    private init(_ other: TrainingCorpus, only asset: AssetName) {
        spool = WindowSpool(other.spool, only: asset)
        folder = other.folder
        templates = other.templates
        states = other.states.filter { $0.key == asset }
    }

    /// One asset's part of it.
    package func restricted(to asset: AssetName) -> TrainingCorpus {
        TrainingCorpus(self, only: asset)
    }

    package var windows: Int { spool.count }
    package var assets: [AssetName] { spool.assets }

    /// Takes recordings, through the daemon's own pipeline.
    ///
    /// - Parameters:
    ///   - recordings: paths, fed one after the other.
    ///   - settings: in force; they say how windows are cut.
    ///   - framesKept: frames that stay beside a summary.
    ///   - labels: with them, only windows of split `train` are taken, with the states they name.
    ///   - progress: hears of a recording, bytes read and bytes in all.
    /// - Throws: when a recording cannot be read or the disk is full.
    package func add(
        recordings: [String], settings: DaemonSettings, framesKept: Int, labels: [WindowLabel]?,
        progress: (String, Int, Int?) -> Void = { _, _, _ in }
    ) throws {
        var settings = settings
        settings.fusion.framesKept = max(settings.fusion.framesKept, framesKept)
        let wanted = labels.map { labels in
            Dictionary(grouping: labels.lazy.filter { $0.split == .train }, by: \.asset)
                .mapValues { Set($0.map(\.windowStart)) }
        }
        tag(labels ?? [])
        let tap: WindowTap = { [spool] asset, _, window in
            if let wanted, wanted[asset]?.contains(window.start) != true { return }
            try spool.add(window, of: asset)
        }
        var replay = try Replay(
            settings: settings, settingsHash: settings.settingsHash, labels: nil, folder: folder,
            tap: tap, fitsModels: false, emit: { _ in })
        for recording in recordings {
            try replay.feed(recording) { progress(recording, $0, $1) }
        }
        _ = try replay.finish()
        templates.merge(replay.templates) { $1 }
    }

    /// Takes one window that was read already.
    func add(_ window: WindowSummary, of asset: AssetName) throws {
        try spool.add(window, of: asset)
    }

    /// Takes the states that these labels name.
    func tag(_ labels: [WindowLabel]) {
        for label in labels where !label.state.isEmpty {
            states[label.asset, default: [:]][label.windowStart] = label.state
        }
    }

    /// Takes the texts of log templates, by asset and stream.
    func add(templates more: [AssetName: [StreamName: [String]]]) {
        templates.merge(more) { $1 }
    }

    /// Takes the calm windows that the daemon has kept, with the states that operators have labelled.
    package func add(archiveOf store: StateStore, only wanted: AssetName? = nil) throws {
        // An asset without any state has no archive either.
        for state in try store.load().assetStates
        where state.kind == Pipeline.intakeKind && (wanted ?? state.asset) == state.asset {
            // In order of their beginning: the last that holds a window whole has the word.
            let tags = try store.labels(asset: state.asset).filter {
                $0.kind == OperatorLabel.Kind.state.rawValue
            }
            for row in try store.archive(asset: state.asset) {
                let window = try WindowSummary(encoded: row.blob)
                try spool.add(window, of: state.asset)
                let tag = tags.last { $0.from <= window.start && window.end <= $0.to }
                if let tag { states[state.asset, default: [:]][window.start] = tag.name }
            }
            templates[state.asset] = try JSONDecoder().decode(
                IntakeState.self, from: Data(state.blob)
            ).frozenTemplates
        }
    }

    /// Of the log terms of each asset, in the order of the spool's assets.
    var translations: [[StreamName: [UInt64: UInt64]]] {
        spool.assets.map { (templates[$0] ?? [:]).mapValues(LogTerms.translation) }
    }
}
