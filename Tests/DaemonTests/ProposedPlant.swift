import Detection
import Foundation
import Fusion
import Intake
import Learning
import Publishing
import Signals
import Store
import TestSupport

@testable import Daemon

/// Two senses and a log of one machine through a pipeline, with fits as slow as one likes, commands
/// and restarts at any message.
struct ProposedPlant {
    enum Command: Equatable {
        case propose(NetworkModel, isForced: Bool)
        case relearn
        case correct(StampCorrection)
    }

    struct Script {
        /// Messages that come while a fit runs, seven a window.
        var fitTakes = 1
        var commands: [Int: [Command]] = [:]
        var restarts: Set<Int> = []
        /// Whether what was proposed does better than what is in service.
        var isPassing = true
        var seconds = 200
        var fusion = FusionSettings.quick
    }

    private(set) var pipeline: Pipeline
    private let script: Script
    private let settings: PipelineSettings
    private var archive: [Int64: [UInt8]] = [:]
    private var fitting: [(request: FitRequest, due: Int)] = []
    private var journal: [Message] = []
    private var services: [String: StoredModel] = [:]
    private(set) var verdicts: [String] = []
    /// What happened between them.
    private(set) var events: [String] = []
    private(set) var requests: [FitRequest] = []

    static let asset = AssetName("press-1")

    init(_ script: Script) throws {
        self.script = script
        var settings = PipelineSettings()
        settings.fusion = script.fusion
        self.settings = settings
        pipeline = Pipeline(settings: settings)
        for message in Self.messages(seconds: script.seconds) {
            try obey(script.commands[journal.count] ?? [])
            if script.restarts.contains(journal.count) { try restart() }
            try take(message)
        }
        while let first = fitting.first {
            fitting.removeFirst()
            try finish(first.request)
        }
    }

    /// The archive as it is in the end.
    var archived: [Int64] { archive.keys.sorted() }

    private mutating func take(_ message: Message) throws {
        journal.append(message)
        try act(on: pipeline.take(message, sequence: UInt64(journal.count)))
        while let first = fitting.first, first.due <= journal.count {
            fitting.removeFirst()
            try finish(first.request)
        }
    }

    private mutating func obey(_ commands: [Command]) throws {
        for command in commands {
            switch command {
            case .propose(let network, let isForced):
                _ = pipeline.propose(network.id, for: Self.asset, isForced: isForced)
            case .relearn:
                try act(on: pipeline.relearn(Self.asset) ?? [])
            case .correct(let correction):
                let command = OperatorCommand(.correct(correction), who: "a", why: "", givenMs: 1)
                guard
                    case .done(let outcomes, _)? = pipeline.operate(
                        command, on: Self.asset, sequence: UInt64(journal.count))
                else { continue }
                try act(on: outcomes)
            }
        }
    }

    /// The process is gone, with the fits it was at; the next one has states and the journal.
    private mutating func restart() throws {
        pipeline.forgetWhatIsStored()
        let states = try pipeline.takeChangedStates()
        let from = pipeline.neededFrom ?? .max
        pipeline = try Pipeline(
            restoring: states, settings: settings,
            service: { [services] _, id in
                try services[id].map { try StoredService($0, networks: Self.network).service }
            }, onReset: { _, why in preconditionFailure(why) })
        var old = pipeline.reader
        for (index, message) in journal.enumerated() where UInt64(index + 1) >= from {
            pipeline.refill(message, sequence: UInt64(index + 1), with: &old)
        }
        fitting = pipeline.awaitedFits.map { ($0, journal.count + script.fitTakes) }
    }

    private mutating func finish(_ request: FitRequest) throws {
        let windows = archive.filter { $0.key < request.archiveEnd }
            .sorted { $0.key < $1.key }.map(\.value)
        let network = try request.network.flatMap(Self.network)
        guard request.toBeat == nil || script.isPassing else {
            try act(
                on: pipeline.install(
                    FitResult(
                        asset: request.asset, number: request.number, service: nil,
                        trial: .unsuitable("said the test"))))
            return
        }
        // As if it had done better.
        var untried = FitRequest(
            asset: request.asset, number: request.number, network: request.network,
            isProposed: request.isProposed)
        untried.templates = request.templates
        let result = try Fitter.fit(
            untried, archive: windows, settings: settings, network: network)
        try act(on: pipeline.install(result))
    }

