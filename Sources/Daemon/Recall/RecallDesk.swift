import Logging
import Publishing
import Recall
import Signals
import Store
import Synchronization

/// Answers searches beside the flow, one after the other, on a thread of its own.
///
/// Bounded: so many may wait; whoever comes then is told to try again.
final class RecallDesk: @unchecked Sendable {
    // `searcher` belongs to the worker's thread.
    private let worker = Worker(name: "recall")
    private let path: String
    private let settings: DaemonSettings
    private let logger: Logger
    private let state = Mutex(State())
    private var searcher: RecallSearcher?

    private struct State {
        var waiting = 0
        /// Searches since the shelf was last looked at.
        var used = 0
    }

    static let waitingMax = 8

    static let busy = SearchRefusal(
        "could not search: too many searches wait already; try again in a moment")

    init(path: String, settings: DaemonSettings, logger: Logger) {
        (self.path, self.settings, self.logger) = (path, settings, logger)
    }

    /// `answer` is called on the desk's thread; `false`: too many wait, and it will not be.
    func search(
        _ request: SearchRequest, waiting: [WindowPack], now: EventTime,
        answer: @escaping @Sendable (Result<SearchReply, any Error>) -> Void
    ) -> Bool {
        run { desk in
            answer(
                Result { try desk.opened().search(request, waiting: waiting, now: now) })
        }
    }

    /// What a window looked like before; nothing is answered where nothing was found, or too many wait.
    func seenBefore(
        _ window: RememberedWindow, of asset: AssetName, space: String, before: EventTime,
        waiting: [WindowPack], answer: @escaping @Sendable ([SeenBefore]) -> Void
    ) {
        _ = run { desk in
            do {
                // Of its own, or it would turn out what a person is searching through.
                let searcher = try RecallSearcher(path: desk.path, settings: desk.settings)
                let seen = try searcher.seenBefore(
                    window, of: asset, space: space, before: before, waiting: waiting)
                if !seen.isEmpty { answer(seen) }
            } catch {
                desk.logger.warning(
                    "Could not look for what an alarm looked like before.",
                    metadata: ["asset": "\(asset)", "error": "\(error)"])
            }
        }
    }

    /// Lets go of what is in memory when nobody has searched since the last call.
    func rest() {
        let isUsed = state.withLock { state in
            defer { state.used = 0 }
            return state.used > 0
        }
        guard !isUsed else { return }
        worker.run { [weak self] in self?.searcher = nil }
    }

    private func run(_ job: @escaping @Sendable (RecallDesk) -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard state.waiting < Self.waitingMax else { return false }
            state.waiting += 1
            state.used += 1
            return true
        }
        guard isTaken else { return false }
        worker.run { [weak self] in
            guard let self else { return }
            defer { state.withLock { $0.waiting -= 1 } }
            job(self)
        }
        return true
    }

    private func opened() throws -> RecallSearcher {
        if let searcher { return searcher }
        let made = try RecallSearcher(path: path, settings: settings)
        searcher = made
        return made
    }
}
