import Signals
import Testing

@testable import Daemon
@testable import Intake

/// Figures of an evaluation against cases small enough to be worked out by hand.
@Suite("Figures of an evaluation")
struct EvaluationFiguresTests {
    private func figures(_ scores: [String: [Double]]) -> DetectionFigures {
        var figures = DetectionFigures()
        for (label, values) in scores { for value in values { figures.note(value, label: label) } }
        return figures
    }

    @Test("AUC and AP are those worked out by hand, asset by asset")
    func detectionIsByAsset() throws {
        let first = figures(["normal": [1, 2, 3], "lag": [2, 4]]).byFault
        let second = figures(["normal": [1, 2], "lag": [3], "mismatch": [0]]).byFault
        let none = figures(["lag": [1]]).byFault
        #expect(none.isEmpty)
        // 2 beats 1, ties 2, loses to 3; 4 beats all: 4.5 of 6.
        #expect(first["lag"] == .init(auc: 0.75, ap: 0.75, windows: 2))
        #expect(second["all"] == .init(auc: 0.5, ap: 0.75, windows: 2))

        let means = DetectionFigures.means(of: [first, second, none])
        #expect(means["lag"] == .init(auc: 0.875, ap: 0.875, windows: 3))
        #expect(means["mismatch"] == .init(auc: 0, ap: 1.0 / 3, windows: 1))
        #expect(means["all"] == .init(auc: 0.625, ap: 0.75, windows: 4))
    }

    @Test("A window is what its first fault says, and missing data are no fault")
    func truthIsReadBySecond() {
        let asset = AssetName("press-1")
        let labels = ["normal", "normal", "lag", "noise", "silent", "normal"]
        let truth = WindowTruth(
            labels.enumerated().map { second, label in
                WindowLabel(
                    asset: asset, windowStart: EventTime(milliseconds: Int64(second) * 1000),
                    split: second == 0 ? .train : .test, label: label, stream: "")
            })
        func label(_ from: Int64, _ to: Int64) -> String? {
            truth.label(
                of: asset, from: EventTime(milliseconds: from), to: EventTime(milliseconds: to))
        }
        #expect(label(0, 1000) == nil)
        #expect(label(1000, 2000) == "normal")
        #expect(label(0, 2000) == "normal")
        #expect(label(1000, 4000) == "lag")
        #expect(label(2500, 3500) == "lag")
        #expect(label(4000, 6000) == nil)
        #expect(label(9000, 10_000) == nil)
    }

    @Test("What is thinned is spread evenly")
    func thinningIsEven() {
        let all = Array(0..<1000)
        #expect(thinned(all, to: 2000) == all)
        #expect(thinned(all, to: 4) == [0, 250, 500, 750])
    }
}
