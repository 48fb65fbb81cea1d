package import Fusion
package import Signals

/// Scores the windows of one asset and keeps its alarm.
///
/// In: windows in order of their start. Out: one verdict each. `score` changes nothing; what is
/// learnt from a window (the rolling anchor, the archive) is decided afterwards by `settle`, which
/// knows whether the stretch it belongs to was calm.
package struct AssetDetector: Sendable {
    /// The model in service with its calibration; `nil` while warming up.
    package struct Service: Sendable {
        package let model: FusionModel
        package let modelID: String
        package let calibration: Calibration

        package init(model: FusionModel, modelID: String, calibration: Calibration) {
            self.model = model
            self.modelID = modelID
            self.calibration = calibration
        }
    }

    /// What must survive a restart, beside the service.
    package struct State: Equatable, Sendable {
        package var alarm = Alarm()
        package var rolling = RollingAnchor()
        /// End of the window in which the alarm was last raised or cleared; of the first one judged
        /// while it has been neither.
        package var alarmSince: EventTime?
        package var odd = OddHistory()
        /// What the calibration of the model in service has gained in operation.
        package var growth = CalibrationGrowth()
        package var sustained = SustainedEvidence()
        package var desk = OperatorDesk()

        package init() {}

        package func write(to writer: inout ByteWriter) {
            alarm.write(to: &writer)
            writer.write(Int64(rolling.windows))
            writer.write(rolling.centroid)
            writer.write(alarmSince?.nanoseconds)
            odd.write(to: &writer)
            growth.write(to: &writer)
            sustained.write(to: &writer)
            desk.write(to: &writer)
        }

        /// - Throws: `ByteReader.Truncated` for what `write` has not written.
        package init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
            alarm = try Alarm(from: &reader)
            let windows = Int(try reader.read(Int64.self))
            rolling = RollingAnchor(centroid: try reader.readFloats(), windows: windows)
            alarmSince = try reader.readOptional().map { EventTime(nanoseconds: $0) }
            odd = try OddHistory(from: &reader)
            growth = try CalibrationGrowth(from: &reader)
            sustained = try SustainedEvidence(from: &reader)
            desk = try OperatorDesk(from: &reader)
        }
    }

    package let asset: AssetName
    let settings: DetectionSettings
    let alarms: AlarmSettings
    let sensesMin: Int
    let hop: Duration
    /// Assets that share a budget per plant.
    private var assets = 1
    var budget: BudgetLevels
    private let anchorWeight: Double
    package internal(set) var service: Service?
    package internal(set) var state: State
    var masks: MaskCache
    /// The window judged last, until it is settled, which is before anything else happens.
    private var unsettled: Unsettled?

    private struct Unsettled: Sendable {
        var statistic: Double?
        var end: EventTime
        var course: CalibrationGrowth.Course
    }

    package init(
        asset: AssetName, detection: DetectionSettings, alarms: AlarmSettings,
        fusion: FusionSettings, hop: Duration, service: Service? = nil, state: State = State()
    ) {
        self.asset = asset
        settings = detection
        self.alarms = alarms
        sensesMin = fusion.sensesMin
        budget = BudgetLevels(alarms, hop: hop, assets: 1, mask: nil)
        self.hop = hop
        anchorWeight = RollingAnchor.weight(hop: hop, halfLife: fusion.rollingAnchorHalfLife)
        self.service = service
        self.state = state
        masks = MaskCache(countMax: detection.masksMax)
        if state == State(), let service { self.state.rolling = service.calibration.rollingAnchor }
        setLevels()
    }

    /// How many assets share a budget per plant, by the window that is judged next.
    package mutating func share(budgetAmong assets: Int) {
        guard alarms.falseAlarms.isPerPlant, assets != self.assets else { return }
        self.assets = assets
        setLevels()
    }

    /// From the windows in which all senses are present: the alarm's level must not move when a
    /// sense drops out.
    mutating func setLevels() {
        budget = BudgetLevels(alarms, hop: hop, assets: assets, mask: wholeMask)
    }

    /// The score that raises the alarm; follows the budget, the on-delay and the calibration.
    package var threshold: Double { budget.threshold }

    /// Whether the calibration bears the budget, of the windows in which all senses are present.
    package var calibrationNote: Verdict.CalibrationNote? {
        service.map { note($0, at: $0.calibration.until) }
    }

    func note(
        _ service: Service, at end: EventTime, windows: Int? = nil
    ) -> Verdict.CalibrationNote {
        budget.note(
            windows: service.calibration.windows + state.growth.count,
            ranked: windows ?? budget.windows, grown: windows == nil ? state.growth.count : 0,
            pooled: windows == nil ? state.growth.borrowedCount : 0,
            age: end - service.calibration.until)
    }

    /// Judges one window: its verdict, and what became of the alarm.
    package mutating func judge(_ window: WindowHeader, summary: WindowSummary) -> (
        verdict: Verdict, change: Alarm.Change?, anchor: Anchor?, steps: [AlarmStep],
        embedded: EmbeddedWindow?
    ) {
        let before = state.alarm.state
        pass(from: window.start, to: window.end)
        let scored = score(window, summary: summary)
        var verdict = scored.verdict
        if let odd = scored.odd, let score = verdict.score {
            state.odd.note(
                window.start, score: score, profile: odd.profile, standing: odd.standing,
                threshold: threshold, gapMax: oddGapMax)
        }
        if let p = verdict.pValue, alarms.sustainedShare > 0 {
            // What is slow and harmless, as a day that warms up, is in the calm windows just before too.
            state.sustained.observe(
                p: max(p, scored.recentP ?? 0), factor: budget.dependence.seriesFactor,
                level: budget.sustainedLevel,
                isRaised: before.isRaised)
            verdict.sustained = .init(value: state.sustained.value, level: budget.sustainedLevel)
            if verdict.sustained!.isOdd, verdict.score ?? 0 < threshold {
                verdict.reason = "Many slightly odd windows in a row. " + verdict.reason
            }
        }
        if verdict.score != nil { state.alarm.unsuppress() }
        let change = state.alarm.observe(
            score: verdict.score.map(budget.effectiveScore(sustained: verdict.sustained)),
            threshold: threshold, settings: alarms)
        verdict.alarm = state.alarm.state
        settleSuppression(of: verdict)
        noteOnset(verdict, before: before)
        if change != nil || state.alarmSince == nil { state.alarmSince = window.end }
        verdict.alarmSince = state.alarmSince
        verdict.alarmNote = state.alarm.note
        let isLesson =
            verdict.quality == .good && !isKeptFromLearning(from: window.start, to: window.end)
        unsettled = Unsettled(
            statistic: isLesson ? scored.statistic : nil, end: window.end,
            course: CalibrationGrowth.Course(state.alarm.state))
        return (
            verdict, change, scored.anchor, state.alarm.takeSteps(at: window.end), scored.embedded
        )
    }

    /// The verdict of a window in which the machine is not to be judged: no score, and the alarm stays
    /// as it is. One that was pending is none: what argued for it is over.
    package mutating func rest(
        _ window: WindowHeader, summary: WindowSummary, as rest: Verdict.State, reason: String
    ) -> (verdict: Verdict, steps: [AlarmStep]) {
        pass(from: window.start, to: window.end)
        var verdict = Verdict(of: window, asset: asset)
        if state.alarm.state == .pending {
            _ = state.alarm.observe(score: 0, threshold: threshold, settings: alarms)
        }
        if let suppression: Suppression = rest == .idle
            ? .idle : rest == .starting ? .starting : nil
        {
            state.alarm.suppress(suppression)
        }
        if state.alarmSince == nil { state.alarmSince = window.end }
        let speaking = summary.isSpeaking
        verdict.state = speaking ? rest : .noData
        verdict.reason += speaking ? reason : "No sense spoke in this window."
        verdict.alarm = state.alarm.state
        verdict.alarmSince = state.alarmSince
        if let service {
            verdict.model = service.modelID
            verdict.threshold = threshold
        }
        verdict.alarmNote = state.alarm.note
        return (verdict, state.alarm.takeSteps(at: window.end))
    }

    /// Lets the calibration learn from the window judged last, or leave it out with the stretch of alarm
    /// that it belongs to.
    package mutating func settle() {
        guard let window = unsettled, service != nil else { return }
        unsettled = nil
        state.growth.observe(
            window.statistic, at: window.end, course: window.course,
            keep: settings.calibrationKeep,
            probation: min(settings.calibrationProbation, settings.calibrationKeep))
        state.growth.repay(
            fold: budget.windows, at: window.end, keep: settings.calibrationKeep)
    }

    /// The alarms in this stretch were false: it is normal after all, and the calibration learns it.
    package mutating func restore(stretch from: EventTime, to: EventTime) {
        state.growth.restore(stretch: from, to: to, keep: settings.calibrationKeep)
    }

    /// This stretch, perhaps still to come, is a fault or planned work: the calibration leaves it out.
    package mutating func leaveOut(stretch from: EventTime, to: EventTime) {
        state.growth.leaveOut(stretch: from, to: to)
    }

    /// Windows of one odd stretch may lie this far apart: the alarm does not clear in between either.
    var oddGapMax: Duration { hop * alarms.offDelayWindows }

    /// Learns from a calm window where the machine usually is.
    package mutating func learn(_ anchor: Anchor) {
        state.rolling.learn(anchor, weight: anchorWeight)
    }
}
