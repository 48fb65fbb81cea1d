import Foundation
import Fusion
import Learning
import Signals
import TestSupport
import Testing

@testable import Daemon
@testable import Intake

/// Models held against each other on windows of which everything is known.
@Suite("Evaluation of models")
struct EvaluationTests {
    private static let fitted = 320
    private static let judged = 240

    /// One asset's windows: calm ones to fit on, then every fourth with one sense swapped, one in
    /// sixteen labelled as missing data.
    private func plant(
        _ folder: TemporaryFolder, isLabelled: Bool = true, assets: [String] = ["press-1"]
    ) throws -> EvaluationWindows {
        var labels: [WindowLabel] = []
        var summaries: [(AssetName, WindowSummary)] = []
        for (number, name) in assets.enumerated() {
            let asset = AssetName(name)
            var senses = SyntheticSenses(seed: UInt64(number) + 1)
            for second in 0..<Self.fitted + Self.judged {
                let isTest = second >= Self.fitted
                let isSwapped = isTest && second.isMultiple(of: 4)
                let label =
                    isTest && second % 16 == 1 ? "silent" : isSwapped ? "swap" : "normal"
                let window = senses.window(
                    at: second, swapped: isSwapped ? second / 4 % 3 : nil)
                summaries.append((asset, window))
                labels.append(
                    WindowLabel(
                        asset: asset, windowStart: window.start, split: isTest ? .test : .train,
                        label: label, stream: ""))
            }
        }
        let windows = try EvaluationWindows(
            folder: folder.url.path, labels: isLabelled ? labels : nil)
        for (asset, summary) in summaries { try windows.add(summary, of: asset) }
        return windows
    }

    private func smallPlan(epochs: Int) -> TrainingPlan {
        var plan = TrainingPlan()
        plan.training.dimension = 8
        plan.training.hidden = [16]
        plan.training.epochs = epochs
        plan.training.rate = 0.01
        plan.training.noise = 0.2
        plan.training.batch = 64
        return plan
    }

    @Test("The linear model finds swapped senses; no sense finds them alone")
    func swappedSensesAreFoundTogether() throws {
        let folder = try TemporaryFolder()
        let windows = try plant(folder, assets: ["press-1", "press-2"])
        let report = try ModelEvaluation(windows, settings: PipelineSettings()).run([]).report

        #expect(report.rows.map(\.name) == ["linear", "a alone", "b alone", "c alone"])
        #expect(report.faults == ["swap"])
        let linear = report.rows[0]
        #expect(try #require(linear.detection["all"]).auc > 0.97)
        #expect(linear.windows == 2 * Self.judged * 15 / 16)
        #expect(linear.pairs.count == 6)
        let space = try #require(linear.space)
        #expect(space.recallAt1 > 0.3)
        #expect(space.matched > 0.8 && abs(space.unmatched) < 0.3)
        for alone in report.rows.dropFirst() {
            #expect(try #require(alone.detection["all"]).auc < 0.6, "\(alone.name)")
            #expect(alone.space == nil && alone.pairs.isEmpty)
        }
    }

    @Test("Without labels the first half serves to fit on, and nothing is said of detection")
    func unlabelledWindowsAreHalved() throws {
        let folder = try TemporaryFolder()
        let windows = try plant(folder, isLabelled: false)
        let outcome = try ModelEvaluation(windows, settings: PipelineSettings()).run([])

        #expect(outcome.report.windowsFitted == (Self.fitted + Self.judged) / 2)
        #expect(outcome.report.windowsJudged == (Self.fitted + Self.judged) / 2)
        #expect(outcome.report.faults.isEmpty)
        #expect(outcome.report.rows.allSatisfy { $0.detection.isEmpty })
        #expect(outcome.page.map?.points.allSatisfy { $0.label == "without label" } == true)
    }

