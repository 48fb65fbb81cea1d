import Diagnosis
import Foundation
import Fusion
import Glibc
import Logging
import Signals
import Store
import Synchronization

/// Keeps the newest windows of every asset, and looks at them now and then beside the flow.
///
/// When is decided by windows: every so many of an asset's own, each asset at another of them, so that looks
/// do not come together. One thread looks, at the lowest priority. A look that comes due while the asset's
/// last one waits or runs is left out and counted. What was kept goes with the process; it is there again
/// after two minutes.
///
/// Belongs to the broker thread; the bench is what the other thread reaches.
final class DiagnosisWatch {
    private let store: StateStore
    private let settings: WatchSettings
    private let diagnosis: DiagnosisSettings
    private let fusion: FusionSettings
    private let logger: Logger
    private let worker = Worker(name: "watch")
    private let bench = Bench()
    private let every: Int64
    private var rings: [AssetName: SketchRing] = [:]
    /// Windows of all assets since they were held against each other.
    private var windows = 0

    /// What has been done since the start.
    struct Figures: Equatable {
        var looks = 0
        var skipped = 0
        /// Time of a processor that the last look at an asset took, and at all of them together.
        var assetSeconds: Double?
        var plantSeconds: Double?
    }

    private final class Bench: Sendable {
        struct State {
            var looks: [DiagnosisLook] = []
            var figures = Figures()
            /// Looks that wait or run; `nil`: at all assets together.
            var waiting: Set<AssetName?> = []
            var offsets: [AssetName: SenseOffsets] = [:]
            /// Grows when what was kept of an asset is of no more use, and with it a look under way.
            var lives: [AssetName: Int] = [:]
            var pace: (@Sendable () -> Void)?
        }
        let state = Mutex(State())
    }

    /// Every so many looks at an asset one looks for drift too, in its archive: that changes in hours.
    private static let looksPerDrift: Int64 = 16
    private static let looksPerPlant = 4

    init(
        store: StateStore, settings: WatchSettings, diagnosis: DiagnosisSettings,
        fusion: FusionSettings, logger: Logger
    ) {
        self.store = store
        self.settings = settings
        self.diagnosis = diagnosis
        self.fusion = fusion
        self.logger = logger
        every = settings.everyWindows(hop: diagnosis.hop)
    }

    var figures: Figures { bench.state.withLock { $0.figures } }

    /// Looks that wait or run.
    var waiting: Int { bench.state.withLock { $0.waiting.count } }

    /// Bytes of all windows that are kept.
    var byteCount: Int { rings.values.reduce(0) { $0 + $1.byteCount } }

    /// Looks that are done since the last call, in the order in which they were.
    func finished() -> [DiagnosisLook] {
        bench.state.withLock { state in
            defer { state.looks = [] }
            return state.looks
        }
    }

    /// Keeps one window, and begins the looks that are due with it.
    ///
    /// - Parameters:
    ///   - window: the asset's next one.
    ///   - asset: whose it is.
    ///   - assets: that share the memory.
    func note(_ window: SketchedWindow, of asset: AssetName, assets: Int) {
        let share = settings.memoryMax / max(1, assets)
        rings[asset, default: SketchRing()].append(
            window.sketch, model: window.model, hop: diagnosis.hop, sharing: share,
            windowsMax: settings.windows)
        windows += 1
        // Any constant that spreads neighbours over the span.
        let turn = window.number + window.place &* 40_503 % every
        if turn % every == 0, rings[asset]?.count ?? 0 >= diagnosis.windowsMin {
            look(
                at: asset, wantsDrift: turn / every % Self.looksPerDrift == 0,
                fittedTo: window.fittedTo)
        }
        if windows >= Self.looksPerPlant * Int(every) * max(1, assets) {
            windows = 0
            lookAtAll()
        }
    }

    /// Stamps of a stream of this asset are others from now on.
    func restart(_ asset: AssetName) {
        rings[asset]?.removeAll()
        dismiss(asset)
    }

    func forget(_ asset: AssetName) {
        rings[asset] = nil
        dismiss(asset)
    }

    private func dismiss(_ asset: AssetName) {
        bench.state.withLock { state in
            state.lives[asset, default: 0] += 1
            state.looks.removeAll { $0.asset == asset.text }
            state.offsets[asset] = nil
        }
    }

    private func look(at asset: AssetName, wantsDrift: Bool, fittedTo: EventTime) {
        guard let ring = rings[asset], let life = begin(asset) else { return }
        let (store, diagnosis, fusion) = (store, diagnosis, fusion)
        let wantsLearnt = settings.lag == .auto
        run(asset) { [logger] _ in
            func archive() throws -> [WindowSummary] {
                try store.archive(asset: asset).map { try WindowSummary(encoded: $0.blob) }
                    .sorted { $0.start < $1.start }
            }
            var past: [WindowSummary]?
            do {
                if wantsDrift { past = try archive() }
            } catch {
                logger.warning(
                    "Could not read the archive to look for drift; the rest is looked at.",
                    metadata: ["asset": "\(asset)", "error": "\(error)"])
            }
            guard
                let found = DiagnosisLook.look(
                    at: asset, ring, settings: diagnosis, archive: past, fusion: fusion)
            else { return [] }
            var look = found.look
            if wantsLearnt, look.findings.contains(where: { $0.kind == .lag }),
                let windows = try? archive()
            {
                look.note(
                    learntFrom: AssetWindows(
                        asset: asset, windows: windows.filter { $0.start <= fittedTo }), diagnosis)
            }
            return [(look, found.offsets, life)]
        }
    }

    private func lookAtAll() {
        guard rings.count >= 2, begin(nil) != nil else { return }
        let plant = rings.map { (asset: $0.key, ring: $0.value) }
        let diagnosis = diagnosis
        let (offsets, lives) = bench.state.withLock { ($0.offsets, $0.lives) }
        run(nil) { pace in
            DiagnosisLook.look(at: plant, offsets: offsets, settings: diagnosis, pace: pace)
                .map { ($0, nil, lives[AssetName($0.asset)] ?? 0) }
        }
    }

    /// Its life; `nil` while the look before it is not done.
    private func begin(_ asset: AssetName?) -> Int? {
        bench.state.withLock { state in
            guard state.waiting.insert(asset).inserted else {
                state.figures.skipped += 1
                return nil
            }
            return asset.map { state.lives[$0] ?? 0 } ?? 0
        }
    }

    private func run(
        _ asset: AssetName?,
        _ look:
            @escaping @Sendable (_ pace: @Sendable () -> Void) -> [(
                look: DiagnosisLook, offsets: SenseOffsets?, life: Int
            )]
    ) {
        worker.run { [bench] in
            let known = bench.state.withLock { $0.pace }
            let pace = known ?? Pace.lowest()
            let began = Self.processorSeconds
            let found = look(pace)
            let seconds = Self.processorSeconds - began
            bench.state.withLock { state in
                state.pace = pace
                state.waiting.remove(asset)
                state.figures.looks += 1
                if asset == nil {
                    state.figures.plantSeconds = seconds
                } else {
                    state.figures.assetSeconds = seconds
                }
                for (look, offsets, life) in found
                where state.lives[AssetName(look.asset)] ?? 0 == life {
                    state.looks.append(look)
                    if let offsets { state.offsets[AssetName(look.asset)] = offsets }
                }
            }
            pace()
        }
    }

    /// Of this thread: a look at the lowest priority waits for the others most of its time.
    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
