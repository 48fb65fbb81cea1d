import Detection
import Diagnosis
import Fusion
import Recall
import Signals
import Windowing

// Windows become verdicts, and fitted models come into service between two of them.
extension AssetLine {
    /// The fit is done; `nil` when the windows gave no model.
    mutating func install(_ result: FitResult) -> [Outcome] {
        guard let pending = progress.pending, pending.number == result.number else { return [] }
        guard result.service != nil || detector.service != nil else {
            progress.pending = nil
            progress.fitAt = progress.offered + Int64(settings.fusion.warmupWindows)
            return release()
        }
        var outcomes: [Outcome] = []
        if let network = pending.proposal?.network ?? progress.network, let trial = result.trial {
            outcomes.append(.tried(asset, network: network, trial))
        }
        // A refit that failed is over at its switch too: when it returned must not show.
        ready = result
        return outcomes + release()
    }

    /// The operator accepts what the machine is now: start anew, once the windows closed by now have
    /// been judged.
    mutating func relearn() -> [Outcome] {
        guard held.isEmpty else {
            held.append(.relearn)
            return []
        }
        beginAnew()
        return [.clearArchive(asset)]
    }

    /// Asks for a trained model in service, once the windows closed by now have been judged. A later
    /// proposal replaces one that still waits.
    mutating func propose(_ network: String, isForced: Bool) {
        let proposal = Proposal(network: network, isForced: isForced)
        if held.isEmpty { progress.proposal = proposal } else { held.append(.proposal(proposal)) }
    }

    mutating func release() -> [Outcome] {
        var outcomes: [Outcome] = []
        while !held.isEmpty, !isWaiting {
            switch held.removeFirst() {
            case .window(let window): outcomes += judge(window.unpacked)
            case .proposal(let proposal): progress.proposal = proposal
            case .relearn:
                beginAnew()
                outcomes.append(.clearArchive(asset))
            case .command(let command): outcomes += perform(command)
            case .loan(let request): answer(request)
            }
        }
        return outcomes
    }

    mutating func judge(_ window: ClosedWindow) -> [Outcome] {
        var outcomes: [Outcome] = []
        if let pending = progress.pending, let result = ready,
            detector.service == nil || progress.windows >= pending.switchAt
        {
            ready = nil
            progress.pending = nil
            if let service = result.service {
                outcomes.append(take(service, for: pending))
            }
        }
        if let shadow, progress.windows >= shadow.takesOverAt {
            outcomes += takeOver(from: shadow)
        }
        progress.windows += 1
        detector.share(budgetAmong: Int(window.assets))
        if window.activity != .active {
            return outcomes + rest(in: window) + considerProposal()
        }
        var judged = detector.judge(window.header, summary: window.summary)
        detector.settle()
        if shadow != nil { judgeInShadow(window, for: &judged.verdict) }
        if settings.remembersWindows, let embedded = judged.embedded,
            let model = detector.service?.model, let id = detector.service?.modelID,
            let window = RememberedWindow(judged.verdict, embedded, of: window.summary)
        {
            outcomes.append(.remember(asset, space: model.space(id), window))
        }
        if settings.sketchesWindows, let service = detector.service,
            let sketch = WindowSketch(window.summary, model: service.model)
        {
            outcomes.append(
                .sketched(
                    asset,
                    SketchedWindow(
                        sketch: sketch, number: progress.windows, place: progress.place,
                        model: service.modelID, fittedTo: service.model.fittedTo)))
        }
        outcomes += judged.steps.map { .alarm(asset, $0, judged.verdict) }
        outcomes.append(.verdict(judged.verdict, judged.change))
        if detector.service == nil {
            outcomes += warmUp(with: window)
        } else {
            outcomes += learn(
                Lesson(
                    anchor: judged.anchor, summary: window.summary, archiveMax: window.archiveMax),
                verdict: judged.verdict)
        }
        return outcomes + considerProposal()
    }

    /// The machine stands still or starts up: no score, nothing learnt, and no alarm. Windows of an
    /// alarm that was pending, the last before the stop, are not learnt from either.
    private mutating func rest(in window: ClosedWindow) -> [Outcome] {
        doubtful = []
        let condition = activity.condition.map { "\($0)" } ?? "active_when"
        let isIdle = window.activity == .idle
        let (verdict, steps) = detector.rest(
            window.header, summary: window.summary, as: isIdle ? .idle : .starting,
            reason: isIdle
                ? "Idle: the machine works when \(condition)."
                : "Starting up: not judged yet.")
        return steps.map { .alarm(asset, $0, verdict) } + [.verdict(verdict, nil)]
    }

    /// A fitted model is here and its window has come: into service, or first into the shadow.
    private mutating func take(
        _ service: AssetDetector.Service, for pending: PendingFit
    ) -> Outcome {
        guard let proposal = pending.proposal, !proposal.isForced else {
            if let proposal = pending.proposal { progress.network = proposal.trained }
            detector.adopt(service, loans: pending.loans)
            shadow = nil
            doubtful = []
            return .adopted(asset, service)
        }
        shadow = Shadow(
            detector: AssetDetector(
                asset: asset, detection: settings.detection, alarms: settings.alarms,
                fusion: settings.fusion, hop: settings.windowing.effectiveHop, service: service),
            takesOverAt: progress.windows + Int64(settings.fusion.shadowWindows))
        return .shadowed(asset, service)
    }

    private mutating func takeOver(from shadow: Shadow) -> [Outcome] {
        self.shadow = nil
        guard let service = shadow.detector.service else { return [] }
        progress.network = service.model.networkID
        detector.adopt(service, from: shadow.detector.state)
        doubtful = []
        return [.adopted(asset, service)]
    }

    private mutating func judgeInShadow(_ window: ClosedWindow, for verdict: inout Verdict) {
        shadow?.detector.share(budgetAmong: Int(window.assets))
        guard let judged = shadow?.detector.judge(window.header, summary: window.summary) else {
            return
        }
        shadow?.detector.settle()
        verdict.shadow = Verdict.Shadow(judged.verdict)
        // Where the machine usually is, by the new model's measure: learnt from what is calm.
        if verdict.alarm == .normal, verdict.quality != .bad, let anchor = judged.anchor,
            !detector.isKeptFromLearning(from: verdict.start, to: verdict.end)
        {
            shadow?.detector.learn(anchor)
        }
    }

    /// The trained model that was proposed last and has neither been refused nor gone further.
    var proposed: String? {
        let waiting = held.lazy.compactMap { held -> String? in
            if case .proposal(let proposal) = held { proposal.network } else { nil }
        }
        return waiting.last ?? (progress.proposal ?? progress.pending?.proposal)?.network
    }

    /// Every trained model that this asset uses, or may come to use by what was asked so far.
    var networks: Set<String> {
        var networks: Set<String> = []
        for case .proposal(let proposal) in held { networks.insert(proposal.network) }
        let others = [
            progress.network, progress.proposal?.network, progress.pending?.proposal?.network,
            detector.service?.model.networkID, shadow?.detector.service?.model.networkID,
        ]
        return networks.union(others.compactMap(\.self))
    }
}
