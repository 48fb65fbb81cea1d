import Detection
import Fusion
import Signals
import TestSupport
import Testing
import Windowing

@testable import Daemon

/// A pipeline fed by a machine that works when its drive turns.
private struct RestBench {
    var pipeline: Pipeline
    private let settings: PipelineSettings
    private var archive: [Int64: [UInt8]] = [:]
    private(set) var archived = 0
    private(set) var verdicts: [Verdict] = []
    private var random = SeededGenerator(seed: 5)
    private var second: Int64 = 0

    init() {
        var settings = PipelineSettings()
        settings.activity.activeWhen = ActivityCondition("drive[0] > 0.5")
        settings.activity.grace = .seconds(3)
        settings.fusion.warmupWindows = 60
        // The course of a sense stays odd for some windows after an odd one.
        settings.alarms.onDelayWindows = 6
        settings.alarms.falseAlarms = FalseAlarmBudget(count: 60, per: .hour)
        self.settings = settings
        pipeline = Pipeline(settings: settings)
    }

    /// `seconds` of a machine at work or at rest; `odd`: its audio is nothing like before.
    mutating func pass(_ seconds: Int, works: Bool, odd: Bool = false) throws {
        for _ in 0..<seconds {
            let a = Double.random(in: -1...1, using: &random)
            let loud = odd || !works ? 50.0 : 1
            try send("camera", [a, -a, 0.1 * Double.random(in: -1...1, using: &random)])
            try send("audio", [loud * a, 0.1 * Double.random(in: -1...1, using: &random)])
            try send("drive", [works ? 1 : 0, a])
            second += 1
        }
    }

    private mutating func send(_ stream: String, _ vector: [Double]) throws {
        let ms = 1_790_000_000_000 + second * 1000 + 500
        let arrival = Arrival(wall: ms * 1_000_000, elapsed: (second + 10) * 1_000_000_000)
        try act(
            on: pipeline.take(
                Message(
                    topic: "features/press-1/\(stream)",
                    payload: Array("{\"ts\":\(ms),\"v\":\(vector)}".utf8), arrival: arrival)))
    }

    private mutating func act(on outcomes: [Outcome]) throws {
        for outcome in outcomes {
            switch outcome {
            case .verdict(let verdict, _): verdicts.append(verdict)
            case .archive(_, let ordinal, let blob):
                archive[ordinal] = blob
                archived += 1
            case .fit(let request):
                let windows = archive.sorted { $0.key < $1.key }.map(\.value)
                try act(
                    on: pipeline.install(
                        Fitter.fit(request, archive: windows, settings: settings)))
            default: break
            }
        }
    }

    var rolling: RollingAnchor { pipeline.lines[0].detector.state.rolling }
}

@Suite("A machine at rest teaches nothing")
struct RestTests {
    @Test("Neither archive nor rolling anchor nor alarm moves while it stands still or starts up")
    func nothingMoves() throws {
        var bench = RestBench()
        try bench.pass(100, works: true)
        // The window that is still open closes with the first of these.
        try bench.pass(3, works: false)
        let (archived, rolling) = (bench.archived, bench.rolling)
        let first = bench.verdicts.count
        try bench.pass(30, works: false)
        try bench.pass(4, works: true)
        let resting = bench.verdicts[first...]
        #expect(
            resting.contains { $0.state == .idle } && resting.contains { $0.state == .starting })
        #expect(resting.allSatisfy { $0.score == nil && $0.alarm == .normal })
        #expect(bench.archived == archived)
        #expect(bench.rolling == rolling)
        try bench.pass(20, works: true)
        #expect(bench.archived > archived)
        #expect(bench.rolling != rolling)
    }

    @Test("An alarm that was pending when the machine stopped has to begin anew")
    func pendingIsOver() throws {
        var bench = RestBench()
        try bench.pass(100, works: true)
        try bench.pass(3, works: true, odd: true)
        try bench.pass(20, works: false)
        #expect(bench.verdicts.contains { $0.alarm == .pending })
        #expect(bench.verdicts.last?.alarm == .normal)
        // Two odd windows soon after the start-up: with those before the stop there would be enough.
        try bench.pass(3, works: true)
        try bench.pass(2, works: true, odd: true)
        try bench.pass(2, works: true)
        #expect(bench.verdicts.suffix(4).contains { $0.alarm == .pending })
        #expect(!bench.verdicts.contains { $0.alarm.isRaised })
    }
}
