import Foundation
import Fusion
import Intake
import Learning
import Logging
import MQTT
import Signals
import Store
import Synchronization
import TestSupport

@testable import Daemon

/// The daemon's real inside (recovery, journal, pipeline, store) under a simulated broker and clock.
///
/// It crashes when it is told to: the disk is copied as it is, and the next process starts from the
/// copy. What the process before might still write reaches nobody.
final class SimulatedGateway {
    private let root: TemporaryFolder
    private let clock: SimulatedClock
    private var random: SeededGenerator
    private var life = 0
    private var gateway: Gateway
    private var broker: SimulatedBroker
    /// What the broker delivered, as `anchord record` would have written it.
    private(set) var recording: [UInt8] = []
    private var writer = RecordingWriter()
    /// Verdicts that were decided twice with different content, over all lives.
    private(set) var contradictedTotal = 0

    /// A trained model that the settings name, and that operators propose now and then.
    private let model: String?
    /// Further sections of the settings file.
    private let more: String

    init(
        _ traffic: SimulatedTraffic, seed: UInt64, model: String? = nil, more: String = ""
    ) throws {
        self.model = model
        self.more = more
        root = try TemporaryFolder()
        random = SeededGenerator(seed: seed)
        broker = SimulatedBroker(traffic.messages)
        clock = SimulatedClock(traffic.messages[0].arrival.wall)
        gateway = try Self.start(in: root.path("life-0"), clock: clock, model: model, more: more)
        gateway.brokerConnected(SessionInfo(isSessionPresent: false, version: .mqtt5))
    }

    /// Lives until the traffic is over and its silence is told, crashing `crashes` times on the way.
    func live(crashes: Int, turnsBetween: ClosedRange<Int>) throws {
        var left = crashes
        var turnsToCrash = Int.random(in: turnsBetween, using: &random)
        while !broker.isEmpty {
            try turn()
            turnsToCrash -= 1
            // Acknowledgements leave only after all was kept; a crash may come before they do.
            let isCrashing = turnsToCrash <= 0 && left > 0
            if !isCrashing || Bool.random(using: &random) {
                gateway.flushed()
                broker.acknowledge()
            }
            if isCrashing {
                try crash()
                left -= 1
                turnsToCrash = Int.random(in: turnsBetween, using: &random)
            }
        }
        // The silence is told, and fits that run beside the flow are waited for.
        for _ in 0..<60 { try turn() }
        for _ in 0..<20_000 where !gateway.pipeline.awaitedFits.isEmpty {
            usleep(1000)
            try turn()
        }
        try gateway.close()
        contradictedTotal += gateway.counters.verdictsContradicted
    }

    /// All verdicts of the store, as they are published.
    func verdicts() throws -> [String] {
        try gateway.pipeline.assets.flatMap { asset in
            try gateway.store.verdicts(
                asset: asset, from: EventTime(nanoseconds: 0), to: EventTime(nanoseconds: .max),
                limit: .max
            ).map(\.payload)
        }
    }

    /// All steps of the alarms, oldest first.
    func alarms() throws -> [String] {
        try gateway.pipeline.assets.flatMap { asset in
            try gateway.store.alarmEvents(asset: asset, limit: .max).reversed().map {
                "\($0.asset) \($0.at.milliseconds) \($0.change) \($0.from) > \($0.to) by \($0.who) "
                    + "\($0.step ?? 0) \($0.rings) \($0.score ?? 0)"
            }
        }
    }

    /// All labels, oldest first.
    func labels() throws -> [String] {
        try gateway.store.labels().map {
            "\($0.asset) \($0.from.milliseconds) \($0.to.milliseconds) \($0.kind) \($0.who)"
        }
    }

    /// All steps of data-health alarms, oldest first.
    func healthSteps() throws -> [HealthEvent] {
        let reader = try HistoryReader(
            path: gateway.settings.store.effectivePath(environment: [:]))
        return try reader.history(
            asset: nil, from: EventTime(nanoseconds: 0), to: EventTime(nanoseconds: .max),
            cell: .seconds(1)
        ).flatMap(\.healthSteps)
    }

    private func turn() throws {
        clock.pass(.milliseconds(Int.random(in: 5...300, using: &random)))
        let (batch, isDrained) = broker.deliver(
            atMost: Int.random(in: 1...40, using: &random), by: clock.now)
        for message in batch { recording += writer.line(for: message) }
        try gateway.keep(batch, isDrained: isDrained)
        guard let configured = gateway.configured, Int.random(in: 0..<100, using: &random) == 0
        else { return }
        try gateway.propose(
            configured.id, to: [], isForced: Bool.random(using: &random))
    }