    private mutating func act(on outcomes: [Outcome]) throws {
        for outcome in outcomes {
            switch outcome {
            case .verdict(let verdict, _):
                verdicts.append(VerdictPayload.json(verdict, settings: "s"))
            case .archive(_, let ordinal, let blob):
                archive[ordinal] = blob
            case .thinArchive(_, let blocks):
                archive = archive.filter { blocks.contain($0.key) }
            case .clearArchive:
                archive = [:]
                events.append("anew")
            case .fit(let request):
                requests.append(request)
                events.append("fit at \(verdicts.count)")
                fitting.append((request, journal.count + script.fitTakes))
            case .adopted(_, let service):
                services[service.modelID] = StoredService(service).row(for: Self.asset)
                events.append("adopted at \(verdicts.count)")
            case .shadowed(_, let service):
                services[service.modelID] = StoredService(service).row(for: Self.asset)
                events.append("shadow at \(verdicts.count)")
            case .corrected(_, let shift):
                events.append("\(shift.stream) by \(shift.seconds)")
            case .tried, .window, .remember, .alarm, .label, .health, .sketched: break
            }
        }
    }
}

extension FusionSettings {
    /// What a week brings, in three minutes.
    static var quick: FusionSettings {
        var settings = FusionSettings()
        settings.warmupWindows = 60
        settings.refitAfter = [.seconds(25), .seconds(70)]
        settings.refitLagWindows = 10
        settings.shadowWindows = 15
        settings.archiveWindowsMax = 80
        return settings
    }
}

// The machine, and models that were trained for it.
extension ProposedPlant {
    private static func messages(seconds: Int) -> [Message] {
        var random = SeededGenerator(seed: 7)
        var messages: [Message] = []
        func add(_ stream: String, _ field: String, at now: Int64) {
            messages.append(
                Message(
                    topic: "features/press-1/\(stream)",
                    payload: Array(#"{"ts":\#(1_790_000_000_000 + now),\#(field)}"#.utf8),
                    arrival: Arrival(
                        wall: (1_790_000_000_000 + now) * 1_000_000, elapsed: now * 1_000_000)))
        }
        for second in 0..<seconds {
            let state = (0..<2).map { _ in Double.random(in: -1...1, using: &random) }
            for third in 0..<3 {
                let now = Int64(second * 1_000 + third * 300)
                for (stream, dimension) in [("camera", 6), ("audio", 5)] {
                    let v = (0..<dimension).map { d in
                        state[0] * cos(Double(d)) + state[1] * sin(Double(2 * d))
                            + Double.random(in: -0.1...0.1, using: &random)
                    }
                    add(stream, #""v":\#(v)"#, at: now + (stream == "audio" ? 20 : 0))
                }
            }
            // Every now and then the log says something that it has not said before.
            let words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
            let word = words[Int.random(in: 0...min(words.count - 1, second / 25), using: &random)]
            let side = state[0] > 0 ? "left" : "right"
            add(
                "log", #""line":"\#(word) \#(side) press"#.appending(#" done""#),
                at: Int64(second * 1_000 + 930))
        }
        return messages
    }

    static let networks: [NetworkModel] = {
        // Its own training: a failure here fails every test that asks for one.
        guard let network = try? trained() else { preconditionFailure("no model was trained") }
        return [
            network, NetworkModel(senses: network.senses, metadata: ["objective": "another"]),
        ]
    }()

    static func network(_ id: String) throws -> NetworkModel? {
        networks.first { $0.id == id }
    }

    private static func trained() throws -> NetworkModel {
        let folder = try TemporaryFolder()
        let corpus = try TrainingCorpus(folder: folder.path("."), windowsMax: 1000)
        var settings = PipelineSettings()
        settings.tapsWindows = true
        var pipeline = Pipeline(settings: settings)
        for message in messages(seconds: 150) {
            for case .window(let asset, _, let window) in pipeline.take(message) {
                try corpus.spool.add(window, of: asset)
            }
        }
        var plan = TrainingPlan()
        plan.training.dimension = 4
        plan.training.hidden = [8]
        plan.training.epochs = 3
        plan.training.batch = 32
        return try ModelTraining.run(corpus, plan: plan).model
    }
}
