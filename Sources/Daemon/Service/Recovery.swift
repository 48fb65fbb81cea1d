import Detection
import Diagnosis
import Foundation
import Intake
import Logging
import MQTT
import Signals
import Store

/// What an earlier run left: the state of its last commit, and the journal from there on.
///
/// States first; then what open windows held comes back from the journal's older entries; the newer
/// ones are left to be processed again, with the same outcome as the first time.
struct Recovery {
    let settings: DaemonSettings
    let gatewayName: String
    let logger: Logger
    let store: StateStore
    /// Of the store's file, for readers beside it.
    let path: String
    let networks: NetworkLibrary
    let journal: Journal
    let clocks: Clocks
    let pipeline: Pipeline
    let filter: RedeliveryFilter
    let guardian: PoisonGuard
    /// Entries after the last commit.
    let unprocessed: [JournalEntry]
    /// Findings of the diagnosis that stood.
    let boards: [AssetName: FindingBoard]
    /// Assets whose state no longer fits the settings.
    let resetAssets: [AssetName]
    let formerSubscriptions: [String]

    /// - Parameters:
    ///   - settings: without problems.
    ///   - gatewayName: our token in every topic.
    ///   - environment: names the state and runtime directories.
    ///   - logger: told what was found.
    ///   - kernel: reads the clocks; a simulation hands in its own.
    /// - Throws: `StoreError` when the state cannot be opened, with what to do.
    init(
        settings: DaemonSettings, gatewayName: String, environment: [String: String],
        logger: Logger, kernel: @escaping @Sendable () -> Arrival = Clocks.kernel
    ) throws {
        self.settings = settings
        self.gatewayName = gatewayName
        self.logger = logger
        path = settings.store.effectivePath(environment: environment)
        let store = try StateStore(path: path, settings: settings.store)
        let networks = NetworkLibrary(store: store)
        let journal = try Journal(
            folder: settings.store.effectiveJournalFolder(environment: environment),
            syncEveryAppend: settings.store.durability == .power)
        let snapshot = try store.load()
        var entries: [JournalEntry] = []
        let found = try journal.recover(after: snapshot.sequence) { entries.append($0) }
        try store.markRunning()

        var reset: [AssetName] = []
        var pipeline = try Pipeline(
            restoring: snapshot.assetStates, settings: settings.pipeline,
            service: { _, id in
                try store.model(hash: id).map {
                    try StoredService($0, networks: networks.model).service
                }
            },
            onReset: { asset, why in
                reset.append(asset)
                logger.warning(
                    "An asset starts anew.", metadata: ["asset": "\(asset)", "why": "\(why)"])
            })
        var filter = RedeliveryFilter(tailMax: max(1000, 2 * settings.broker.receiveMaximum))
        var old = pipeline.reader
        let quarantined = Set(try store.quarantined().filter(\.isHeld).map(\.fingerprint))
        var lastElapsed: Int64?
        for entry in entries {
            filter.note(entry)
            switch entry.record {
            case .message(let message):
                lastElapsed = max(lastElapsed ?? .min, message.arrival.elapsed)
                if entry.sequence <= snapshot.sequence,
                    quarantined.isEmpty
                        || !quarantined.contains(MessageFingerprint(of: message))
                {
                    pipeline.refill(message, sequence: entry.sequence, with: &old)
                }
            case .tick(let arrival, _):
                lastElapsed = max(lastElapsed ?? .min, arrival.elapsed)
            case .mark, .control:
                break
            }
        }
        let isLost = snapshot.journalID.map { $0 != journal.id } ?? false
        if isLost || !found.covers(from: snapshot.keepFrom, through: snapshot.sequence) {
            pipeline.markOpenIncomplete()
            logger.warning(
                "The journal was lost, as a reboot loses it; windows open then are incomplete.",
                metadata: ["torn_bytes": "\(found.tornBytes)"])
        }
        if found.damagedBytes > 0 || !found.gaps.isEmpty {
            logger.error(
                "The journal is damaged: inputs that were acknowledged are lost.",
                metadata: [
                    "damaged_bytes": "\(found.damagedBytes)", "gaps": "\(found.gaps.count)",
                ])
            pipeline.markOpenIncomplete()
        }
        boards = Self.boards(in: snapshot.assetStates)
        self.store = store
        self.networks = networks
        self.journal = journal
        self.pipeline = pipeline
        self.filter = filter
        resetAssets = reset
        formerSubscriptions =
            snapshot.gatewayState.flatMap(GatewayState.init(encoded:))?.subscriptions ?? []
        clocks = Clocks(after: lastElapsed, kernel: kernel)
        unprocessed = entries.filter { $0.sequence > snapshot.sequence }
        guardian = try PoisonGuard(
            folder: journal.folder, store: store, entries: entries,
            endedCleanly: snapshot.endedCleanly, clocks: clocks, logger: logger)
        if !pipeline.assets.isEmpty {
            logger.info(
                "Going on from the stored state.",
                metadata: [
                    "assets": "\(pipeline.assets.count)",
                    "inputs_again": "\(unprocessed.count)",
                    "ended_cleanly": "\(snapshot.endedCleanly)",
                ])
        }
    }
}

/// What is remembered of the gateway itself.
struct GatewayState: Equatable, Sendable, Codable {
    /// Filters the broker's session holds.
    var subscriptions: [String]

    init(subscriptions: [String]) {
        self.subscriptions = subscriptions
    }

    var encoded: [UInt8]? { (try? JSONEncoder().encode(self)).map { [UInt8]($0) } }

    init?(encoded: [UInt8]) {
        guard let state = try? JSONDecoder().decode(Self.self, from: Data(encoded)) else {
            return nil
        }
        self = state
    }
}
