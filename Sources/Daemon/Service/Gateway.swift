import Detection
import Foundation
import Fusion
import Intake
import Logging
import MQTT
import Publishing
import Signals
import Store
import Synchronization

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
    private let journal: Journal
    private let manager: ServiceManager
    private let fits: FitWorker
    private let endure: Endurance
    /// Set before its thread starts and let go in `close`.
    var client: BrokerClient?

    var pipeline: Pipeline
    var outbox: Outbox
    var counters = GatewayCounters()
    var connection = ConnectionReport()
    /// The last verdict of each asset.
    var latest: [AssetName: Verdict] = [:]
    private var ledger: Ledger
    private var filter: RedeliveryFilter
    private var guardian: PoisonGuard
    /// Everything up to this sequence has been acted on.
    private var sequence: UInt64
    private var flushedThrough: UInt64 = 0
    private var markedThrough: UInt64 = 0
    private var fitsAsked: [FitRequest] = []
    /// To be removed by the next commit, which follows at once.
    private var forgotten: [AssetName] = []
    private var alarmTold: Set<AssetName> = []
    private var isCommitDue = false
    private var committedAt: Int64
    private var retentionAt: Int64
    private var countersAt: Int64
    private var watchdogAt: Int64 = 0

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
        endure = Endurance(store: store, settings: settings.store, logger: logger)
        fits = FitWorker(store: store, settings: settings.pipeline, logger: logger)
        outbox = Outbox(
            countMax: settings.store.outboxMax, stored: try store.outbox(limit: .max))
        ledger = Ledger(calmVerdictEvery: settings.store.calmVerdictEvery)
        started = clocks.now
        committedAt = started.elapsed
        retentionAt = started.elapsed
        countersAt = started.elapsed
        flushedThrough = 0
        // What happened after the last commit happens again, with the same outcome.
        for asset in recovery.resetAssets { ledger.note(clearArchive: asset) }
        fitsAsked = pipeline.awaitedFits
        for entry in recovery.unprocessed { try reenact(entry) }
        sequence = journal.lastSequence
        try commit(isFinal: false)
    }

    var journalBytes: Int { journal.bytes }
    var redeliveredTotal: Int { filter.duplicateTotal }
    var quarantinedTotal: Int { guardian.heldTotal }

    // MARK: Turns of the broker loop

    func keep(_ batch: [Message], isDrained: Bool) throws {
        let now = clocks.now
        feedWatchdog(now)
        if isCommitTime(now) { try commit(isFinal: false) }
        for result in fits.finished() { try act(on: pipeline.install(result), now) }
        waitForFits(now)
        try take(filter.admit(batch), now)
        try passTime(now, isDrained: isDrained)
        guardian.relax(at: now)
        report(now)
        pump(now)
    }

    /// By the clock; sooner when a fit waits for it or the rows in memory are many; and once a second
    /// at most when only the journal is too long, which open windows may keep it whatever we do.
    private func isCommitTime(_ now: Arrival) -> Bool {
        let since = now.elapsed - committedAt
        if since >= settings.store.commitEvery.nanoseconds { return true }
        if isCommitDue { return since >= 100_000_000 }
        return since >= 1_000_000_000 && journal.bytes > settings.store.journalBytesMax
    }

    private func take(_ batch: [Message], _ now: Arrival) throws {
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
            try act(on: pipeline.take(message, sequence: number), now)
            guardian.passed(message)
        }
    }

    private func passTime(_ now: Arrival, isDrained: Bool) throws {
        let (outcomes, hasEffect) = pipeline.tick(now, isDrained: isDrained)
        guard hasEffect else { return }
        sequence = try journal.append([.tick(now, isDrained: isDrained)])
        try act(on: outcomes, now)
    }

    /// An asset's held windows are at their limit: nothing may come in before its fit is there.
    private func waitForFits(_ now: Arrival) {
        while pipeline.isBlocked, fits.isBusy {
            counters.fitWaits += 1
            for result in fits.wait(atMost: .seconds(1)) {
                try? act(on: pipeline.install(result), now)
            }
            manager.watchdog()
        }
    }

    func flushed() {
        flushedThrough = sequence
    }

    // MARK: Decisions

    private func act(on outcomes: [Outcome], _ now: Arrival) throws {
        for outcome in outcomes {
            switch outcome {
            case .verdict(let verdict, let change):
                publish(verdict, change, now)
            case .archive(let asset, let ordinal, let blob):
                ledger.note(archive: asset, ordinal: ordinal, blob)
                if ledger.isFull { isCommitDue = true }
            case .thinArchive(let asset, let blocks):
                ledger.note(thinArchive: asset, keeping: blocks)
            case .clearArchive(let asset):
                ledger.note(clearArchive: asset)
            case .fit(let request):
                // It reads the archive from the Store, so a commit comes first.
                fitsAsked.append(request)
                isCommitDue = true
            case .adopted(let asset, let service):
                ledger.note(adopted: asset, service)
                isCommitDue = true
                counters.fits += 1
                logger.info(
                    "A model went into service.",
                    metadata: [
                        "asset": "\(asset)", "model": "\(service.modelID)",
                        "aligned": "\(service.model.alignedStreams.map(\.text))",
                    ])
                publishStatus(now)
            }
        }
    }

    private func publish(_ verdict: Verdict, _ change: Alarm.Change?, _ now: Arrival) {
        counters.windows += 1
        let json = VerdictPayload.json(verdict, settings: settingsHash)
        ledger.note(verdict, change, payload: json)
        latest[verdict.asset] = verdict
        if settings.publishing.scores {
            send(
                topics.score(verdict.asset), json, qos: settings.publishing.scoreQoS,
                retain: false, asset: verdict.asset, expiry: settings.publishing.scoreExpiry, now)
        }
        let isNew = verdict.score != nil && alarmTold.insert(verdict.asset).inserted
        guard change != nil || isNew else { return }
        if let change {
            counters.alarms += change == .raised ? 1 : 0
            logger.notice(
                change == .raised ? "An alarm was raised." : "An alarm cleared.",
                metadata: [
                    "asset": "\(verdict.asset)", "score": "\(verdict.score ?? 0)",
                    "reason": "\(verdict.reason)",
                ])
        }
        send(
            topics.alarm(verdict.asset), AlarmPayload.json(verdict, settings: settingsHash),
            qos: .atLeastOnce, retain: true, asset: verdict.asset, now)
    }

    /// What must arrive goes through the outbox, the rest straight to the broker while it is there.
    func send(
        _ topic: String, _ json: String, qos: QoS, retain: Bool, asset: AssetName? = nil,
        expiry: Duration? = nil, _ now: Arrival
    ) {
        if qos > .atMostOnce {
            outbox.add(
                OutboxMessage(
                    asset: asset, topic: topic, payload: Array(json.utf8), qos: qos,
                    isRetained: retain, expiry: expiry, createdMs: now.wall / 1_000_000))
            return
        }
        let outcome = client?.publish(
            Publication(
                topic: topic, payload: Array(json.utf8), qos: qos, retain: retain,
                contentType: "application/json", expiry: expiry))
        if outcome != .queued { counters.unsent += 1 }
    }

    private func pump(_ now: Arrival) {
        guard let client else { return }
        outbox.pump(nowMs: now.wall / 1_000_000, publish: client.publish)
    }

    func publishStatus(_ now: Arrival) {
        send(
            topics.status, statusPayload(isOnline: true, why: "running"), qos: .atLeastOnce,
            retain: true, now)
    }

    func statusPayload(isOnline: Bool, why: String) -> String {
        let models = pipeline.assets.compactMap { asset in
            pipeline.modelID(of: asset).map { (asset: asset.text, model: $0) }
        }
        return StatusPayload.json(
            isOnline: isOnline, version: version, sinceMs: started.wall / 1_000_000,
            settings: settingsHash, why: why, models: models)
    }

    // MARK: The broker's session

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

    // MARK: Commands

    /// A command that changes what the pipeline does: journalled like a message, so that a restart
    /// sees it again in its place.
    func control(_ command: ControlRecord) throws {
        sequence = try journal.append([.control(command.encoded)])
        try act(on: apply(command), clocks.now)
        if !forgotten.isEmpty { try commit(isFinal: false) }
    }

    private func apply(_ command: ControlRecord) -> [Outcome] {
        switch command {
        case .resumed(let arrival):
            pipeline.resumed(arrival)
            return []
        case .relearn(let asset):
            fits.dismiss(asset)
            fitsAsked.removeAll { $0.asset == asset }
            return pipeline.relearn(asset) ?? []
        case .forget(let asset):
            fits.dismiss(asset)
            fitsAsked.removeAll { $0.asset == asset }
            _ = pipeline.forget(asset)
            latest[asset] = nil
            alarmTold.remove(asset)
            forgotten.append(asset)
            return [.clearArchive(asset)]
        }
    }

    /// One entry of the journal once more, after a crash.
    private func reenact(_ entry: JournalEntry) throws {
        waitForFits(started)
        // A commit on the way must not claim the entries still to come.
        sequence = entry.sequence
        switch entry.record {
        case .message(let message):
            guard try guardian.admits(message, sequence: entry.sequence) else { return }
            try act(on: pipeline.take(message, sequence: entry.sequence), started)
            guardian.passed(message)
        case .tick(let arrival, let isDrained):
            try act(on: pipeline.tick(arrival, isDrained: isDrained).outcomes, started)
        case .control(let bytes):
            guard let command = ControlRecord(encoded: bytes) else { return }
            try act(on: apply(command), started)
        case .mark:
            break
        }
        if pipeline.isBlocked || ledger.isFull || !forgotten.isEmpty {
            try commit(isFinal: false)
        }
    }

    // MARK: The Store

    /// Everything decided so far, in one transaction; then the journal is trimmed and fits start.
    func commit(isFinal: Bool) throws {
        isCommitDue = false
        committedAt = clocks.now.elapsed
        // A commit that fails (a full disk) must cost nothing but the attempt: what it would have
        // written is taken again by the next one, whole.
        let kept = ledger
        do {
            try commitWhole(isFinal: isFinal)
        } catch {
            ledger = kept
            pipeline.forgetWhatIsStored()
            throw error
        }
    }

    private func commitWhole(isFinal: Bool) throws {
        try ledger.saveModels(in: store)
        let keepFrom = min(
            pipeline.neededFrom ?? sequence + 1, filter.oldestSequence ?? sequence + 1)
        var commit = Commit(sequence: sequence, keepFrom: keepFrom, journalID: journal.id)
        commit.assetStates = try pipeline.takeChangedStates()
        commit.isFinal = isFinal
        commit.gatewayState = GatewayState(subscriptions: settings.intake.topicFilters).encoded
        ledger.move(into: &commit)
        try clearRetainedTopics()
        commit.forgotten = forgotten
        let changes = outbox.changes()
        commit.outboxAdd = changes.add
        commit.outboxRemove = changes.remove
        let outcome = try store.commit(commit)
        outbox.commitHeld()
        forgotten = []
        counters.commits += 1
        counters.verdictsContradicted += outcome.verdictsContradicted
        journal.trim(keepFrom: keepFrom)
        for request in fitsAsked { fits.start(request) }
        fitsAsked = []
    }

    /// The last commit, on the way out. The journal is free then, for the next life of this process
    /// too, whoever still holds on to this one.
    func close() throws {
        client = nil
        try commit(isFinal: true)
        guardian.rest()
        journal.release()
    }

    /// Forgets an asset: its state here and in the Store, and its retained topics at the broker.
    func forget(_ asset: AssetName) throws -> Bool {
        guard pipeline.assets.contains(asset) else { return false }
        try control(.forget(asset))
        return true
    }

    /// Empty retained messages clear the topics of forgotten assets at the broker.
    private func clearRetainedTopics() throws {
        let now = clocks.now
        for asset in forgotten {
            let retained = try store.retainedTopics(of: asset)
            for topic in Set(retained + [topics.alarm(asset)]).sorted() {
                send(topic, "", qos: .atLeastOnce, retain: true, now)
            }
        }
    }

    // MARK: Signs of life

    private func feedWatchdog(_ now: Arrival) {
        guard now.elapsed - watchdogAt >= 1_000_000_000 else { return }
        watchdogAt = now.elapsed
        manager.watchdog()
    }

    private func report(_ now: Arrival) {
        if now.elapsed - retentionAt >= 600_000_000_000 {
            retentionAt = now.elapsed
            endure.enforce(now: EventTime(nanoseconds: now.wall))
        }
        guard now.elapsed - countersAt >= settings.publishing.countersEvery.nanoseconds else {
            return
        }
        let seconds = Double(now.elapsed - countersAt) / 1e9
        countersAt = now.elapsed
        let report = counterReport(now, seconds: seconds)
        send(topics.counters, report.json, qos: .atMostOnce, retain: false, now)
        manager.status(report.line)
        logRefusals()
    }

    private func logRefusals() {
        let refused = pipeline.reader.counters.reduce(0) { sum, count in
            sum + count.rejectedTotal.values.reduce(0, +)
        }
        defer { counters.refusedTold = refused }
        guard refused > counters.refusedTold, let last = pipeline.reader.lastRefusal else { return }
        logger.warning(
            "Refused messages.",
            metadata: ["count": "\(refused - counters.refusedTold)", "last": "\(last)"])
    }
}
