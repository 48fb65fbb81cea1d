import Foundation
import Fusion
import Glibc
import Learning
import Logging
import Signals
import Store
import Synchronization

/// Trains a model from the archive now and then, beside the flow, and hands its file out.
///
/// One thread, at the lowest priority; where the sandbox forbids setting one, it rests after every
/// batch as long as that took, so that a verdict never waits for more than half of a core.
final class Retrainer: Sendable {
    private let worker = Worker(name: "retrain")
    private let store: StateStore
    private let settings: LearningSettings
    private let settingsHash: String
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var isRunning = false
        var file: [UInt8]?
    }

    init(store: StateStore, settings: LearningSettings, settingsHash: String, logger: Logger) {
        self.store = store
        self.settings = settings
        self.settingsHash = settingsHash
        self.logger = logger
    }

    private let isOver = Atomic(false)

    /// Ends the training that is under way after its epoch; nothing comes of it.
    func stop() { isOver.store(true, ordering: .relaxed) }

    /// Begins a training unless one is under way.
    func start() {
        let isFree = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFree else { return }
        worker.run { [weak self] in self?.train() }
    }

    /// The model file of a training that is done, once.
    func finished() -> [UInt8]? {
        state.withLock { state in
            defer { state.file = nil }
            return state.file
        }
    }

    private func train() {
        var file: [UInt8]?
        defer {
            state.withLock {
                $0.isRunning = false
                $0.file = file
            }
        }
        do {
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("anchord-retrain-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let corpus = try TrainingCorpus(folder: folder, windowsMax: 200_000)
            try corpus.add(archiveOf: store)
            guard corpus.windows > 0 else { return }
            var plan = TrainingPlan()
            plan.training.epochs = settings.epochs
            plan.memoryMax = settings.memoryMax
            plan.threads = 1
            plan.settingsHash = settingsHash
            plan.misalignment = try settings.policy
            plan.pace = Pace.lowest()
            logger.info("Training from the archive.", metadata: ["windows": "\(corpus.windows)"])
            let outcome = try ModelTraining.run(
                corpus, plan: plan,
                shouldStop: { isOver.load(ordering: .relaxed) },
                progress: { [logger] in
                    guard case .misalignment(let lines) = $0 else { return }
                    for line in lines { logger.info("\(line)") }
                })
            if !isOver.load(ordering: .relaxed) { file = try outcome.model.file.encoded }
        } catch {
            logger.warning(
                "Could not train from the archive; the models stay.",
                metadata: ["error": "\(error)"])
        }
    }
}

/// How a thread that must not be felt goes on.
enum Pace {
    /// The lowest priority for this thread; or, where that is forbidden, rests as long as the work.
    static func lowest() -> @Sendable () -> Void {
        // On Linux "process 0" is the calling thread.
        if setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) == 0 { return {} }
        let last = Mutex(ContinuousClock.now)
        return {
            let worked = last.withLock { $0.duration(to: .now) }
            let microseconds = min(worked / .microseconds(1), 200_000)
            usleep(UInt32(max(0, microseconds)))
            last.withLock { $0 = .now }
        }
    }
}
