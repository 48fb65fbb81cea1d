import Detection
import Foundation
import Fusion
import Publishing
import Signals
import Store
import Testing

@testable import Daemon

/// The pipeline's outcomes follow from its journalled inputs alone: not from ticks that were left out
/// of the journal, not from a restart, not from how long a fit took.
@Suite("Outcomes follow from the inputs")
struct DeterminismTests {
    private enum Event {
        case message(Message)
        case tick(Arrival, isDrained: Bool)
    }

    private static func arrival(_ milliseconds: Int64) -> Arrival {
        Arrival(
            wall: (1_790_000_000_000 + milliseconds) * 1_000_000, elapsed: milliseconds * 1_000_000)
    }

    private static func message(
        _ stream: String, _ field: String, at time: Int64, arriving: Int64
    ) -> Message {
        Message(
            topic: "features/press-1/\(stream)",
            payload: Array(#"{"ts":\#(1_790_000_000_000 + time),\#(field)}"#.utf8),
            arrival: arrival(arriving))
    }

    /// A minute of a camera that pauses and a log whose clock is ahead, read in stretches with a
    /// backlog at the broker and in others without.
    private static func trouble(_ random: inout SeededGenerator) -> [Event] {
        var events: [Event] = []
        var isDrained = true
        var isCameraAway = false
        for step in Int64(0)..<600 {
            let now = step * 100
            if step % 20 == 0 {
                isDrained = Bool.random(using: &random)
                isCameraAway = Int.random(in: 0..<3, using: &random) == 0
            }
            if step % 3 == 0, !isCameraAway {
                let late = Int.random(in: 0..<20, using: &random) == 0 ? Int64(3_000) : 0
                events.append(
                    .message(message("camera", #""v":[1,2,3]"#, at: now - late, arriving: now))
                )
            }
            if step % 11 == 0 {
                events.append(
                    .message(message("log", #""line":"step done""#, at: now + 4_000, arriving: now))
                )
            }
            events.append(.tick(arrival(now + 50), isDrained: isDrained))
        }
        return events
    }

    @Test(
        "Ticks that are not journalled are not missed after a restart", arguments: UInt64(0)..<24)
    func ticksLeftOut(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let events = Self.trouble(&random)
        let cut = Int.random(in: 100..<events.count - 200, using: &random)
        var pipeline = Pipeline(settings: PipelineSettings())
        var states: [AssetState] = []
        var journal: [(sequence: UInt64, event: Event)] = []
        var expected: [String] = []
        for (place, event) in events.enumerated() {
            if place == cut {
                states = try pipeline.takeChangedStates()
                expected = []
            }
            let sequence = UInt64(place + 1)
            switch event {
            case .message(let message):
                expected += said(pipeline.take(message, sequence: sequence))
            case .tick(let arrival, let isDrained):
                let (outcomes, hasEffect) = pipeline.tick(arrival, isDrained: isDrained)
                expected += said(outcomes)
                guard hasEffect else { continue }
            }
            journal.append((sequence, event))
        }
        #expect(journal.count < events.count)

        var restarted = try Pipeline(
            restoring: states, settings: PipelineSettings(), service: { _, _ in nil },
            onReset: { asset, why in Issue.record("\(asset) starts anew: \(why)") })
        var old = restarted.reader
        var found: [String] = []
        for (sequence, event) in journal {
            switch event {
            case .message(let message) where sequence <= UInt64(cut):
                restarted.refill(message, sequence: sequence, with: &old)
            case .message(let message):
                found += said(restarted.take(message, sequence: sequence))
            case .tick(let arrival, let isDrained) where sequence > UInt64(cut):
                found += said(restarted.tick(arrival, isDrained: isDrained).outcomes)
            case .tick:
                break
            }
        }
        #expect(expected.count > 5)
        #expect(found == expected)
    }

    @Test("When a refit returns does not show, also when it gave no model")
    func failedRefit() throws {
        let prompt = try Learning(fitTakes: 1)
        let slow = try Learning(fitTakes: 50)
        #expect(prompt.said.filter { $0.hasPrefix("fit ") } == ["fit 1", "fit 2", "fit 3"])
        #expect(prompt.said.count { $0 == "adopted" } == 2)
        #expect(prompt.said == slow.said)
    }

    private func said(_ outcomes: [Outcome]) -> [String] {
        outcomes.compactMap { outcome in
            guard case .verdict(let verdict, _) = outcome else { return nil }
            return VerdictPayload.json(verdict, settings: "s")
        }
    }

    /// Two senses of one machine over two minutes; its second fit, a refit, gives no model.
    private struct Learning {
        private var pipeline: Pipeline
        private let settings: PipelineSettings
        private var archive: [Int64: [UInt8]] = [:]
        private var fitting: [(result: FitResult, due: Int)] = []
        private var messages = 0
        private let fitTakes: Int
        private(set) var said: [String] = []

        /// `fitTakes`: messages that come while a fit runs, six a window.
        init(fitTakes: Int) throws {
            self.fitTakes = fitTakes
            var settings = PipelineSettings()
            settings.fusion.warmupWindows = 60
            settings.fusion.refitAfter = [.seconds(10), .seconds(30)]
            settings.fusion.refitLagWindows = 10
            self.settings = settings
            pipeline = Pipeline(settings: settings)
            var random = SeededGenerator(seed: 7)
            for second in Int64(0)..<140 {
                let state = (0..<2).map { _ in Double.random(in: -1...1, using: &random) }
                for third in Int64(0)..<3 {
                    let now = second * 1_000 + third * 300
                    try take("camera", state, of: 6, at: now, &random)
                    try take("audio", state, of: 5, at: now + 20, &random)
                }
            }
        }

        private mutating func take(
            _ stream: String, _ state: [Double], of dimension: Int, at now: Int64,
            _ random: inout SeededGenerator
        ) throws {
            let v = (0..<dimension).map { d in
                state[0] * cos(Double(d)) + state[1] * sin(Double(2 * d))
                    + Double.random(in: -0.1...0.1, using: &random)
            }
            let message = DeterminismTests.message(
                stream, #""v":\#(v)"#, at: now, arriving: now)
            messages += 1
            try act(on: pipeline.take(message))
            while let first = fitting.first, first.due <= messages {
                fitting.removeFirst()
                try act(on: pipeline.install(first.result))
            }
        }

        private mutating func act(on outcomes: [Outcome]) throws {
            for outcome in outcomes {
                switch outcome {
                case .verdict(let verdict, _):
                    said.append(VerdictPayload.json(verdict, settings: "s"))
                case .archive(_, let ordinal, let blob):
                    archive[ordinal] = blob
                    said.append("archive \(ordinal)")
                case .fit(let request):
                    said.append("fit \(request.number)")
                    let windows = archive.sorted { $0.key < $1.key }.map(\.value)
                    let result =
                        request.number == 2
                        ? FitResult(asset: request.asset, number: 2, service: nil)
                        : try Fitter.fit(request, archive: windows, settings: settings)
                    fitting.append((result, messages + fitTakes))
                case .adopted:
                    said.append("adopted")
                case .alarm(_, let step, _):
                    said.append("\(step.kind) \(step.number) \(step.to)")
                case .thinArchive, .clearArchive, .window, .remember, .tried, .shadowed, .label,
                    .health, .corrected, .sketched:
                    break
                }
            }
        }
    }
}
