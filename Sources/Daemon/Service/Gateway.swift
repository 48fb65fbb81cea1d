import Detection
import Diagnosis
import Foundation
import Fusion
import Intake
import Logging
import MQTT
import Publishing
import Recall
import Signals
import Store
import Synchronization
import Windowing

/// The running daemon's inside: takes batches from the broker thread into the journal and down the
/// pipeline, acts on what it decides, and commits the state.
///
/// One message's way: journal, pipeline, outbox; then the broker thread lets acknowledgements and
/// publications out together. A state commit comes at the beginning of a turn, when everything of
/// the turn before has left or waits in the outbox.
///
/// `@unchecked Sendable`: everything here belongs to the broker thread; others come through
/// `BrokerClient.perform`. Only `client` is set from outside, before the thread starts.
final class Gateway: BrokerDelegate, @unchecked Sendable {
    let settings: DaemonSettings
    let settingsHash: String
    let gatewayName: String
    let topics: Topics
    /// Filters an earlier run had subscribed; the broker's session still holds them.
    let formerSubscriptions: [String]
    let logger: Logger
    let clocks: Clocks
    let store: StateStore
    let started: Arrival
    let journal: Journal
    let manager: ServiceManager
    let fits: FitWorker
    let networks: NetworkLibrary
    let retrainer: Retrainer
    /// Looks at the newest windows now and then.
    let watch: DiagnosisWatch
    /// What stands of each asset, by these looks.
    var boards: [AssetName: FindingBoard] = [:]
    /// Boards that differ from what the Store has.
    var boardsChanged: Set<AssetName> = []
    /// Answers searches among remembered windows.
    let desk: RecallDesk
    var searchRate = SearchRate()
    /// Where the newest judged window of each asset lay.
    var judgedLast: [AssetName: (window: RememberedWindow, space: String)] = [:]
    /// What the alarms that stand looked like before.
    var seenBefore: [AssetName: [SeenBefore]] = [:]
    /// The trained model that the settings name.
    var configured: NetworkModel?
    /// Proposals whose turn has not come.
    var proposals: [QueuedProposal] = []
    /// When each of the turns under way began.
    var turns: [AssetName: Int64] = [:]
    /// Assets it was proposed to in this life.
    var told: Set<AssetName> = []
    /// What became of the last proposal, by asset.
    var trials: [AssetName: (network: String, trial: FitResult.Trial)] = [:]
    let endure: Endurance
    /// Set before its thread starts and let go in `close`.
    var client: BrokerClient?

    var pipeline: Pipeline
    var outbox: Outbox
    var counters = GatewayCounters()
    var rates = RateMeter()
    var connection = ConnectionReport()
    /// The last verdict of each asset.
    var latest: [AssetName: Verdict] = [:]
    /// Their last scores, while a page may ask for them.
    var trails: [AssetName: ScoreTrail] = [:]
    /// Why the last state commit failed; `nil`: it did not.
    var commitFailure: String?
    var ledger: Ledger
    var filter: RedeliveryFilter
    var guardian: PoisonGuard
    /// Everything up to this sequence has been acted on.
    var sequence: UInt64
    var flushedThrough: UInt64 = 0
    var markedThrough: UInt64 = 0
    var fitsAsked: [FitRequest] = []
    /// To be removed by the next commit, which follows at once.
    var forgotten: [AssetName] = []
    var alarmTold: Set<AssetName> = []
    var board: AlarmBoard
    /// The journal is gone through once more, after a crash.
    var isReenacting = false
    /// Streams whose health was told in this life.
    var healthTold: Set<AssetStream> = []
    var isCommitDue = false
    /// A fit has ended since the last commit.
    var hasFitted = false
    /// Models have changed since the status was last said.
    var isStatusDue = false
    var statusAt: Int64
    var committedAt: Int64
    /// When the last verdict was given.
    var judgedAt: Int64 = 0
    var retentionAt: Int64
    var retrainAt: Int64
    var countersAt: Int64
    var watchdogAt: Int64 = 0

