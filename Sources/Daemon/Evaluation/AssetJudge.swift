import Detection
import Fusion
import Signals
import Windowing

/// Scores one asset's windows as its line in the pipeline would after the last fit: every window is
/// judged, and calm ones teach where the machine usually is.
struct AssetJudge {
    private var detector: AssetDetector
    /// Calm until proven otherwise: anchors of a pending alarm (`AssetLine.learn`).
    private var doubtful: [Anchor] = []

    init(_ service: AssetDetector.Service, of asset: AssetName, settings: PipelineSettings) {
        var detection = settings.detection
        // Nobody reads a reason here, and finding whom to blame takes the longest.
        detection.explainAbove = .infinity
        detector = AssetDetector(
            asset: asset, detection: detection, alarms: settings.alarms,
            fusion: settings.fusion, hop: settings.windowing.effectiveHop, service: service)
    }

    /// −log₁₀ p; `nil` where there is no score.
    mutating func score(_ window: WindowSummary) -> Double? {
        let judged = detector.judge(WindowHeader(of: window), summary: window)
        detector.settle()
        switch judged.verdict.alarm {
        case .raised, .clearing:
            doubtful = []
        case .pending:
            if let anchor = judged.anchor { doubtful.append(anchor) }
        case .normal where judged.verdict.quality != .bad:
            for anchor in doubtful { detector.learn(anchor) }
            if let anchor = judged.anchor { detector.learn(anchor) }
            doubtful = []
        case .normal:
            break
        }
        return judged.verdict.score
    }
}
