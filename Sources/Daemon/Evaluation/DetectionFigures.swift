import Learning

/// Scores of one asset's windows by their label, and what they tell faults from calm by.
struct DetectionFigures {
    /// By label, in order of time.
    private(set) var scores: [String: [Double]] = [:]

    static let all = "all"

    mutating func note(_ score: Double, label: String) {
        scores[label, default: []].append(score)
    }

    var faults: [String] { scores.keys.filter { $0 != WindowTruth.normal }.sorted() }

    /// By kind of fault and over all; a kind is held against this asset's own normal windows. Empty
    /// without normal windows.
    var byFault: [String: EvaluationReport.Detection] {
        let calm = scores[WindowTruth.normal] ?? []
        var figures: [String: EvaluationReport.Detection] = [:]
        func add(_ name: String, _ anomalous: [Double]) {
            guard let auc = areaUnderROC(anomalous: anomalous, calm: calm),
                let ap = averagePrecision(anomalous: anomalous, calm: calm)
            else { return }
            figures[name] = .init(auc: auc, ap: ap, windows: anomalous.count)
        }
        for fault in faults { add(fault, scores[fault] ?? []) }
        add(Self.all, faults.flatMap { scores[$0] ?? [] })
        return figures
    }

    /// Means over the assets that have the fault; windows are counted over all of them.
    static func means(
        of assets: [[String: EvaluationReport.Detection]]
    ) -> [String: EvaluationReport.Detection] {
        var means: [String: EvaluationReport.Detection] = [:]
        for name in Set(assets.flatMap(\.keys)) {
            let found = assets.compactMap { $0[name] }
            guard let auc = mean(of: found.map(\.auc)), let ap = mean(of: found.map(\.ap)) else {
                continue
            }
            means[name] = .init(auc: auc, ap: ap, windows: found.reduce(0) { $0 + $1.windows })
        }
        return means
    }
}