    /// Goes on from what `recovery` found.
    init(_ recovery: Recovery, manager: ServiceManager) throws {
        settings = recovery.settings
        settingsHash = recovery.settings.settingsHash
        logger = recovery.logger
        clocks = recovery.clocks
        store = recovery.store
        journal = recovery.journal
        gatewayName = recovery.gatewayName
        formerSubscriptions = recovery.formerSubscriptions
        topics = Topics(base: settings.publishing.base, gateway: recovery.gatewayName)
        self.manager = manager
        pipeline = recovery.pipeline
        filter = recovery.filter
        guardian = recovery.guardian
        sequence = recovery.unprocessed.first.map { $0.sequence - 1 } ?? journal.lastSequence
        endure = Endurance(
            store: store, settings: settings.store, recall: settings.recall, logger: logger)
        desk = RecallDesk(path: recovery.path, settings: settings, logger: logger)
        networks = recovery.networks
        fits = FitWorker(
            store: store, networks: networks, settings: settings.pipeline, logger: logger)
        watch = DiagnosisWatch(
            store: store, settings: settings.diagnosis, diagnosis: settings.diagnosisOfWindows,
            fusion: settings.fusion, logger: logger)
        boards = recovery.boards
        retrainer = Retrainer(
            store: store, settings: settings.learning, settingsHash: settingsHash, logger: logger)
        outbox = Outbox(
            countMax: settings.store.outboxMax, envelopes: try store.outboxEnvelopes())
        ledger = Ledger(
            calmVerdictEvery: settings.store.calmVerdictEvery,
            recall: RecallWriter(settings.recall, hop: settings.windowing.effectiveHop))
        board = AlarmBoard(firstOutWithin: settings.alarms.firstOutWithin)
        started = clocks.now
        statusAt = started.elapsed
        committedAt = started.elapsed
        retentionAt = started.elapsed
        retrainAt = started.elapsed
        countersAt = started.elapsed
        flushedThrough = 0
        for verdict in pipeline.standings { latest[verdict.asset] = verdict }
        // What happened after the last commit happens again, with the same outcome.
        try restoreBoard()
        for asset in recovery.resetAssets { ledger.note(clearArchive: asset) }
        fitsAsked = pipeline.awaitedFits
        for entry in recovery.unprocessed { try reenact(entry) }
        rates.begin(
            messages: counters.messages, windows: counters.windows,
            intake: pipeline.reader.counters)
        sequence = journal.lastSequence
        try commit(isFinal: false)
        try dropCorrections()
        dropFindings()
        readConfiguredModel()
    }

    var journalBytes: Int { journal.bytes }
    var redeliveredTotal: Int { filter.duplicateTotal }
    var quarantinedTotal: Int { guardian.heldTotal }

    func keep(_ batch: [Message], isDrained: Bool) throws {
        let now = clocks.now
        feedWatchdog(now)
        if outbox.isHeavy { isCommitDue = true }
        if isCommitTime(now) { try commit(isFinal: false) }
        for result in fits.finished() { try install(result, now) }
        waitForFits(now, turnsMax: 1)
        try take(filter.admit(batch), now)
        try passTime(now, isDrained: isDrained)
        guardian.relax(at: now)
        try proposeConfigured()
        try proposeNext()
        try retrain(now)
        try diagnose(now)
        report(now)
        publishStatusIfDue(now)
        pump(now)
    }

    /// By the clock; sooner when a fit waits for it or the rows in memory are many; and once a second
    /// at most when only the journal is too long, which open windows may keep it whatever we do.
    ///
    /// Nothing is judged while it is written, so it waits a little for a moment when windows have just
    /// been: the next ones are then furthest away.
    func isCommitTime(_ now: Arrival) -> Bool {
        let since = now.elapsed - committedAt
        let patience: Int64 =
            (50_000_000...200_000_000).contains(now.elapsed - judgedAt) ? 0 : 1_000_000_000
        if since >= settings.store.commitEvery.nanoseconds + patience { return true }
        if isCommitDue { return since >= 100_000_000 + patience }
        return since >= 1_000_000_000 + patience && journal.bytes > settings.store.journalBytesMax
    }

