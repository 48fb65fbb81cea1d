import Detection
import Fusion
import Logging
import MQTT
import Publishing
import Signals
import Status
import Store

// What the pipeline decided, and how it is told to the broker.
extension Gateway {
    func act(on outcomes: [Outcome], _ now: Arrival) throws {
        for outcome in outcomes {
            switch outcome {
            case .verdict(let verdict, let change):
                publish(verdict, change, now)
            case .health(let asset, let change):
                note(change, of: asset, now)
            case .archive(let asset, let ordinal, let blob):
                ledger.note(archive: asset, ordinal: ordinal, blob)
                if ledger.isFull { isCommitDue = true }
            case .thinArchive(let asset, let blocks):
                ledger.note(thinArchive: asset, keeping: blocks)
            case .clearArchive(let asset):
                ledger.note(clearArchive: asset)
                beginAnew(asset)
            case .alarm(let asset, let step, let verdict):
                note(step, of: asset, verdict, now)
            case .label(let asset, let command, let isRemoved):
                ledger.note(label: command, of: asset, isRemoved: isRemoved)
            case .window:
                break
            case .remember(let asset, let space, let window):
                remember(window, of: asset, space: space)
            case .tried(let asset, let network, let trial):
                note(trial, of: network, asset)
            case .shadowed(let asset, let service):
                ledger.note(adopted: asset, service)
                isCommitDue = true
                logger.info(
                    "A trained model judges beside the one in service.",
                    metadata: ["asset": "\(asset)", "model": "\(service.modelID)"])
            case .fit(let request):
                // It reads the archive from the Store, so a commit comes first.
                fitsAsked.append(request)
                isCommitDue = true
            case .corrected(let asset, let shift):
                note(shift, of: asset, now)
            case .sketched(let asset, let window):
                watch.note(window, of: asset, assets: pipeline.assetCount)
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
                isStatusDue = true
            }
        }
    }

    func publish(_ verdict: Verdict, _ change: Alarm.Change?, _ now: Arrival) {
        counters.windows += 1
        judgedAt = now.elapsed
        let json = VerdictPayload.json(verdict, settings: settingsHash)
        ledger.note(verdict, change, payload: json)
        latest[verdict.asset] = verdict
        if settings.status.listen != nil {
            trails[verdict.asset, default: ScoreTrail()].note(verdict)
        }
        if settings.publishing.scores {
            send(
                topics.score(verdict.asset), json, qos: settings.publishing.scoreQoS,
                retain: false, asset: verdict.asset, expiry: settings.publishing.scoreExpiry, now)
        }
        board.pass(verdict.end)
        if let change {
            counters.alarms += change == .raised ? 1 : 0
            logger.notice(
                change == .raised ? "An alarm was raised." : "An alarm cleared.",
                metadata: [
                    "asset": "\(verdict.asset)", "score": "\(verdict.score ?? 0)",
                    "reason": "\(verdict.reason)",
                ])
        }
        // A step has been told already; this is the first word of a life.
        guard alarmTold.insert(verdict.asset).inserted else { return }
        send(
            topics.alarm(verdict.asset),
            AlarmPayload.json(
                verdict, firstOut: firstOut(of: verdict),
                seenBefore: seenBefore[verdict.asset] ?? [], settings: settingsHash),
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

    func pump(_ now: Arrival) {
        guard let client else { return }
        do {
            try outbox.pump(
                nowMs: now.wall / 1_000_000, read: { try store.outbox(from: $0, limit: $1) },
                publish: client.publish)
        } catch {
            // They wait where they are, and the next turn tries again.
            logger.error("Could not read the outbox.", metadata: ["error": "\(error)"])
        }
    }

    /// Once a second at most, however many assets change their models at a time: each status names
    /// all of them. While the broker is away nothing is said; its return brings the newest.
    func publishStatusIfDue(_ now: Arrival) {
        guard isStatusDue, connection.isConnected, now.elapsed - statusAt >= 1_000_000_000 else {
            return
        }
        publishStatus(now)
    }

    func publishStatus(_ now: Arrival) {
        isStatusDue = false
        statusAt = now.elapsed
        send(
            topics.status, statusPayload(isOnline: true, why: "running"), qos: .atLeastOnce,
            retain: true, now)
    }

    /// From any thread: it reads nothing that changes.
    func offlinePayload(why: String) -> String {
        StatusPayload.json(
            isOnline: false, version: version, sinceMs: started.wall / 1_000_000,
            settings: settingsHash, why: why, models: [], corrections: [])
    }

    func statusPayload(isOnline: Bool, why: String) -> String {
        let models = pipeline.modelIDs.map { (asset: $0.asset.text, model: $0.model) }
        return StatusPayload.json(
            isOnline: isOnline, version: version, sinceMs: started.wall / 1_000_000,
            settings: settingsHash, why: why, models: models, corrections: pipeline.corrections)
    }
}
