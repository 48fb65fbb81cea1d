import Detection
package import Fusion
package import Intake
import Publishing
package import Signals
import Store
import Windowing

/// Takes one asset's windows, in order of their start.
package typealias WindowTap = (AssetName, WindowHeader, WindowSummary) throws -> Void

/// Feeds recordings through the pipeline as fast as it goes, in event time, offline.
///
/// The recording's `tst` is the arrival clock; silence passes as it passed then. Deterministic: the
/// same recordings and settings give the same bytes.
package struct Replay {
    private let settings: DaemonSettings
    private let settingsHash: String
    private var pipeline: Pipeline
    private let store: StateStore
    private var ledger: Ledger
    private let meter = StageMeter()
    private let emit: (String) throws -> Void
    private let network: NetworkModel?
    private let tap: WindowTap?
    private let remembers: Bool
    private var nextTick: Int64?
    private var lastArrival: Arrival?
    private var summary = ReplaySummary()

    /// - Parameters:
    ///   - settings: in force.
    ///   - settingsHash: their content hash, named in each verdict.
    ///   - labels: with them, an asset's warm-up is exactly its windows of split `train`.
    ///   - folder: for the working state; the caller removes it.
    ///   - network: a trained model that every asset is to use from its first fit on.
    ///   - tap: hears of every window as it closes, before its verdict.
    ///   - fitsModels: without, assets warm up for ever; for those who only want the windows.
    ///   - state: a new file that keeps windows and models, to be searched.
    ///   - emit: takes each verdict, a line of JSON.
    /// - Throws: `StoreError` when the working state cannot be made in `folder`.
    package init(
        settings: DaemonSettings, settingsHash: String, labels: [WindowLabel]?, folder: String,
        network: NetworkModel? = nil, tap: WindowTap? = nil,
        fitsModels: Bool = true, state: String? = nil,
        emit: @escaping (String) throws -> Void
    ) throws {
        self.settings = settings
        self.settingsHash = settingsHash
        self.emit = emit
        self.network = network
        self.tap = tap
        var pipelineSettings = settings.pipeline
        pipelineSettings.sketchesWindows = false
        pipelineSettings.tapsWindows = tap != nil
        pipelineSettings.remembersWindows = state != nil
        pipelineSettings.fusion.framesKept = max(
            pipelineSettings.fusion.framesKept, network?.framesNeeded ?? 0)
        var rules = labels.map(Self.rules(from:))
        if !fitsModels {
            rules = { _ in .labelled(starts: [], last: EventTime(nanoseconds: .max)) }
        }
        pipeline = Pipeline(settings: pipelineSettings, rules: rules)
        store = try StateStore(path: state ?? folder + "/replay.sqlite", settings: settings.store)
        remembers = state != nil
        ledger = Ledger(
            calmVerdictEvery: .seconds(1_000_000_000),
            recall: RecallWriter(settings.recall, hop: settings.windowing.effectiveHop))
    }

    /// An asset without labelled training windows warms up as the settings say.
    private static func rules(from labels: [WindowLabel]) -> @Sendable (AssetName) -> WarmUpRule? {
        var starts: [AssetName: Set<EventTime>] = [:]
        for label in labels where label.split == .train {
            starts[label.asset, default: []].insert(label.windowStart)
        }
        let rules = starts.mapValues { windows in
            WarmUpRule.labelled(starts: windows, last: windows.max()!)
        }
        return { rules[$0] }
    }

    /// Feeds one recording to its end; `progress` hears of bytes read and bytes in all.
    package mutating func feed(
        _ path: String, progress: (Int, Int?) -> Void = { _, _ in }
    ) throws {
        var reader = try RecordingReader(path: path)
        while let message = try reader.next() {
            if message.arrival.elapsed >= nextTick ?? message.arrival.elapsed {
                nextTick = message.arrival.elapsed + 50_000_000
                try act(on: pipeline.tick(message.arrival, isDrained: true).outcomes)
            }
            lastArrival = message.arrival
            summary.messages += 1
            try act(on: pipeline.take(message, meter: meter))
            if summary.messages.isMultiple(of: 4096) {
                progress(reader.bytesRead, reader.bytesTotal)
            }
        }
        summary.badLines += reader.badLines.total
        summary.firstBadLines += reader.badLines.first.map { "\(path): \($0)" }
        progress(reader.bytesRead, reader.bytesTotal)
    }

    /// After the last recording: its silence goes on, and what remains open closes.
    package mutating func finish() throws -> ReplaySummary {
        if let last = lastArrival {
            let wait = settings.windowing.closeAfter.nanoseconds + 1
            let later = Arrival(wall: last.wall + wait, elapsed: last.elapsed + wait)
            try act(on: pipeline.tick(later, isDrained: true).outcomes)
        }
        try act(on: pipeline.flush())
        if remembers { try commit() }
        summary.assets = pipeline.assets.count
        summary.intake = pipeline.reader.counters
        summary.losses = pipeline.losses
        summary.gapWindowsSkipped = pipeline.gapWindowsSkipped
        summary.stages = StageMeter.Stage.allCases.map { stage in
            .init(name: stage.name, percentiles: meter.microseconds(of: stage))
        }
        return summary
    }

    /// Keeps the file of the trained model with what it has seen, for searches by what is handed in.
    package func keep(networkFile: [UInt8]) throws {
        guard let network else { return }
        try store.saveNetwork(
            StoredNetwork(
                id: network.id, createdMs: 0, bytes: networkFile.count, metadata: "{}"),
            file: networkFile)
    }

    /// Texts of the log templates found so far, by asset and stream.
    package var templates: [AssetName: [StreamName: [String]]] {
        Dictionary(
            uniqueKeysWithValues: pipeline.assets.map {
                ($0, pipeline.reader.frozenTemplates(of: $0))
            })
    }

    private mutating func act(on outcomes: [Outcome]) throws {
        for outcome in outcomes {
            switch outcome {
            case .verdict(let verdict, let change):
                summary.note(verdict, change)
                try emit(VerdictPayload.json(verdict, settings: settingsHash))
            case .health(let asset, let change):
                summary.note(change, of: asset)
            case .archive(let asset, let ordinal, let blob):
                ledger.note(archive: asset, ordinal: ordinal, blob)
                if ledger.isFull { try commit() }
            case .thinArchive(let asset, let blocks):
                ledger.note(thinArchive: asset, keeping: blocks)
            case .clearArchive(let asset):
                ledger.note(clearArchive: asset)
            case .window(let asset, let header, let window):
                try tap?(asset, header, window)
            case .alarm(_, let step, _):
                if step.rings { summary.rings += 1 }
            case .remember(let asset, let space, let window):
                ledger.recall.note(
                    window, of: asset, space: space, assets: max(1, pipeline.assets.count))
                if ledger.recall.isFull { try commit() }
            case .label, .tried, .shadowed, .corrected, .sketched:
                break
            case .adopted(let asset, let service):
                if remembers { ledger.note(adopted: asset, service) }
                summary.note(asset, service.model)
            case .fit(let request):
                try commit()
                let rows = try store.archive(asset: request.asset).map(\.blob)
                let result = try Fitter.fit(
                    request, archive: rows, settings: settings.pipeline, network: network)
                if case .unsuitable(let why)? = result.trial {
                    summary.unsuitable.append("\(request.asset): \(why)")
                }
                try act(on: pipeline.install(result))
            }
        }
    }

    private mutating func commit() throws {
        try ledger.saveModels(in: store)
        var commit = Commit(sequence: 0, keepFrom: 0, journalID: "replay")
        ledger.move(into: &commit)
        _ = try store.commit(commit)
    }
}
