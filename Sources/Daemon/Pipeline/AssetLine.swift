import Detection
import Fusion
import Intake
import Signals
import Store
import Windowing

/// The way of one asset's samples: windows, summaries, verdicts, and what is kept to learn from.
///
/// A value: the same inputs give the same outcomes, in a live run, a replay and after a restart.
/// Fits run beside it, yet it never depends on how long one takes: the switch to a new model happens
/// at a window fixed when the fit is asked for, and windows from there on are held until it is here.
struct AssetLine: Sendable {
    let asset: AssetName
    let settings: PipelineSettings
    let rule: WarmUpRule
    var assembler: WindowAssembler
    var detector: AssetDetector
    var progress: Progress
    /// Windows past the switch, waiting for the fit.
    private(set) var held: [HeldWindow] = []
    /// Calm until proven otherwise: windows of a pending alarm, learnt from when it was none.
    var doubtful: [Lesson] = []
    /// The fit's result, here before its switch; without a model when it failed.
    private var ready: FitResult?
    private(set) var declared: Set<StreamName> = []
    /// A trained model on trial beside the one in service.
    private(set) var shadow: Shadow?
    /// Differs from what was last taken for the Store.
    var isDirty = true
    /// Where the journal has the samples that open windows may still need, oldest first.
    private var journalled: [Place] = []
    private var journalledFrom = 0
    /// The log lines among them. A line's template depends on what the miner had learnt when it
    /// came, so they are part of the state instead of being read again.
    private(set) var openLogs: [Sample] = []

    private struct Place: Sendable {
        var sequence: UInt64
        var stream: StreamName
        var time: EventTime
    }

    struct HeldWindow: Sendable {
        var header: WindowHeader
        var summary: WindowSummary
    }

    /// What a calm window teaches.
    struct Lesson: Sendable {
        var anchor: Anchor?
        var summary: WindowSummary
    }

    /// A model that judges every window too, until it takes over.
    struct Shadow: Sendable {
        var detector: AssetDetector
        /// The first window that it judges alone.
        var takesOverAt: Int64
    }

    struct Progress: Equatable, Sendable {
        /// Windows judged so far.
        var windows: Int64 = 0
        /// Windows offered to the archive so far.
        var offered: Int64 = 0
        /// The archive keeps every `stride`-th block of them.
        var stride: Int64 = 1
        /// Calm windows judged since the first fit.
        var calm: Int64 = 0
        /// Refits done.
        var refits = 0
        /// The warm-up asks for a fit when so many windows have been offered.
        var fitAt: Int64
        var fitNumber = 0
        var pending: PendingFit?
        /// Waits for its turn.
        var proposal: Proposal?
        /// The trained model that was adopted: refits keep to it.
        var network: String?
        /// Among the assets, in order of their first message.
        var place: Int64 = 0
    }

    /// Assets that begin together must not all ask for a fit together: windows would be held until the
    /// last of them is done. So the later ones wait a little: this many fits are left to a window for
    /// first fits, which are small, and to the lag for refits.
    static let firstFitsPerWindow: Int64 = 16
    static let refitsPerLag: Int64 = 4

    struct PendingFit: Equatable, Sendable {
        var number: Int
        /// The first window that the new model judges.
        var switchAt: Int64
        /// `nil`: the warm-up or a refit asked for it.
        var proposal: Proposal?
    }

    /// Someone wants a trained model in service.
    struct Proposal: Equatable, Sendable {
        var network: String
        /// Without trial and without shadow.
        var isForced: Bool
        /// Not before this window: what was judged by then must not depend on the speed of a fit.
        var from: Int64
    }

    init(asset: AssetName, settings: PipelineSettings, rule: WarmUpRule, place: Int = 0) {
        self.asset = asset
        self.settings = settings
        self.rule = rule
        assembler = WindowAssembler(asset: asset, settings: settings.windowing)
        detector = AssetDetector(
            asset: asset, detection: settings.detection, alarms: settings.alarms,
            fusion: settings.fusion, hop: settings.windowing.effectiveHop)
        progress = Progress(
            fitAt: Int64(settings.fusion.warmupWindows) + Int64(place) / Self.firstFitsPerWindow,
            place: Int64(place))
    }

