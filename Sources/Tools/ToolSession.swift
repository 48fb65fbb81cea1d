import Foundation
import Logging
package import MQTT
package import Signals
import Synchronization

/// A tool's connection to the broker, under an id of its own that the broker forgets at the end.
///
/// In: publications, of which so many are on their way at most. Out: messages, in order. A connection
/// lost meanwhile is taken up again, and what was not acknowledged goes again; one that never came
/// about is an error.
///
/// `@unchecked Sendable`: what threads share is behind the mutex or set once before the thread starts.
package final class ToolSession: @unchecked Sendable {
    /// On their way at once: enough to keep any broker busy.
    package static let inFlightMax = 1000

    private struct State {
        var isConnected = false
        var lost: String?
        var lostTotal = 0
        var ungranted: Set<String> = []
        var refusedFilters: [String] = []
        /// Not yet acknowledged, by token.
        var pending: [UInt64: Publication] = [:]
        /// Tokens not yet handed to the client, in order.
        var waiting: [UInt64] = []
        var lastToken: UInt64 = 0
        var isPumping = false
        var tally = Tally()
        var failure: String?
    }

    /// What became of the publications.
    package struct Tally: Equatable, Sendable {
        package var delivered = 0
        package var refused = 0
        /// The broker's words, of the first one.
        package var refusal: String?
    }

    private let state: Mutex<State>
    private let permits = DispatchSemaphore(value: ToolSession.inFlightMax)
    private let receive: @Sendable ([Message]) throws -> Void
    private let note: @Sendable (String) -> Void
    private let url: String
    private var client: BrokerClient!

    /// - Parameters:
    ///   - settings: Without problems; their client id and session are not used.
    ///   - purpose: One word, for the client id.
    ///   - subscriptions: Topic filters.
    ///   - note: Told in a sentence when the connection is lost or back.
    ///   - receive: Called on the broker's thread; when it throws, the session has failed.
    package init(
        _ settings: BrokerSettings, purpose: String, subscriptions: [String] = [],
        note: @escaping @Sendable (String) -> Void = { _ in },
        receive: @escaping @Sendable ([Message]) throws -> Void = { _ in }
    ) {
        var own = settings
        // A batch is kept in memory here, so nothing is gained by larger ones.
        own.outgoingMax = max(own.outgoingMax, 2 * Self.inFlightMax)
        state = Mutex(State(ungranted: Set(subscriptions)))
        self.receive = receive
        self.note = note
        url = settings.url
        let number = UInt64.random(in: .min ... .max)
        client = BrokerClient(
            settings: own, clientID: "anchord-\(purpose)-\(String(number, radix: 36))",
            isSessionKept: false, subscriptions: subscriptions, arrival: { ToolClock.now },
            jitterSeed: number,
            logger: Logger(label: "anchord", factory: { _ in SwiftLogNoOpLogHandler() }),
            delegate: Weakly(self))
    }

    /// Connects and subscribes. Throws what the broker, or the way to it, answered.
    package func open() throws {
        client.start()
        while !Interruption.isWanted {
            let (isReady, lost, refused) = state.withLock {
                ($0.isConnected && $0.ungranted.isEmpty, $0.lost, $0.refusedFilters.first)
            }
            if let refused {
                close()
                throw ToolError(
                    "could not subscribe to \(refused) at \(url): the broker refused. Its ACL must "
                        + "let this user read the topic.")
            }
            if isReady { return }
            if let lost {
                close()
                throw ToolError("could not reach the broker at \(url): \(lost)")
            }
            usleep(5000)
        }
    }

    /// Publishes, waiting while too many are on their way. Returns `false` when we are to end.
    package func send(_ publication: Publication) -> Bool {
        while permits.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
            if Interruption.isWanted { return false }
        }
        let isFirst = state.withLock { state in
            state.lastToken += 1
            var publication = publication
            publication.token = state.lastToken
            state.pending[state.lastToken] = publication
            state.waiting.append(state.lastToken)
            defer { state.isPumping = true }
            return !state.isPumping
        }
        if isFirst { client.perform { [self] in pump() } }
        return true
    }

    /// Waits until everything is acknowledged. Returns `false` when we are to end before.
    package func drain() -> Bool {
        while state.withLock({ !$0.pending.isEmpty }) {
            if Interruption.isWanted { return false }
            usleep(2000)
        }
        return true
    }

    /// Leaves with a DISCONNECT. Once.
    package func close() {
        client.stop(waitMax: .seconds(5))
    }

    package var tally: Tally { state.withLock { $0.tally } }

    /// What `receive` threw; nothing is received any more then.
    package var failure: String? { state.withLock { $0.failure } }

    package var unacknowledged: Int { state.withLock { $0.pending.count } }

    /// Hands to the client what waits. On the broker's thread.
    private func pump() {
        while let publication = nextWaiting() {
            switch client.publish(publication) {
            case .queued: break
            // Asked for again, all of it, once we are connected.
            case .notConnected, .full: return
            case .rejected(let reason): finish(publication.token, refusal: reason)
            }
        }
    }

    private func nextWaiting() -> Publication? {
        state.withLock { state in
            while state.isConnected, let token = state.waiting.first {
                state.waiting.removeFirst()
                if let publication = state.pending[token] { return publication }
            }
            state.isPumping = false
            return nil
        }
    }

    private func finish(_ token: UInt64, refusal: String?) {
        let wasPending = state.withLock { state in
            guard state.pending.removeValue(forKey: token) != nil else { return false }
            if let refusal {
                state.tally.refused += 1
                state.tally.refusal = state.tally.refusal ?? refusal
            } else {
                state.tally.delivered += 1
            }
            return true
        }
        if wasPending { permits.signal() }
    }
}

extension ToolSession {
    fileprivate func connected() {
        let lostTotal = state.withLock { state in
            state.isConnected = true
            state.lost = nil
            state.waiting = state.pending.keys.sorted()
            state.isPumping = true
            return state.lostTotal
        }
        if lostTotal > 0 { note("The broker is back.") }
        pump()
    }

    fileprivate func granted(_ filter: String, _ qos: QoS?) {
        state.withLock { state in
            if qos == nil {
                state.refusedFilters.append(filter)
            } else {
                state.ungranted.remove(filter)
            }
        }
    }

    fileprivate func lost(_ reason: String) {
        let wasConnected = state.withLock { state in
            defer { state.isConnected = false }
            state.lost = reason
            state.lostTotal += 1
            state.isPumping = false
            return state.isConnected
        }
        if wasConnected { note("Lost the broker (\(reason)); trying again.") }
    }

    fileprivate func kept(_ batch: [Message]) throws {
        guard !batch.isEmpty, failure == nil else { return }
        do {
            try receive(batch)
        } catch {
            state.withLock { $0.failure = "\(error)" }
        }
    }

    fileprivate func done(_ token: UInt64, refusal: String?) {
        finish(token, refusal: refusal)
    }
}

/// The client keeps its delegate alive; this one does not keep the session, which keeps the client.
private final class Weakly: BrokerDelegate {
    private weak var session: ToolSession?

    init(_ session: ToolSession) {
        self.session = session
    }

    func brokerConnected(_: SessionInfo) { session?.connected() }
    func brokerGranted(filter: String, qos: QoS?) { session?.granted(filter, qos) }
    func brokerLost(_ reason: String, retryIn: Duration) { session?.lost(reason) }
    func keep(_ batch: [Message], isDrained: Bool) throws { try session?.kept(batch) }
    func published(token: UInt64) { session?.done(token, refusal: nil) }
    func publishRefused(token: UInt64, reason: String) { session?.done(token, refusal: reason) }
}
