import Detection
import Fusion
import Intake
import Learning
import Signals
import TestSupport
import Testing
import Windowing

@testable import Daemon

/// A machine with four recipes, each of which its three senses show in frames of their own; the seventh
/// is never shown while a model learns.
private struct RecipeMachine {
    static let names = ["audio", "camera", "press"].map { StreamName($0) }
    static let recipes = ["ash", "birch", "cedar", "elm", "fir", "hazel"]
    private static let width = 12
    private var dice = SeededGenerator(seed: 11)
    private let patterns: [[[Float]]]

    init() {
        var dice = SeededGenerator(seed: 12)
        patterns = Self.names.indices.map { m in
            let known = Self.recipes.map { _ in
                (0..<Self.width).map { _ in Float.random(in: -1...1, using: &dice) }
            }
            // To filters that never saw it each sense's is much like another known one, and louder.
            return known + [known[2 * m].map { 2.5 * $0 }]
        }
    }

    /// What the machine runs in this second: each order takes ten. Orders come by chance: were they to
    /// repeat themselves, senses shifted against each other by a round would agree as well.
    static func recipe(at second: Int) -> Int { orders[second / 10] }
    private static let orders: [Int] = {
        var dice = SeededGenerator(seed: 13)
        return (0..<90).map { _ in Int.random(in: 0..<recipes.count, using: &dice) }
    }()

    /// One window; `shown` says what a sense shows in place of what runs.
    mutating func window(at second: Int, shown: [Int: Int] = [:]) -> Window {
        let start = EventTime(milliseconds: Int64(second) * 1000)
        var streams: [StreamName: StreamWindow] = [:]
        for (m, name) in Self.names.enumerated() {
            let pattern = patterns[m][shown[m] ?? Self.recipe(at: second)]
            let frames = (0..<4).map { k in
                StreamWindow.Frame(
                    time: start + .milliseconds(250 * k),
                    value: .vector(
                        pattern.map { $0 + 0.2 * Float.random(in: -1...1, using: &dice) }))
            }
            streams[name] = StreamWindow(kind: .vector, frames: frames, age: .milliseconds(250))
        }
        return Window(
            asset: AssetName("press-1"), start: start, end: start + .seconds(1), streams: streams)
    }
}

@Suite("A model of tagged states in service")
struct StatesInServiceTests {
    private static let learning = 720

    /// Trained on tagged windows, fitted to the site, calibrated.
    private static func detector(_ machine: inout RecipeMachine) throws -> AssetDetector {
        let asset = AssetName("press-1")
        let windows = (0..<learning).map {
            WindowSummary(machine.window(at: $0), framesKept: 4)
        }
        let folder = try TemporaryFolder()
        let corpus = try TrainingCorpus(folder: folder.path("."), windowsMax: 10_000)
        for window in windows { try corpus.spool.add(window, of: asset) }
        corpus.tag(
            windows.indices.map {
                WindowLabel(
                    asset: asset, windowStart: windows[$0].start, split: .train, label: "normal",
                    stream: "", state: RecipeMachine.recipes[RecipeMachine.recipe(at: $0)])
            })
        var plan = TrainingPlan()
        plan.encoder = .cnn(frames: 4, kernel: 1, filters: 32)
        plan.training.objective = .relevance
        plan.training.relevance.filters = 32
        plan.training.rate = RelevanceSettings.rate
        plan.training.noise = RelevanceSettings.noise
        plan.training.epochs = 30
        let network = try ModelTraining.run(corpus, plan: plan).model

        let fusion = FusionSettings()
        let linear = try #require(LinearFit.fit(windows, settings: fusion))
        let model = try NetworkFit.fit(
            windows, linear: linear, network: network, translations: [:], settings: fusion)
        let detection = DetectionSettings()
        var detector = AssetDetector(
            asset: asset, detection: detection, alarms: AlarmSettings(), fusion: fusion,
            hop: .seconds(1))
        detector.adopt(
            .init(
                model: model, modelID: "m",
                calibration: Calibration(
                    model: model, windows: windows, anchorWeight: 0.01,
                    vanishing: detection.vanishingAnchor)))
        return detector
    }

    @Test(
        "Verdicts carry the state, a sense that shows another recipe is named with both, and one that nobody has seen contradicts nobody"
    )
    func states() throws {
        var machine = RecipeMachine()
        var detector = try Self.detector(&machine)
        func judge(_ second: Int, shown: [Int: Int] = [:]) -> Verdict {
            let window = machine.window(at: second, shown: shown)
            return detector.judge(
                WindowHeader(window), summary: WindowSummary(window, framesKept: 4)
            ).verdict
        }
        let words = "The senses read different states"

        let calm = (0..<60).map { (at: Self.learning + $0, verdict: judge(Self.learning + $0)) }
        for (second, verdict) in calm {
            #expect(
                verdict.reading?.whole.label
                    == RecipeMachine.recipes[RecipeMachine.recipe(at: second)])
            #expect(verdict.reading?.whole.probability ?? 0 > 0.5)
        }
        #expect(calm.count { $0.verdict.reason.contains(words) } <= 1)

        // The camera shows the next recipe's picture, which is as normal as any.
        var named = 0
        for second in Self.learning + 60..<Self.learning + 90 {
            let runs = RecipeMachine.recipe(at: second)
            let shows = (runs + 1) % RecipeMachine.recipes.count
            let reason = judge(second, shown: [1: shows]).reason
            if reason.contains(words),
                reason.contains("camera says \(RecipeMachine.recipes[shows])"),
                ["audio", "press"].contains(where: {
                    reason.contains("\($0) says \(RecipeMachine.recipes[runs])")
                })
            {
                named += 1
            }
        }
        #expect(named >= 20, "\(named) of 30")

        // All three show what no filter ever learnt: each answers as if it were something it knows.
        for second in Self.learning + 90..<Self.learning + 110 {
            let verdict = judge(second, shown: [0: 6, 1: 6, 2: 6])
            #expect(!verdict.reason.contains(words), "\(verdict.reason)")
            #expect(verdict.score ?? 0 > 2)
        }
    }
}
