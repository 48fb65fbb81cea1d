import Dispatch
import Logging
import Recall
import Signals
import Store
import Synchronization
import Windowing

/// Fits models beside the flow, one after the other. What is only proposed must not be felt: it is
/// fitted and tried on a thread of its own, at the lowest priority.
final class FitWorker: Sendable {
    private let fits = Worker(name: "fit")
    private let trials = Worker(name: "trial")
    private struct State {
        var results: [FitResult] = []
        var running = 0
        /// Grows when an asset begins anew: fits of its former life are of no use to it.
        var lives: [AssetName: Int] = [:]
        /// What may tell work from rest, of assets without `active_when`.
        var proposals: [AssetName: ActivityProposal] = [:]
    }

    private let done = Mutex(State())
    private let arrived = DispatchSemaphore(value: 0)
    private let store: StateStore
    private let networks: NetworkLibrary
    private let settings: PipelineSettings
    private let logger: Logger

    init(
        store: StateStore, networks: NetworkLibrary, settings: PipelineSettings, logger: Logger
    ) {
        self.store = store
        self.networks = networks
        self.settings = settings
        self.logger = logger
    }

    var isBusy: Bool { done.withLock { $0.running > 0 || !$0.results.isEmpty } }

    func start(_ request: FitRequest) {
        let life = done.withLock { state in
            state.running += 1
            return state.lives[request.asset] ?? 0
        }
        let worker = request.isProposed ? trials : fits
        worker.run { [self] in
            var pace: @Sendable () -> Void = {}
            if request.isProposed { pace = Pace.lowest() }
            var result = FitResult(asset: request.asset, number: request.number, service: nil)
            do {
                let archive = try store.archive(asset: request.asset)
                    .filter { $0.windowIndex < request.archiveEnd }.map(\.blob)
                let network = try request.network.flatMap(networks.model)
                let current = try request.toBeat.flatMap { hash in
                    try store.model(hash: hash).map {
                        try StoredService($0, networks: networks.model).service
                    }
                }
                result = try Fitter.fit(
                    request, archive: archive, settings: settings, network: network,
                    current: current, pace: pace)
                if !request.isProposed { proposeActivity(request.asset, archive, life: life) }
            } catch {
                logger.error(
                    "Could not fit a model; the asset goes on as it is.",
                    metadata: ["asset": "\(request.asset)", "error": "\(error)"])
                if request.isProposed { result.trial = .unsuitable("\(error)") }
            }
            done.withLock {
                if $0.lives[request.asset] ?? 0 == life { $0.results.append(result) }
                $0.running -= 1
            }
            arrived.signal()
        }
    }

    /// The best of what may tell this asset's work from its rest; `nil`: nothing does, or it is set.
    func activityProposal(for asset: AssetName) -> ActivityProposal? {
        done.withLock { $0.proposals[asset] }
    }

    /// Only said, never applied: two recipes look like work and rest.
    private func proposeActivity(_ asset: AssetName, _ archive: [[UInt8]], life: Int) {
        guard settings.monitor(of: asset).condition == nil,
            let best = try? ActivityProposal.proposals(from: archive).first
        else { return }
        let isNew = done.withLock { state in
            guard state.lives[asset] ?? 0 == life else { return false }
            return state.proposals.updateValue(best, forKey: asset) == nil
        }
        guard isNew else { return }
        logger.notice(
            "An asset's windows fall into two lasting groups. If one is the machine at rest, set active_when.",
            metadata: ["asset": "\(asset)", "active_when": "\(best.activeWhen)"])
    }

    /// The asset begins anew; what is being fitted for it will not be handed out.
    func dismiss(_ asset: AssetName) {
        done.withLock { state in
            state.lives[asset, default: 0] += 1
            state.results.removeAll { $0.asset == asset }
            state.proposals[asset] = nil
        }
    }

    /// Results that have come since the last call.
    func finished() -> [FitResult] {
        done.withLock { state in
            defer { state.results = [] }
            return state.results
        }
    }

    /// Waits for at least one result, but not for ever.
    func wait(atMost limit: DispatchTimeInterval) -> [FitResult] {
        let ready = finished()
        guard ready.isEmpty else { return ready }
        _ = arrived.wait(timeout: .now() + limit)
        return finished()
    }
}

/// Keeps the Store within its bounds, beside the flow.
struct Endurance: Sendable {
    private let worker = Worker(name: "tidy")
    let store: StateStore
    let settings: StoreSettings
    let recall: RecallSettings
    let logger: Logger

    /// Models kept of an asset beside the one in use: a commit may still name the one before.
    private static let modelsKept = 3

    init(
        store: StateStore, settings: StoreSettings, recall: RecallSettings, logger: Logger
    ) {
        self.store = store
        self.settings = settings
        self.recall = recall
        self.logger = logger
    }

    func enforce(now: EventTime, modelsInUse: Set<String>) {
        worker.run { [store, settings, recall, logger] in
            do {
                _ = try RecallKeeper(store: store, settings: recall).tidy(now: now)
                _ = try store.pruneModels(keepingNewest: Self.modelsKept, inUse: modelsInUse)
                let outcome = try store.enforceRetention(
                    now: now, sizeMax: settings.sizeMax, keep: settings.verdictsKeep)
                if outcome.isStillTooLarge {
                    logger.warning(
                        "The state is larger than store.size_max and nothing more may be removed.",
                        metadata: ["bytes": "\(outcome.bytes)"])
                }
            } catch {
                logger.error("Could not tidy the state.", metadata: ["error": "\(error)"])
            }
        }
    }
}
