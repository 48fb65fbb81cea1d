import Detection
import Logging
import MQTT
import Publishing
import Signals
import Store

// What operators ask of assets, over the broker and the command line, and the answers.
extension Gateway {
    /// The answer to a command: what was done, or what was attempted, found, and can be done.
    struct Answer {
        var text: String
        /// The reason's name, as the counters have it.
        var refusal: String?
    }

    /// Takes a message of the inputs on its way: a sample for the pipeline, or a command for us. A
    /// command is in the journal like every message, so that a restart obeys it once more in its place.
    func process(_ message: Message, sequence: UInt64, _ now: Arrival) throws {
        if hearsSearches, message.topic == topics.search { return search(message, now) }
        guard settings.publishing.commands, let asset = topics.commandedAsset(message.topic) else {
            try act(on: pipeline.take(message, sequence: sequence), now)
            return
        }
        try obey(message, asset, now)
    }

    private func obey(_ message: Message, _ asset: AssetName, _ now: Arrival) throws {
        counters.commands += 1
        guard !message.isRetained else {
            // Someone's word of yesterday; done again at every reconnect it would be a trap.
            counters.refuse(CommandMessage.Refusal.retained.rawValue)
            logger.warning(
                "A retained command was ignored; send commands without retain.",
                metadata: ["topic": "\(message.topic)"])
            return
        }
        let order: CommandMessage
        do {
            order = try CommandMessage(
                message.payload, settings: settings.alarms,
                now: EventTime(nanoseconds: message.arrival.wall))
        } catch {
            counters.refuse(error.refusal.rawValue)
            reply(
                to: message, of: asset, id: error.id, command: error.command,
                Answer(text: error.text, refusal: error.refusal.rawValue), now)
            return
        }
        let answer: Answer
        switch order.order {
        case .operate(let action):
            answer = try operate(
                OperatorCommand(
                    action, who: order.who, why: order.why, id: order.id,
                    givenMs: message.arrival.wall / 1_000_000), on: asset, now)
        case .useModel(let prefix, let isForced):
            answer = try useModel(prefix, on: asset, isForced: isForced)
        }
        reply(to: message, of: asset, id: order.id, command: order.command, answer, now)
    }

    /// A command from the command line: into the journal first.
    func command(_ command: OperatorCommand, on asset: AssetName) throws -> Answer {
        sequence = try journal.append([.control(ControlRecord.operate(asset, command).encoded)])
        counters.commands += 1
        return try operate(command, on: asset, clocks.now)
    }

    @discardableResult
    func operate(
        _ command: OperatorCommand, on asset: AssetName, _ now: Arrival
    ) throws -> Answer {
        guard let operated = pipeline.operate(command, on: asset, sequence: sequence) else {
            counters.refuse(CommandMessage.Refusal.unknownAsset.rawValue)
            let known = pipeline.assets.prefix(20).map(\.text).joined(separator: ", ")
            return Answer(
                text: "there is no asset \"\(asset)\"; known are: "
                    + (known.isEmpty ? "none" : known),
                refusal: CommandMessage.Refusal.unknownAsset.rawValue)
        }
        switch operated {
        case .repeated:
            counters.commandsRepeated += 1
            return Answer(text: "not done again: a command with this id came before", refusal: nil)
        case .refused(let refusal):
            counters.refuse(refusal.rawValue)
            return Answer(
                text: refusal.words(of: asset, pipeline.alarm(of: asset)?.note),
                refusal: refusal.rawValue)
        case .done(let outcomes, let isWaiting):
            isCommitDue = true
            try act(on: outcomes, now)
            return Answer(
                text: isWaiting
                    ? "accepted; takes its turn behind windows that wait for a model"
                    : command.action.words(of: asset, pipeline.alarm(of: asset)?.note))
        }
    }