    /// Back from the Store.
    init(
        asset: AssetName, settings: PipelineSettings, rule: WarmUpRule, state: AssetLineState,
        service: AssetDetector.Service?, shadow: AssetDetector.Service? = nil
    ) {
        self.init(asset: asset, settings: settings, rule: rule)
        assembler = WindowAssembler(restoring: state.assembler, settings: settings.windowing)
        detector = AssetDetector(
            asset: asset, detection: settings.detection, alarms: settings.alarms,
            fusion: settings.fusion, hop: settings.windowing.effectiveHop, service: service,
            state: state.detector)
        progress = state.progress
        if let shadow, let stored = state.shadow {
            self.shadow = Shadow(
                detector: AssetDetector(
                    asset: asset, detection: settings.detection, alarms: settings.alarms,
                    fusion: settings.fusion, hop: settings.windowing.effectiveHop, service: shadow,
                    state: stored.detector), takesOverAt: stored.takesOverAt)
        }
        held = state.held
        doubtful = state.doubtful
        // Nothing is declared yet: the settings may have changed since, and the next sample asks.
        openLogs = state.openLogs
        isDirty = false
    }

    /// Everything but the open windows' vectors, which the journal has.
    var state: AssetLineState {
        AssetLineState(
            assembler: assembler.state, detector: detector.state, progress: progress, held: held,
            doubtful: doubtful, openLogs: openLogs, modelID: detector.service?.modelID,
            shadow: shadow.flatMap { shadow in
                shadow.detector.service.map {
                    .init(
                        modelID: $0.modelID, takesOverAt: shadow.takesOverAt,
                        detector: shadow.detector.state)
                }
            }, windowing: settings.windowing)
    }

    /// Takes one sample, which the journal has under `sequence`; returns the windows it closed.
    /// `releasedAt`: arrival time by now, when the sample had to wait.
    mutating func ingest(
        _ sample: Sample, sequence: UInt64, releasedAt: Int64? = nil
    ) -> [Window] {
        isDirty = true
        defer { remember(sample, sequence: sequence) }
        let closed = assembler.ingest(sample, releasedAt: releasedAt)
        if !closed.isEmpty { forgetClosed() }
        return closed
    }

    /// After a restart: a sample of the journal that the state had taken in.
    mutating func refill(_ sample: Sample, sequence: UInt64) {
        guard assembler.needs(sample.stream, at: sample.time) else { return }
        journalled.append(Place(sequence: sequence, stream: sample.stream, time: sample.time))
        // Log lines came back with the state.
        if sample.kind == .vector { assembler.refill(sample) }
    }

    /// After a restart, once, before the vectors of the journal.
    mutating func refillLogs() {
        for sample in openLogs { assembler.refill(sample) }
    }

    /// The oldest sequence an open window still needs; `nil` when none does.
    var neededFrom: UInt64? {
        journalledFrom < journalled.count ? journalled[journalledFrom].sequence : nil
    }

    private mutating func remember(_ sample: Sample, sequence: UInt64) {
        guard sequence > 0, assembler.needs(sample.stream, at: sample.time) else { return }
        journalled.append(Place(sequence: sequence, stream: sample.stream, time: sample.time))
        if sample.kind == .log { openLogs.append(sample) }
    }

    mutating func forgetClosed() {
        while journalledFrom < journalled.count,
            !assembler.needs(
                journalled[journalledFrom].stream, at: journalled[journalledFrom].time)
        {
            journalledFrom += 1
        }
        if journalledFrom > 512 || journalledFrom == journalled.count {
            journalled.removeFirst(journalledFrom)
            journalledFrom = 0
        }
        openLogs.removeAll { !assembler.needs($0.stream, at: $0.time) }
    }

    /// The fit that was asked for and has not come.
    var awaitedFit: FitRequest? {
        progress.pending.map(request(for:))
    }

    /// Windows wait for a fit, and no more of them may: the caller has to wait with them.
    var isFull: Bool { held.count >= settings.fusion.heldMax }

    private var isWaiting: Bool {
        guard let pending = progress.pending, ready == nil else { return false }
        return detector.service == nil || progress.windows >= pending.switchAt
    }

    mutating func declare(_ stream: StreamName, kind: StreamKind, as known: StreamDescription?) {
        declared.insert(stream)
        assembler.declare(
            stream, kind: kind, cadence: known?.cadence, lookback: known?.lookback,
            hold: known?.hold ?? .zero)
    }

