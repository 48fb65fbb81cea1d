import Fusion
import Signals

/// Gathers one row of an evaluation, asset by asset.
struct EvaluationRow {
    private var row: EvaluationReport.Row
    private var detection: [[String: EvaluationReport.Detection]] = []
    private var pairs: [SpaceFigures.Pair: [EvaluationReport.Space]] = [:]
    private var states: [StateFigures] = []

    init(_ subject: EvaluationSubject) {
        row = EvaluationReport.Row(
            name: subject.name, kind: subject.kind, model: subject.network?.id,
            objective: subject.network?.metadata["objective"])
    }

    mutating func add(_ asset: AssetEvaluation) {
        let byFault = asset.detection.byFault
        let all = byFault[DetectionFigures.all]
        detection.append(byFault)
        for (pair, space) in asset.space.pairs { pairs[pair, default: []].append(space) }
        states.append(asset.states)
        row.windows += asset.windows
        row.assets.append(
            EvaluationReport.Asset(
                name: asset.asset.text, windows: asset.windows, auc: all?.auc, ap: all?.ap,
                recallAt1: mean(
                    of: asset.space.pairs.sorted { $0.key < $1.key }.map(\.value.recallAt1)),
                leftOut: row.kind == .sense ? [] : asset.leftOut.map(\.text)))
    }

    mutating func add(_ asset: AssetName, _ unserved: AssetEvaluation.Unserved) {
        row.unserved.append(.init(asset: asset.text, reason: unserved.reason))
    }

    /// Means over the assets added.
    var report: EvaluationReport.Row {
        var report = row
        report.pairs = pairs.sorted { $0.key < $1.key }.compactMap { pair, spaces in
            EvaluationReport.Space(meanOf: spaces).map {
                .init(
                    from: pair.from.text, to: pair.to.text, figures: $0,
                    precision: mean(of: states.compactMap { $0.precision[pair]?.space }),
                    statePrecision: mean(of: states.compactMap { $0.precision[pair]?.states }))
            }
        }
        report.space = EvaluationReport.Space(meanOf: report.pairs.map(\.figures))
        report.detection = DetectionFigures.means(of: detection)
        report.states = statesRead
        return report
    }

    private var statesRead: EvaluationReport.States? {
        guard let accuracy = mean(of: states.compactMap(\.accuracy)) else { return nil }
        let senses = Set(states.flatMap(\.accuracyOfSense.keys))
        return EvaluationReport.States(
            windows: states.reduce(0) { $0 + $1.windows }, accuracy: accuracy,
            bySense: Dictionary(
                uniqueKeysWithValues: senses.compactMap { sense in
                    mean(of: states.compactMap { $0.accuracyOfSense[sense] }).map {
                        (sense.text, $0)
                    }
                }))
    }
}
