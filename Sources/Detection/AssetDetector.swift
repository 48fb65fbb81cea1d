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

        package init() {}

        package func write(to writer: inout ByteWriter) {
            alarm.write(to: &writer)
            writer.write(Int64(rolling.windows))
            writer.write(rolling.centroid)
            writer.write(alarmSince?.nanoseconds)
        }

        /// - Throws: `ByteReader.Truncated` for what `write` has not written.
        package init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
            alarm = try Alarm(from: &reader)
            let windows = Int(try reader.read(Int64.self))
            rolling = RollingAnchor(centroid: try reader.readFloats(), windows: windows)
            alarmSince = try reader.readOptional().map { EventTime(nanoseconds: $0) }
        }
    }

    package let asset: AssetName
    private let settings: DetectionSettings
    private let alarms: AlarmSettings
    private let sensesMin: Int
    private let alarmShare: Double
    private let hop: Duration
    /// The score that raises the alarm; follows the budget, the on-delay and the calibration.
    package private(set) var threshold: Double
    private let anchorWeight: Double
    package private(set) var service: Service?
    package private(set) var state: State
    private var masks: MaskCache

    package init(
        asset: AssetName, detection: DetectionSettings, alarms: AlarmSettings,
        fusion: FusionSettings, hop: Duration, service: Service? = nil, state: State = State()
    ) {
        self.asset = asset
        settings = detection
        self.alarms = alarms
        sensesMin = fusion.sensesMin
        threshold = alarms.threshold(hop: hop)
        alarmShare = alarms.alarmShare(hop: hop)
        self.hop = hop
        anchorWeight = RollingAnchor.weight(hop: hop, halfLife: fusion.rollingAnchorHalfLife)
        self.service = service
        self.state = state
        masks = MaskCache(countMax: detection.masksMax)
        if state == State(), let service { self.state.rolling = service.calibration.rollingAnchor }
        setThreshold()
    }

    /// Puts a model and its calibration into service; the rolling anchor moves into its space.
    /// `rolling`: where it is there by now, when that is known better than by the calibration.
    package mutating func adopt(_ service: Service, rolling: RollingAnchor? = nil) {
        self.service = service
        state.rolling = rolling ?? service.calibration.rollingAnchor
        masks = MaskCache(countMax: settings.masksMax)
        setThreshold()
    }

    /// From the windows in which all senses are present: the alarm's level must not move when a
    /// sense drops out.
    private mutating func setThreshold() {
        guard let service,
            let mask = masks.calibration(
                for: Set(service.model.encoders.keys), in: service, settings: settings)
        else { return }
        let runs = mask.runs(of: alarms.onDelayWindows, hop: hop)
        threshold =
            AlarmThreshold(runs: runs, onDelay: alarms.onDelayWindows, share: alarmShare).value
    }

    /// Judges one window: its verdict, and what became of the alarm.
    package mutating func judge(_ window: WindowHeader, summary: WindowSummary) -> (
        verdict: Verdict, change: Alarm.Change?, anchor: Anchor?
    ) {
        var judged = score(window, summary: summary)
        if judged.change != nil || state.alarmSince == nil { state.alarmSince = window.end }
        judged.verdict.alarmSince = state.alarmSince
        return judged
    }

    /// The verdict of a window in which the machine is not to be judged: no score, and the alarm stays
    /// as it is. One that was pending is none: what argued for it is over.
    package mutating func rest(
        _ window: WindowHeader, summary: WindowSummary, as rest: Verdict.State, reason: String
    ) -> Verdict {
        var verdict = Verdict(of: window, asset: asset)
        if state.alarm.state == .pending {
            _ = state.alarm.observe(score: 0, threshold: threshold, settings: alarms)
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
        return verdict
    }

    private mutating func score(_ window: WindowHeader, summary: WindowSummary) -> (
        verdict: Verdict, change: Alarm.Change?, anchor: Anchor?
    ) {
        var verdict = Verdict(of: window, asset: asset)
        // A quiet log is present, but a window in which nothing at all spoke is no evidence.
        let speaking = summary.isSpeaking
        guard let service else {
            // Silence is reported as such from the first day.
            verdict.state = speaking ? .warmingUp : .noData
            verdict.reason +=
                speaking ? "Warming up: no model yet." : "No sense spoke in this window."
            verdict.alarm = state.alarm.state
            return (verdict, nil, nil)
        }
        verdict.model = service.modelID
        verdict.threshold = threshold
        let embedded = service.model.embed(summary)
        let present = Set(embedded.senses.keys)
        if speaking, present.count >= sensesMin,
            let mask = masks.calibration(
                for: present, in: service, settings: settings)
        {
            let evidence = Evidence(
                of: embedded, present: present, model: service.model,
                reference: state.rolling.centroid, vanishing: settings.vanishingAnchor)
            let score = Score(evidence, against: mask, weights: settings.weights)
            let relief =
                score.value >= settings.explainAbove
                ? relief(embedded, score: score, present: present, service: service) : [:]
            verdict.fill(
                score, evidence,
                attribution: Attribution(score, streams: present, relief: relief), mask: mask,
                service: service, settings: settings, present: present, alarmShare: alarmShare)
            let change = state.alarm.observe(
                score: verdict.score, threshold: threshold, settings: alarms)
            verdict.alarm = state.alarm.state
            return (verdict, change, evidence.anchor)
        }
        verdict.state = speaking ? .scoring : .noData
        verdict.quality = .bad
        verdict.reason =
            !speaking
            ? "No sense spoke in this window."
            : present.count < sensesMin
                ? "\(present.count) of at least \(sensesMin) senses are present."
                : "This set of senses has no calibration."
        verdict.alarm = state.alarm.state
        return (verdict, nil, nil)
    }

    /// How far the senses' quarrel calms when each one is left out in turn, in spreads. Empty when
    /// fewer than three take part: two cannot be told apart.
    private mutating func relief(
        _ window: EmbeddedWindow, score: Score, present: Set<StreamName>, service: Service
    ) -> [StreamName: Double] {
        func quarrel(_ score: Score) -> Double {
            score.excess.filter { $0.key.measure == .disagreement }.values.max() ?? 0
        }
        let aligned = present.filter { window.senses[$0]?.common != nil }
        guard aligned.count >= 3 else { return [:] }
        var relief: [StreamName: Double] = [:]
        for name in aligned.sorted() {
            let rest = present.subtracting([name])
            guard let mask = masks.calibration(for: rest, in: service, settings: settings) else {
                return [:]
            }
            let evidence = Evidence(
                of: window, present: rest, model: service.model,
                reference: state.rolling.centroid, vanishing: settings.vanishingAnchor)
            let without = Score(evidence, against: mask, weights: settings.weights)
            relief[name] = quarrel(score) - quarrel(without)
        }
        return relief
    }

    /// Learns from a calm window where the machine usually is.
    package mutating func learn(_ anchor: Anchor) {
        state.rolling.learn(anchor, weight: anchorWeight)
    }
}

/// Calibrations by set of present senses, the least recently used one let go at the limit. Building
/// one again gives the same numbers, so what is in the cache never shows in a score.
private struct MaskCache: Sendable {
    private let countMax: Int
    private var built: [Set<StreamName>: (mask: MaskCalibration?, used: Int)] = [:]
    private var clock = 0

    init(countMax: Int) {
        self.countMax = countMax
    }

    mutating func calibration(
        for present: Set<StreamName>, in service: AssetDetector.Service,
        settings: DetectionSettings
    ) -> MaskCalibration? {
        clock += 1
        if let found = built[present] {
            built[present]!.used = clock
            return found.mask
        }
        if built.count >= countMax, let oldest = built.min(by: { $0.value.used < $1.value.used }) {
            built[oldest.key] = nil
        }
        let mask = MaskCalibration(
            service.calibration, present: present, model: service.model, settings: settings)
        built[present] = (mask, clock)
        return mask
    }
}
