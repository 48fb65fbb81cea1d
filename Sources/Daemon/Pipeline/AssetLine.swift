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
    /// Whether the machine works, by the windows closed so far.
    var activity: ActivityMonitor
    var health: AssetHealth
    var detector: AssetDetector
    var progress: Progress
    /// What the senses did lately, up to the last window closed.
    var course = RecentCourse()
    /// Windows past the switch, waiting for the fit, and what operators asked for between them: that
    /// waits for its turn, or its place would depend on how long the fit takes.
    var held: [Held] = []
    /// Calm until proven otherwise: windows of a pending alarm, learnt from when it was none.
    var doubtful: [Lesson] = []
    /// The fit's result, here before its switch; without a model when it failed.
    var ready: FitResult?
    private(set) var declared: Set<StreamName> = []
    /// A trained model on trial beside the one in service.
    var shadow: Shadow?
    /// Differs from what was last taken for the Store.
    var isDirty = true
    /// Where the journal has the samples that open windows may still need, oldest first.
    private var journalled: [Place] = []
    private var journalledFrom = 0
    /// The log lines among them. A line's template depends on what the miner had learnt when it
    /// came, so they are part of the state instead of being read again.
    private(set) var openLogs: [Sample] = []
    /// Streams whose stamps are moved, in order of name.
    var shifts: [StampShift] = []
    /// For the pipeline to deliver before anything else happens.
    var loanAnswers: [LoanAnswer] = []

    private struct Place: Sendable {
        var sequence: UInt64
        var stream: StreamName
        var time: EventTime
    }

    /// Assets that begin together must not all ask for a fit together: windows would be held until the
    /// last of them is done. So the later ones wait a little: this many fits are left to a window for
    /// first fits, which are small, and to the lag for refits.
    static let firstFitsPerWindow: Int64 = 16
    static let refitsPerLag: Int64 = 4

    init(asset: AssetName, settings: PipelineSettings, rule: WarmUpRule, place: Int = 0) {
        self.asset = asset
        self.settings = settings
        self.rule = rule
        assembler = WindowAssembler(asset: asset, settings: settings.windowing)
        activity = settings.monitor(of: asset)
        health = AssetHealth(settings: settings.health)
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
        activity = settings.monitor(of: asset, state: state.activity)
        health = state.health
        health.settings = settings.health
        detector = AssetDetector(
            asset: asset, detection: settings.detection, alarms: settings.alarms,
            fusion: settings.fusion, hop: settings.windowing.effectiveHop, service: service,
            state: state.detector)
        progress = state.progress
        course = state.course
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
        shifts = state.shifts
        isDirty = false
    }

    /// Everything but the open windows' vectors, which the journal has.
    var state: AssetLineState {
        AssetLineState(
            assembler: assembler.state, activity: activity.state, health: health,
            course: course, detector: detector.state, progress: progress, held: held,
            doubtful: doubtful, openLogs: openLogs, shifts: shifts,
            modelID: detector.service?.modelID,
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
        let moved = moved(sample)
        defer { remember(moved, sequence: sequence) }
        let closed = assembler.ingest(moved, releasedAt: releasedAt)
        // As it came: that we move it is no fault of the stream's clock.
        health.accept(
            sample, windowing: assembler.state, isResting: activity.activity == .idle,
            releasedAt: releasedAt)
        if !closed.isEmpty { forgetClosed() }
        return closed
    }

    /// After a restart: a sample of the journal that the state had taken in.
    mutating func refill(_ sample: Sample, sequence: UInt64) {
        let sample = moved(sample, asOf: sequence)
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
        // Half of them gone pays for moving the rest, and keeps the array as long as it must be.
        if journalledFrom * 2 >= journalled.count {
            journalled.removeFirst(journalledFrom)
            journalledFrom = 0
        }
        openLogs.removeAll { !assembler.needs($0.stream, at: $0.time) }
    }

    /// Windows go on as they are; only what was learnt from them is gone. Fits of the former life are
    /// told from those of the new one by their numbers.
    mutating func beginAnew() {
        let former = self
        self = AssetLine(
            asset: asset, settings: settings, rule: .windows(settings.fusion.warmupWindows),
            place: Int(progress.place))
        assembler = former.assembler
        activity = former.activity
        health = former.health
        course = former.course
        declared = former.declared
        progress.network = former.progress.network
        progress.fitNumber = former.progress.fitNumber
        held = former.held
        openLogs = former.openLogs
        shifts = former.shifts
        journalled = former.journalled
        journalledFrom = former.journalledFrom
    }

    /// The fit that was asked for and has not come.
    var awaitedFit: FitRequest? {
        progress.pending.map(request(for:))
    }

    /// Windows wait for a fit, and no more of them may: the caller has to wait with them.
    var isFull: Bool { held.count >= settings.fusion.heldMax }

    var isWaiting: Bool {
        guard let pending = progress.pending, ready == nil || !pending.lenders.isEmpty else {
            return false
        }
        return detector.service == nil || progress.windows >= pending.switchAt
    }

    mutating func declare(_ stream: StreamName, kind: StreamKind, as known: StreamDescription?) {
        declared.insert(stream)
        assembler.declare(
            stream, kind: kind, cadence: known?.cadence, lookback: known?.lookback,
            hold: known?.hold ?? .zero)
    }

    /// Arrival time passes for the streams' health. Returns whether what is to come depends on it.
    mutating func watchHealth(_ arrival: Arrival, isDrained: Bool) -> (
        outcomes: [Outcome], hasEffect: Bool
    ) {
        let (changes, hasEffect) = health.tick(arrival, isDrained: isDrained)
        if hasEffect { isDirty = true }
        return (changes.map { .health(asset, $0) }, hasEffect)
    }

    /// `assets`: how many share the archive by now.
    mutating func take(_ windows: [Window], assets: Int) -> [Outcome] {
        var outcomes: [Outcome] = []
        let hop = settings.windowing.effectiveHop.nanoseconds
        for window in windows {
            var summary = WindowSummary(window, framesKept: settings.fusion.framesKept)
            let activity = activity.observe(window, hop: hop)
            // What a machine at rest does is no past of one at work.
            if activity == .active { course.advance(&summary) }
            let closed = ClosedWindow(
                header: WindowHeader(window), summary: summary, activity: activity,
                archiveMax: archiveMax(of: summary, assets: assets), assets: Int64(assets))
            // Who trains or evaluates has no use for a machine at rest either.
            if settings.tapsWindows, closed.activity == .active {
                outcomes.append(.window(asset, closed.header, closed.summary))
            }
            if case .labelled(_, let last) = rule, closed.summary.start > last,
                progress.fitNumber == 0
            {
                // The last window to learn from never came.
                outcomes += askForFit(switchAt: progress.windows)
            }
            if isWaiting {
                held.append(.window(PackedWindow(closed)))
            } else {
                outcomes += judge(closed)
            }
        }
        return outcomes
    }
}