    /// Proposals take their turn between two batches, and are journalled then.
    private func useModel(
        _ prefix: String, on asset: AssetName, isForced: Bool
    ) throws -> Answer {
        guard pipeline.assets.contains(asset) else {
            counters.refuse(CommandMessage.Refusal.unknownAsset.rawValue)
            return Answer(
                text: "there is no asset \"\(asset)\"; `anchord asset list` names them",
                refusal: CommandMessage.Refusal.unknownAsset.rawValue)
        }
        guard let id = try model(named: prefix) else {
            counters.refuse(CommandMessage.Refusal.unknownModel.rawValue)
            return Answer(
                text: "there is no single model whose id begins with \"\(prefix)\"; "
                    + "`anchord model list` names them, and linear is the one without training",
                refusal: CommandMessage.Refusal.unknownModel.rawValue)
        }
        if id == AssetLine.Proposal.linear, isLinear(asset) {
            return Answer(text: "\(asset) uses the linear model already")
        }
        // After a crash the journal has the proposal itself.
        if !isReenacting {
            trials[asset] = nil
            proposals.removeAll { $0.asset == asset }
            proposals.append(QueuedProposal(asset: asset, network: id, isForced: isForced))
        }
        return Answer(text: "model \(id.prefix(16)) proposed to \(asset)")
    }

    /// To the response topic of the request, while its connection lasts; else, and after a crash, which
    /// leaves nothing of it, to the asset's reply topic.
    private func reply(
        to message: Message, of asset: AssetName, id: String, command: String, _ answer: Answer,
        _ now: Arrival
    ) {
        let life = pipeline.alarm(of: asset)?.life.rawValue
        let json = ReplyPayload.json(
            asset: asset, id: id, command: command, text: answer.text, refusal: answer.refusal,
            life: life)
        if let address = message.responseTo {
            if topics.mayCarryReply(address.topic, filters: subscriptions) {
                var publication = Publication(
                    topic: address.topic, payload: Array(json.utf8), qos: .atLeastOnce,
                    contentType: "application/json", expiry: .seconds(600))
                publication.correlation = address.correlation
                if client?.publish(publication) == .queued { return }
            } else {
                logger.warning(
                    "A command asked for its answer where none may go; it went to the reply topic.",
                    metadata: ["asset": "\(asset)", "topic": "\(address.topic)"])
            }
        }
        send(
            topics.reply(asset), json,
            qos: .atLeastOnce, retain: false, expiry: .seconds(600), now)
    }

    /// One step of an alarm: into the history, to the broker, and to whoever reads the log.
    func note(_ step: AlarmStep, of asset: AssetName, _ verdict: Verdict?, _ now: Arrival) {
        ledger.note(step, of: asset, verdict)
        if step.rings {
            counters.rings += 1
            board.ring(asset, at: step.at)
        }
        if step.kind == .raised, let verdict { lookBack(from: step, of: asset, verdict) }
        if verdict == nil { latest[asset]?.take(pipeline.alarm(of: asset), after: step) }
        let metadata: Logger.Metadata = [
            "asset": "\(asset)", "change": "\(step.kind.rawValue)", "life": "\(step.to.rawValue)",
            "who": "\(step.who)", "why": "\(step.why)",
        ]
        if step.who == AlarmStep.ourselves {
            logger.debug("An alarm changed.", metadata: metadata)
        } else {
            logger.notice("An operator changed an alarm.", metadata: metadata)
        }
        guard let said = verdict ?? latest[asset] else { return }
        alarmTold.insert(asset)
        send(
            topics.alarm(asset),
            AlarmPayload.json(
                said, step: step, firstOut: firstOut(of: said),
                seenBefore: seenBefore[asset] ?? [], settings: settingsHash),
            qos: .atLeastOnce, retain: true, asset: asset, now)
    }

    func firstOut(of verdict: Verdict) -> (asset: AssetName, at: EventTime)? {
        verdict.alarmNote.first == nil ? nil : board.firstOut(of: verdict.asset)
    }

    /// What rang within the last day comes back from the history.
    func restoreBoard() throws {
        guard let newest = try store.newestRing() else { return }
        for ring in try store.rings(
            from: newest - .seconds(86_400), limit: AlarmBoard.ringsMax)
        {
            board.ring(ring.asset, at: ring.at)
        }
        for row in try store.seenBefore(from: newest - .seconds(86_400))
        where latest[row.asset]?.alarmSince == row.at {
            seenBefore[row.asset] = row.list
        }
    }
}

extension Verdict {
    /// The last verdict, seen after an operator's step.
    fileprivate mutating func take(_ alarm: Alarm?, after step: AlarmStep) {
        guard let alarm else { return }
        if step.kind == .relearn {
            (state, quality, score, blame, model) = (.warmingUp, .bad, nil, nil, nil)
            reason = "Warming up: no model yet."
            alarmSince = step.at
        }
        self.alarm = alarm.state
        alarmNote = alarm.note
    }
}
