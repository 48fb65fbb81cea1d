import Fusion
import Signals

extension Verdict {
    /// The verdict of a window before anything is known about its score.
    init(of window: WindowHeader, asset: AssetName) {
        self.init(
            asset: asset, start: window.start, end: window.end, score: nil, pValue: nil,
            isExtrapolated: false, quality: .bad, state: .warmingUp,
            parts: Dictionary(uniqueKeysWithValues: Part.allCases.map { ($0, nil) }),
            streams: window.streams.mapValues { stream in
                StreamVerdict(
                    isPresent: stream.isPresent, samples: stream.samples,
                    age: stream.ageNanoseconds.map { .nanoseconds($0) })
            },
            blame: nil, reason: "", alarm: .normal,
            calibration: CalibrationNote(windows: 0, effective: 0, missing: 1, age: .zero),
            model: nil,
            late: window.late)
        if window.isIncomplete { reason = "Part of this window was lost in a restart. " }
    }

    /// Puts in score, reason and shares.
    mutating func fill(
        _ score: Score, _ evidence: Evidence, attribution: Attribution, mask: MaskCalibration,
        service: AssetDetector.Service, isExplained: Bool, present: Set<StreamName>
    ) {
        let known = Set(service.model.encoders.keys)
        let missing = known.subtracting(present).sorted()
        let lost = reason
        state = .scoring
        regime = evidence.regime
        self.score = score.value
        pValue = score.pValue
        isExtrapolated = score.isExtrapolated
        quality = missing.isEmpty && lost.isEmpty ? .good : .uncertain
        for part in Part.allCases { parts[part] = .some(score.parts[part]) }
        for name in known where streams[name] == nil {
            streams[name] = StreamVerdict(isPresent: false, samples: 0)
        }
        for name in present {
            streams[name]?.contribution = attribution.contributions[name] ?? 0
            streams[name]?.agreement = evidence.anchor?.agreement[name] ?? nil
        }
        if isExplained {
            blame = attribution.blame
            reason =
                lost + attribution.sentence(score: score, evidence: evidence, mask: mask)
        } else {
            reason = lost + "Normal."
        }
        if !missing.isEmpty {
            reason += " Missing: \(missing.map(\.text).joined(separator: ", "))."
        }
    }
}