    /// A model of the windows in the archive, as a file.
    func trained() throws -> String {
        let corpus = try TrainingCorpus(folder: root.path("."), windowsMax: 10_000)
        try corpus.add(archiveOf: gateway.store)
        var plan = TrainingPlan()
        plan.training.dimension = 4
        plan.training.hidden = [8]
        plan.training.epochs = 5
        plan.training.batch = 32
        let path = root.path("plant.safetensors")
        try Data(try ModelTraining.run(corpus, plan: plan).model.file.encoded)
            .write(to: URL(fileURLWithPath: path))
        return path
    }

    /// The recording through `replay`, under the settings this gateway had.
    func replayed() throws -> [String] {
        let file = root.path("recording.ndjson")
        try Data(recording).write(to: URL(fileURLWithPath: file))
        var verdicts: [String] = []
        var replay = try Replay(
            settings: gateway.settings, settingsHash: gateway.settingsHash, labels: nil,
            folder: root.path("replay")
        ) { verdicts.append($0) }
        try replay.feed(file)
        _ = try replay.finish()
        return verdicts
    }

    private func crash() throws {
        let isOrderly = Int.random(in: 0..<4, using: &random) == 0
        if isOrderly { try gateway.close() }
        contradictedTotal += gateway.counters.verdictsContradicted
        let disk = root.path("life-\(life)")
        life += 1
        let copy = root.path("life-\(life)")
        try FileManager.default.copyItem(atPath: disk, toPath: copy)
        if !isOrderly, Bool.random(using: &random) { try tearJournal(in: copy) }
        clock.pass(.milliseconds(Int.random(in: 20...1500, using: &random)))
        gateway = try Self.start(in: copy, clock: clock, model: model, more: more)
        broker.reconnect()
        gateway.brokerConnected(SessionInfo(isSessionPresent: true, version: .mqtt5))
    }

    /// A write that the crash interrupted: part of a record that was never acknowledged.
    private func tearJournal(in folder: String) throws {
        let journal = folder + "/journal"
        let segments = try FileManager.default.contentsOfDirectory(atPath: journal)
            .filter { $0 != "id" && $0 != "in-flight" }.sorted()
        guard let newest = segments.last,
            let file = FileHandle(forWritingAtPath: journal + "/" + newest)
        else { return }
        try file.seekToEnd()
        let count = Int.random(in: 1...30, using: &random)
        try file.write(
            contentsOf: Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }))
        try file.close()
    }

    private static func start(
        in folder: String, clock: SimulatedClock, model: String?, more: String
    ) throws -> Gateway {
        var settings = try settings(in: folder, more: more)
        settings.fusion.model = model
        settings.fusion.shadowWindows = 10
        let recovery = try Recovery(
            settings: settings, gatewayName: "simulated", environment: [:],
            logger: Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() }),
            kernel: { clock.now })
        return try Gateway(recovery, manager: ServiceManager(environment: [:]))
    }

    /// A short warm-up, refits and a small archive: what a week brings, in two minutes.
    private static func settings(in folder: String, more: String) throws -> DaemonSettings {
        let file = folder + "/anchord.toml"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try """
        [fusion]
        warmup_windows = 60
        refit_after = ["25s", "50s"]
        refit_lag_windows = 8
        archive_windows_max = 80
        [alarms]
        false_alarms = "60 per hour"
        [store]
        calm_verdict_every = "0s"
        commit_every = "3s"
        \(more)
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let loaded = DaemonSettings.load(file: file, environment: [:])
        precondition(loaded.faults.isEmpty, "\(loaded.faults)")
        var settings = loaded.settings
        settings.store.path = folder + "/state.sqlite"
        settings.store.journalFolder = folder + "/journal"
        return settings
    }
}

/// Time passes when the simulation says so.
final class SimulatedClock: Sendable {
    private let start: Int64
    private let passed = Mutex<Int64>(0)

    init(_ start: Int64) {
        self.start = start
    }

    var now: Arrival {
        let elapsed = passed.withLock { $0 }
        return Arrival(wall: start + elapsed, elapsed: elapsed)
    }

    func pass(_ span: Duration) {
        passed.withLock { $0 += span.nanoseconds }
    }
}
