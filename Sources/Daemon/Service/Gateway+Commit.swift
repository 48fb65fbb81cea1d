import CMalloc
import Detection
import Intake
import Logging
import MQTT
import Publishing
import Recall
import Signals
import Store

// The state into the Store, and the signs of life on the way.
extension Gateway {
    /// Everything decided so far, in one transaction; then the journal is trimmed and fits start.
    func commit(isFinal: Bool) throws {
        isCommitDue = false
        committedAt = clocks.now.elapsed
        // A commit that fails (a full disk) must cost nothing but the attempt: what it would have
        // written is taken again by the next one, whole.
        let kept = ledger
        do {
            try commitWhole(isFinal: isFinal)
            // What fits worked with goes back to the system; the allocator would keep it. Here, because it
            // holds up everyone for a while, and no window is about to close.
            if hasFitted { malloc_trim(0) }
            hasFitted = false
            commitFailure = nil
            boardsChanged = []
        } catch {
            commitFailure = "\(error)"
            ledger = kept
            pipeline.forgetWhatIsStored()
            throw error
        }
    }

    func commitWhole(isFinal: Bool) throws {
        try ledger.saveModels(in: store)
        let keepFrom = min(
            pipeline.neededFrom ?? sequence + 1, filter.oldestSequence ?? sequence + 1)
        var commit = Commit(sequence: sequence, keepFrom: keepFrom, journalID: journal.id)
        commit.assetStates = try pipeline.takeChangedStates() + boardStates()
        commit.isFinal = isFinal
        commit.gatewayState = GatewayState(subscriptions: subscriptions).encoded
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
        counters.outboxDropped += outcome.outboxDropped
        counters.verdictsContradicted += outcome.verdictsContradicted
        journal.trim(keepFrom: keepFrom)
        for request in fitsAsked { fits.start(request) }
        fitsAsked = []
    }

    /// Topic filters that we want to hear.
    var subscriptions: [String] {
        settings.intake.topicFilters + (settings.publishing.commands ? [topics.commandFilter] : [])
            + (hearsSearches ? [topics.search] : [])
    }

    var hearsSearches: Bool { settings.publishing.commands && settings.recall.isEnabled }

    /// The last commit, on the way out. The journal is free then, for the next life of this process
    /// too, whoever still holds on to this one.
    func close() throws {
        client = nil
        retrainer.stop()
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
    func clearRetainedTopics() throws {
        let now = clocks.now
        for asset in forgotten {
            let retained = try store.retainedTopics(of: asset)
            let told = healthTold.filter { $0.asset == asset }
            healthTold.subtract(told)
            var own = told.map { topics.health(asset, $0.stream) } + [topics.alarm(asset)]
            if boards.removeValue(forKey: asset) != nil { own.append(topics.diagnosis(asset)) }
            boardsChanged.remove(asset)
            for topic in Set(retained + own).sorted() {
                send(topic, "", qos: .atLeastOnce, retain: true, now)
            }
        }
    }

    func feedWatchdog(_ now: Arrival) {
        guard now.elapsed - watchdogAt >= 1_000_000_000 else { return }
        watchdogAt = now.elapsed
        manager.watchdog()
    }

    func report(_ now: Arrival) {
        if now.elapsed - retentionAt >= 600_000_000_000 {
            retentionAt = now.elapsed
            desk.rest()
            endure.enforce(
                now: EventTime(nanoseconds: now.wall),
                modelsInUse: pipeline.modelsInUse)
        }
        guard now.elapsed - countersAt >= settings.publishing.countersEvery.nanoseconds else {
            return
        }
        let seconds = Double(now.elapsed - countersAt) / 1e9
        countersAt = now.elapsed
        let report = counterReport(now, seconds: seconds)
        tellHealth(now)
        send(topics.counters, report.json, qos: .atMostOnce, retain: false, now)
        manager.status(report.line)
        logRefusals()
    }

    func logRefusals() {
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
