/// The area under the ROC curve: how often an anomalous window scores above a calm one, a tie
/// counted half. `nil` when either side is empty.
/// ```
/// AUC = (Σ ranks of the anomalous − n (n + 1) / 2) / (n m),    tied scores share their mean rank
/// ```
package func areaUnderROC(anomalous: [Double], calm: [Double]) -> Double? {
    let n = Double(anomalous.count)
    let m = Double(calm.count)
    guard n > 0, m > 0 else { return nil }
    var rankSum = 0.0
    var below = 0.0
    for tie in ties(anomalous: anomalous, calm: calm).reversed() {
        let count = Double(tie.anomalous + tie.calm)
        rankSum += Double(tie.anomalous) * (below + (count + 1) / 2)
        below += count
    }
    return (rankSum - n * (n + 1) / 2) / (n * m)
}

/// The average precision: the mean, over the anomalous windows, of the share of anomalous ones among
/// all that score at least as high. Tied scores stand or fall together. `nil` without an anomalous
/// window.
/// ```
/// AP = Σₖ (recallₖ − recallₖ₋₁) precisionₖ,    k over the distinct scores, highest first
/// ```
package func averagePrecision(anomalous: [Double], calm: [Double]) -> Double? {
    guard !anomalous.isEmpty else { return nil }
    var hits = 0
    var seen = 0
    var sum = 0.0
    for tie in ties(anomalous: anomalous, calm: calm) {
        hits += tie.anomalous
        seen += tie.anomalous + tie.calm
        sum += Double(tie.anomalous) * Double(hits) / Double(seen)
    }
    return sum / Double(anomalous.count)
}

/// How many of each side have one score, highest score first.
private func ties(
    anomalous: [Double], calm: [Double]
) -> [(anomalous: Int, calm: Int)] {
    let scores = (anomalous.map { ($0, true) } + calm.map { ($0, false) }).sorted { $0.0 > $1.0 }
    var ties: [(anomalous: Int, calm: Int)] = []
    var previous = Double.nan
    for (score, isAnomalous) in scores {
        if score != previous { ties.append((0, 0)) }
        if isAnomalous {
            ties[ties.count - 1].anomalous += 1
        } else {
            ties[ties.count - 1].calm += 1
        }
        previous = score
    }
    return ties
}
