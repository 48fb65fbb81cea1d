import Detection
import Foundation  // JSON of a model's metadata.
import Fusion
import Publishing
import Recall
import Signals
import Store

/// Collects what the pipeline's decisions change in the Store until the next commit.
struct Ledger {
    private(set) var appends: [ArchiveRow] = []
    private(set) var removals: [ArchiveRemoval] = []
    private(set) var verdicts: [VerdictRow] = []
    private(set) var alarmEvents: [AlarmEvent] = []
    private(set) var labelChanges: [LabelChange] = []
    private(set) var healthEvents: [HealthEvent] = []
    private(set) var models: [StoredModel] = []
    private(set) var seenBefore: [SeenBeforeRow] = []
    var recall: RecallWriter
    private var calmVerdictAt: [AssetName: EventTime] = [:]
    private let calmVerdictEvery: Duration

    /// Rows held in memory at which a commit is due, whatever the clock says.
    static let rowsMax = 4096

    init(calmVerdictEvery: Duration, recall: RecallWriter = RecallWriter()) {
        self.calmVerdictEvery = calmVerdictEvery
        self.recall = recall
    }

    var isFull: Bool { appends.count + verdicts.count >= Self.rowsMax }

    mutating func note(archive asset: AssetName, ordinal: Int64, _ blob: [UInt8]) {
        appends.append(ArchiveRow(asset: asset, windowIndex: ordinal, blob: blob))
    }

    mutating func note(thinArchive asset: AssetName, keeping blocks: ArchiveRemoval.Blocks) {
        appends.removeAll { $0.asset == asset && !blocks.contain($0.windowIndex) }
        removals.append(ArchiveRemoval(asset: asset, keeping: blocks))
    }

    mutating func note(clearArchive asset: AssetName) {
        appends.removeAll { $0.asset == asset }
        removals.append(ArchiveRemoval(asset: asset))
    }

    mutating func note(_ event: HealthEvent) { healthEvents.append(event) }

    mutating func note(seenBefore row: SeenBeforeRow) { seenBefore.append(row) }

    mutating func note(adopted asset: AssetName, _ service: AssetDetector.Service) {
        models.append(StoredService(service).row(for: asset))
    }

    /// Calm verdicts are kept thinned: one per asset and `store.calm_verdict_every`.
    mutating func note(_ verdict: Verdict, _ change: Alarm.Change?, payload: String) {
        let isCalm = verdict.alarm == .normal && verdict.blame == nil && change == nil
        if isCalm {
            if let last = calmVerdictAt[verdict.asset], verdict.start - last < calmVerdictEvery {
                return
            }
            calmVerdictAt[verdict.asset] = verdict.start
        }
        verdicts.append(
            VerdictRow(
                asset: verdict.asset, windowStart: verdict.start, score: verdict.score,
                isRaised: verdict.alarm.isRaised, isCalm: isCalm, payload: payload))
    }

    mutating func note(_ step: AlarmStep, of asset: AssetName, _ verdict: Verdict?) {
        alarmEvents.append(
            AlarmEvent(
                asset: asset, at: step.at, from: step.from.rawValue, to: step.to.rawValue,
                change: step.kind.rawValue, rings: step.rings, step: step.number, who: step.who,
                why: step.why, score: verdict?.score, blame: verdict?.blame?.text,
                reason: verdict?.reason))
    }

    mutating func note(label command: OperatorCommand, of asset: AssetName, isRemoved: Bool) {
        let label: OperatorLabel
        switch command.action {
        case .label(let named), .removeLabel(let named): label = named
        case .alarm, .relearn, .correct: preconditionFailure("only a label command brings a label")
        }
        let row = LabelRow(
            asset: asset, from: label.from, to: label.to, kind: label.kind.rawValue,
            name: label.name, who: command.who, why: command.why, createdMs: command.givenMs)
        labelChanges.append(isRemoved ? .remove(row) : .add(row))
    }

    /// The history and the labels in the Store are behind.
    var hasNewsOfOperators: Bool { !alarmEvents.isEmpty || !labelChanges.isEmpty }

    /// Moves everything into `commit` and starts empty. The models are saved apart, before it:
    /// a state must never name a model that is not there.
    mutating func move(into commit: inout Commit) {
        commit.archiveAppends += appends
        commit.archiveRemovals += removals
        commit.verdicts += verdicts
        commit.alarmEvents += alarmEvents
        commit.labelChanges += labelChanges
        commit.healthEvents += healthEvents
        commit.recallRows += recall.take()
        commit.seenBefore += seenBefore
        appends = []
        removals = []
        verdicts = []
        alarmEvents = []
        labelChanges = []
        healthEvents = []
        seenBefore = []
    }

    mutating func saveModels(in store: StateStore) throws {
        for model in models { try store.saveModel(model) }
        models = []
    }
}

/// A model in service with its calibration, as one blob of the Store.
struct StoredService {
    let service: AssetDetector.Service

    init(_ service: AssetDetector.Service) {
        self.service = service
    }

    func row(for asset: AssetName) -> StoredModel {
        var writer = ByteWriter()
        writer.write(service.model.encoded)
        writer.write(service.calibration.encoded)
        var line = JSONLine()
        line.add("kind", service.model.networkID == nil ? "linear" : "trained")
        line.add("network", service.model.networkID)
        line.add("windows", service.model.windows)
        line.add("dimensions", service.model.dimensions)
        line.add("aligned", list: service.model.alignedStreams.map(\.text))
        line.close()
        return StoredModel(
            asset: asset, hash: service.modelID,
            createdMs: service.calibration.until.milliseconds, metadata: line.text,
            blob: writer.bytes)
    }

    /// `networks` finds a trained model by its id.
    init(_ row: StoredModel, networks: (String) throws -> NetworkModel?) throws {
        var reader = ByteReader(row.blob)
        let model = try FusionModel(
            encoded: try reader.readIntegers(UInt8.self), networks: networks)
        let calibration = try Calibration(encoded: try reader.readIntegers(UInt8.self))
        service = AssetDetector.Service(
            model: model, modelID: row.hash, calibration: calibration)
    }
}
