package import Detection
package import Fusion
import Signals

/// Whether a model may take the place of the one in service: both score an asset's held-back windows
/// as they are, and again with faults put into them.
///
/// It may when it is better on the mean over the kinds of fault, and not worse beyond doubt: the
/// bootstrap's lower bound of the difference over all of them lies above −0.005 of AUC.
package struct AdoptionTrial: Equatable, Sendable {
    package struct Row: Equatable, Sendable {
        package let fault: SyntheticFault
        /// Windows with the fault.
        package let windows: Int
        package let difference: AUCDifference
    }

    package let rows: [Row]
    /// Over all faults together.
    package let whole: AUCDifference

    /// Mean over the kinds of fault of how much better the candidate is.
    package var gain: Double {
        rows.reduce(0) { $0 + $1.difference.mean } / Double(max(1, rows.count))
    }

    package static let worstAllowed = -0.005

    package var isPassed: Bool { gain > 0 && whole.lower > Self.worstAllowed }

    /// Windows scored at most: a trial takes a second or two, beside the flow.
    private static let windowsMax = 400
    /// Neighbouring windows that the bootstrap draws together.
    private static let stretch = 20

    /// `nil` when the windows are too few to tell.
    ///
    /// - Parameters:
    ///   - candidate: the model that was proposed, with its calibration on this asset.
    ///   - current: the model in service.
    ///   - windows: the asset's archive, in order of time; only held-back ones are scored.
    ///   - detection: settings in force.
    ///   - pace: called between windows; it may rest.
    package init?(
        candidate: AssetDetector.Service, current: AssetDetector.Service,
        windows: [WindowSummary], detection: DetectionSettings, pace: () -> Void = {}
    ) {
        let heldBack = windows.indices.filter {
            LinearFit.role(ofWindow: $0, of: windows.count) != .fit
        }
        let scored = Array(heldBack.prefix(Self.windowsMax))
        guard scored.count >= 40 else { return nil }
        var judges = [candidate, current].map { TrialJudge($0, detection: detection) }
        var faults = FaultMaker(windows: windows, heldBack: heldBack)
        let stretches = scored.map { $0 / Self.stretch }
        let calm = judges.indices.map { k in scored.map { judges[k].score(windows[$0]) } }

        var dice = SeededGenerator(seed: 1)
        var rows: [Row] = []
        var all = (scores: calm, labels: scored.map { _ in false }, stretches: stretches)
        for fault in SyntheticFault.allCases {
            var samples = (scores: calm, labels: scored.map { _ in false }, stretches: stretches)
            for (place, index) in scored.enumerated() {
                pace()
                guard let faulty = faults.window(index, with: fault) else { continue }
                for k in judges.indices {
                    let score = judges[k].score(faulty)
                    samples.scores[k].append(score)
                    all.scores[k].append(score)
                }
                samples.labels.append(true)
                samples.stretches.append(stretches[place])
                all.labels.append(true)
                all.stretches.append(stretches[place])
            }
            let count = samples.labels.count - scored.count
            if count >= 20,
                let difference = AUCDifference(
                    candidate: samples.scores[0], current: samples.scores[1],
                    isAnomalous: samples.labels, stretches: samples.stretches, draws: 200,
                    using: &dice)
            {
                rows.append(Row(fault: fault, windows: count, difference: difference))
            }
        }
        guard !rows.isEmpty,
            let whole = AUCDifference(
                candidate: all.scores[0], current: all.scores[1], isAnomalous: all.labels,
                stretches: all.stretches, draws: 400, using: &dice)
        else { return nil }
        self.rows = rows
        self.whole = whole
    }
}

/// Scores single windows under one model, without learning and without memory.
private struct TrialJudge {
    private let service: AssetDetector.Service
    private let detection: DetectionSettings
    private var masks: [Set<StreamName>: MaskCalibration?] = [:]

    init(_ service: AssetDetector.Service, detection: DetectionSettings) {
        self.service = service
        self.detection = detection
    }

    /// −log₁₀ p; 0 for a set of senses that has no calibration.
    mutating func score(_ window: WindowSummary) -> Double {
        let embedded = service.model.embed(window)
        let present = Set(embedded.senses.keys)
        if masks[present] == nil {
            masks[present] = .some(
                MaskCalibration(
                    service.calibration, present: present, model: service.model,
                    settings: detection))
        }
        guard let mask = masks[present] ?? nil else { return 0 }
        let evidence = Evidence(
            of: embedded, present: present, model: service.model, reference: [],
            vanishing: detection.vanishingAnchor)
        return Score(evidence, against: mask).value
    }
}