    @Test("No more windows are fitted on than the daemon's archive would have kept")
    func fitWindowsAreThinnedAsInTheArchive() throws {
        let folder = try TemporaryFolder()
        let windows = try plant(folder)
        let press = AssetName("press-1")
        let whole = try #require(windows.shares(archiveMax: Self.fitted)[press])
        #expect(whole.fit == Array(0..<Self.fitted) && whole.training == whole.fit)
        #expect(whole.judged == Array(Self.fitted..<Self.fitted + Self.judged))

        let thin = try #require(windows.shares(archiveMax: 100)[press])
        #expect(thin.fit == (0..<Self.fitted).filter { $0 / 20 % 4 == 0 })
        #expect(thin.training == whole.training)
    }

    @Test("The same windows and models give the same bytes, and a page with every drawing")
    func evaluationIsDeterministic() throws {
        func evaluate() throws -> EvaluationOutcome {
            let folder = try TemporaryFolder()
            let evaluation = ModelEvaluation(try plant(folder), settings: PipelineSettings())
            let model = try evaluation.train(smallPlan(epochs: 12))
            let allPairs = try evaluation.trainAllPairs(likeThat: model)
            return try evaluation.run([.init(name: "plant", model: model), allPairs])
        }
        let first = try evaluate()
        let second = try evaluate()

        let bytes = try first.report.json
        #expect(try second.report.json == bytes)
        #expect(first.page.html == second.page.html)
        #expect(first.report.rows.prefix(3).map(\.name) == ["plant", "all-pairs", "linear"])
        #expect(
            first.report.rows.map(\.objective).prefix(2) == [
                TrainingSettings().objective.name, "all-pairs",
            ])
        #expect(first.page.agreements.count == 9)
        #expect(first.page.curves.allSatisfy { $0.curves.count == 2 })
        let map = try #require(first.page.map)
        #expect(Set(map.points.map(\.sense)) == ["a", "b", "c"])
        #expect(Set(map.points.map(\.label)) == ["normal", "swap", "without data"])
    }

    @Test("Where each asset has a space of its own, the map is that of one")
    func linearSpacesAreNotMixed() throws {
        let folder = try TemporaryFolder()
        let windows = try plant(folder, assets: ["press-1", "press-2"])
        let page = try ModelEvaluation(windows, settings: PipelineSettings()).run([]).page
        #expect(Set(try #require(page.map).points.map(\.asset)) == ["press-1"])
        #expect(page.introduction.contains("The map shows the space of linear on press-1."))
        #expect(page.agreements.count == 3 && page.curves.isEmpty)
    }

    @Test("The model trained on the spot follows the recipe of the first one")
    func recipeIsFollowed() throws {
        let folder = try TemporaryFolder()
        let evaluation = ModelEvaluation(try plant(folder), settings: PipelineSettings())
        var plan = smallPlan(epochs: 1)
        plan.training.seed = 7
        plan.training.noise = 0.5
        plan.training.negativeGap = 3
        let made = TrainingPlan(recipeOf: try evaluation.train(plan))
        #expect(made.training == plan.training)
        #expect(made.encoder == .mlp && made.streams == Set(SyntheticSenses.names))
    }

    @Test("A model that cannot read an asset says why, and the others go on")
    func unreadableAssetIsNamed() throws {
        let folder = try TemporaryFolder()
        let windows = try plant(folder)
        let evaluation = ModelEvaluation(windows, settings: PipelineSettings())
        let senses = try evaluation.train(smallPlan(epochs: 1)).senses
        // The same encoders, by names that no stream here has.
        let stranger = NetworkModel(
            senses: Dictionary(
                uniqueKeysWithValues: senses.map { (StreamName("\($0.key)-elsewhere"), $0.value) }),
            metadata: [:])
        let report = try evaluation.run([.init(name: "stranger", model: stranger)]).report

        let row = report.rows[0]
        #expect(row.assets.isEmpty && row.space == nil && row.windows == 0)
        #expect(row.unserved.map(\.asset) == ["press-1"])
        #expect(row.unserved[0].reason.contains("the model reads a-elsewhere (vector of 24)"))
        #expect(report.remarks.contains { $0.hasPrefix("stranger cannot serve press-1: ") })
        #expect(report.rows[1].windows > 0)
    }
}