    mutating func take(_ windows: [Window]) -> [Outcome] {
        var outcomes: [Outcome] = []
        for window in windows {
            let closed = HeldWindow(
                header: WindowHeader(window),
                summary: WindowSummary(window, framesKept: settings.fusion.framesKept))
            if settings.tapsWindows {
                outcomes.append(.window(asset, closed.header, closed.summary))
            }
            if case .labelled(_, let last) = rule, closed.summary.start > last,
                progress.fitNumber == 0
            {
                // The last window to learn from never came.
                outcomes += askForFit(switchAt: progress.windows)
            }
            if isWaiting { held.append(closed) } else { outcomes += judge(closed) }
        }
        return outcomes
    }

    /// The fit is done; `nil` when the windows gave no model.
    mutating func install(_ result: FitResult) -> [Outcome] {
        guard let pending = progress.pending, pending.number == result.number else { return [] }
        guard result.service != nil || detector.service != nil else {
            progress.pending = nil
            progress.fitAt = progress.offered + Int64(settings.fusion.warmupWindows)
            return release()
        }
        var outcomes: [Outcome] = []
        if let trial = result.trial { outcomes.append(.tried(asset, trial)) }
        // A refit that failed is over at its switch too: when it returned must not show.
        ready = result
        return outcomes + release()
    }

    /// The operator accepts what the machine is now: start anew.
    mutating func relearn() -> [Outcome] {
        let former = self
        self = AssetLine(
            asset: asset, settings: settings, rule: .windows(settings.fusion.warmupWindows),
            place: Int(progress.place))
        // Windows go on as they are; only what was learnt from them is gone.
        assembler = former.assembler
        declared = former.declared
        progress.network = former.progress.network
        openLogs = former.openLogs
        journalled = former.journalled
        journalledFrom = former.journalledFrom
        return [.clearArchive(asset)] + former.held.flatMap { judge($0) }
    }

    private mutating func release() -> [Outcome] {
        var outcomes: [Outcome] = []
        while !held.isEmpty, !isWaiting { outcomes += judge(held.removeFirst()) }
        return outcomes
    }

    private mutating func judge(_ window: HeldWindow) -> [Outcome] {
        var outcomes: [Outcome] = []
        if let pending = progress.pending, let result = ready,
            detector.service == nil || progress.windows >= pending.switchAt
        {
            ready = nil
            progress.pending = nil
            if let service = result.service {
                outcomes.append(take(service, proposedBy: pending.proposal))
            }
        }
        if let shadow, progress.windows >= shadow.takesOverAt {
            outcomes += takeOver(from: shadow)
        }
        progress.windows += 1
        var judged = detector.judge(window.header, summary: window.summary)
        if shadow != nil { judgeInShadow(window, for: &judged.verdict) }
        outcomes.append(.verdict(judged.verdict, judged.change))
        if detector.service == nil {
            outcomes += warmUp(with: window.summary)
        } else {
            outcomes += learn(
                Lesson(anchor: judged.anchor, summary: window.summary), verdict: judged.verdict)
        }
        return outcomes + considerProposal()
    }

    /// A fitted model is here and its window has come: into service, or first into the shadow.
    private mutating func take(
        _ service: AssetDetector.Service, proposedBy proposal: Proposal?
    ) -> Outcome {
        guard let proposal, !proposal.isForced else {
            if let proposal { progress.network = proposal.network }
            detector.adopt(service)
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
        detector.adopt(service, rolling: shadow.detector.state.rolling)
        doubtful = []
        return [.adopted(asset, service)]
    }

    private mutating func judgeInShadow(_ window: HeldWindow, for verdict: inout Verdict) {
        guard let judged = shadow?.detector.judge(window.header, summary: window.summary) else {
            return
        }
        verdict.shadow = Verdict.Shadow(judged.verdict)
        // Where the machine usually is, by the new model's measure: learnt from what is calm.
        if verdict.alarm == .normal, verdict.quality != .bad, let anchor = judged.anchor {
            shadow?.detector.learn(anchor)
        }
    }
}

extension WindowSummary {
    /// At least one sense spoke.
    var hasData: Bool {
        streams.values.contains { stream in
            switch stream {
            case .vector: true
            case .log(let log): log.lines > 0
            }
        }
    }
}