    func take(_ batch: [Message], _ now: Arrival) throws {
        guard !batch.isEmpty else { return }
        var records: [JournalRecord] = []
        records.reserveCapacity(batch.count + 1)
        if markedThrough < flushedThrough {
            markedThrough = flushedThrough
            records.append(.mark(flushedThrough: flushedThrough))
        }
        for message in batch { records.append(.message(message)) }
        // Journal first: what cannot be kept is not acknowledged, and the broker sends it again.
        sequence = try journal.append(records)
        var number = sequence - UInt64(batch.count)
        counters.messages += batch.count
        for message in batch {
            number += 1
            filter.keep(message, sequence: number)
            guard try guardian.admits(message, sequence: number) else { continue }
            try process(message, sequence: number, now)
            guardian.passed(message)
        }
    }

    func passTime(_ now: Arrival, isDrained: Bool) throws {
        let (outcomes, hasEffect) = pipeline.tick(now, isDrained: isDrained)
        guard hasEffect else { return }
        // Windows have closed, whether or not the journal takes the tick.
        defer { try? act(on: outcomes, now) }
        sequence = try journal.append([.tick(now, isDrained: isDrained)])
    }

    /// Held windows are at their limit: nothing should come in before a fit is there. A turn is a
    /// second; after `turnsMax` of them one batch goes on all the same, so that the broker hears from
    /// us and the command line is answered.
    func waitForFits(_ now: Arrival, turnsMax: Int = .max) {
        var turns = 0
        while pipeline.isBlocked, fits.isBusy, turns < turnsMax {
            turns += 1
            counters.fitWaits += 1
            for result in fits.wait(atMost: .seconds(1)) {
                try? install(result, now)
            }
            manager.watchdog()
        }
    }

    private func install(_ result: FitResult, _ now: Arrival) throws {
        hasFitted = true
        try act(on: pipeline.install(result), now)
    }

    func flushed() {
        flushedThrough = sequence
        filter.noteFlushed(through: sequence)
    }

    func brokerConnected(_ session: SessionInfo) {
        let now = clocks.now
        filter.beginReconnect(sessionPresent: session.isSessionPresent)
        connection.connected(session, now)
        do {
            try control(.resumed(now))
        } catch {
            logger.error("Could not journal a reconnect.", metadata: ["error": "\(error)"])
        }
        publishStatus(now)
        pump(now)
    }

    func brokerGranted(filter: String, qos: QoS?) {
        guard filter != topics.commandFilter else {
            connection.isCommandGranted = qos != nil
            if qos == nil {
                logger.warning(
                    "The broker refused the subscription to commands; its access list must allow it, or publishing.commands be false.",
                    metadata: ["filter": "\(filter)"])
            }
            return
        }
        guard filter != topics.search else {
            if qos == nil {
                logger.warning(
                    "The broker refused the subscription to searches; its access list must allow it, or publishing.commands be false.",
                    metadata: ["filter": "\(filter)"])
            }
            return
        }
        connection.granted[filter] = qos.map { Int($0.rawValue) } ?? -1
        guard qos != settings.broker.inputQoS else { return }
        logger.warning(
            qos == nil
                ? "The broker refused a subscription; its access list must allow it."
                : "The broker grants less than was asked; lost messages are lost.",
            metadata: ["filter": "\(filter)", "granted": "\(qos.map(\.rawValue) ?? -1)"])
    }

    func brokerLost(_ reason: String, retryIn: Duration) {
        connection.lost(reason, clocks.now)
        outbox.connectionLost()
    }

    func published(token: UInt64) {
        outbox.delivered(Int64(token))
    }

    func publishRefused(token: UInt64, reason: String) {
        counters.publishRefused += 1
        outbox.delivered(Int64(token))
    }
}
