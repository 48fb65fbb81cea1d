import Foundation
import Glibc
package import Logging
package import Signals
import Synchronization

/// Moves bytes to and from one broker, on a thread of its own; knows no payloads.
///
/// In: messages of the subscribed topics, handed to the delegate in batches. Out: publications.
/// Promised: a QoS 1 message is acknowledged only after the delegate has kept it, and a broker that
/// is away is tried again for ever. Left alone: what the bytes mean, and the outbox.
///
/// `@unchecked Sendable`: the loop is touched by the broker thread only, which `publish` checks and
/// the others reach through the mailbox.
package final class BrokerClient: @unchecked Sendable {
    private enum Life { case fresh, running, stopping }

    private let loop: BrokerLoop
    private let mailbox = Mailbox()
    private let life = Mutex(Life.fresh)
    private let ended = DispatchSemaphore(value: 0)
    /// The `pthread_t` of the broker thread; 0 before it runs.
    private let brokerThread = Atomic<UInt>(0)

    /// Touches neither network nor files; those begin with `start`.
    ///
    /// - Parameters:
    ///   - settings: Without `problems()`.
    ///   - clientID: The same at every start, or the broker keeps another session for each.
    ///   - isSessionKept: Whether the broker keeps a session, and queues for it, while we are away, as
    ///     `settings.sessionExpiry` says. Tools that come and go leave none behind.
    ///   - will: Said by the broker when we vanish.
    ///   - subscriptions: Topic filters.
    ///   - formerSubscriptions: Filters of an earlier run; those not among `subscriptions` are
    ///     unsubscribed, as the broker's session still holds them.
    ///   - tick: `keep` is called at least this often.
    ///   - arrival: Both clocks, read once per batch.
    ///   - jitterSeed: For the pauses before connecting again; different on each gateway.
    ///   - logger: Told of connections, never of messages or passwords.
    ///   - delegate: Kept alive, and called on the broker thread only.
    package init(
        settings: BrokerSettings, clientID: String, isSessionKept: Bool = true, will: Will? = nil,
        subscriptions: [String], formerSubscriptions: [String] = [],
        tick: Duration = .milliseconds(50), arrival: @escaping @Sendable () -> Arrival,
        jitterSeed: UInt64, logger: Logger, delegate: any BrokerDelegate
    ) {
        loop = BrokerLoop(
            settings: settings, clientID: clientID, isSessionKept: isSessionKept, will: will,
            subscriptions: subscriptions, formerSubscriptions: formerSubscriptions, tick: tick,
            arrivalClock: arrival, jitterSeed: jitterSeed, logger: logger, mailbox: mailbox,
            delegate: delegate)
    }

    /// Starts the thread. Whether the broker is there shows at the delegate, not here.
    package func start() {
        let isFirst = life.withLock { life in
            defer { if life == .fresh { life = .running } }
            return life == .fresh
        }
        precondition(isFirst, "a broker client starts once")
        let thread = Thread { [self] in
            brokerThread.store(UInt(pthread_self()), ordering: .relaxed)
            loop.run()
            ended.signal()
        }
        thread.name = "mqtt"
        // Detection's numerics run on this thread, on stacks of their own depth.
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Publishes; from within the delegate's calls and `perform` only.
    package func publish(_ publication: Publication) -> PublishOutcome {
        precondition(
            isOnBrokerThread, "publish belongs to the broker thread; use perform")
        return loop.publish(publication)
    }

    /// Runs `body` on the broker thread, between two batches, in the order given.
    package func perform(_ body: @escaping @Sendable () -> Void) {
        mailbox.post(body)
    }

    /// Keeps what is read, publishes the farewell, disconnects and joins the thread.
    ///
    /// Returns whether the thread ended within `waitMax`; a delegate stuck in `keep` does not let it.
    @discardableResult
    package func stop(farewell: [Publication] = [], waitMax: Duration = .seconds(10)) -> Bool {
        precondition(!isOnBrokerThread, "the broker thread cannot wait for itself")
        let wasRunning = life.withLock { life in
            defer { life = .stopping }
            return life == .running
        }
        guard wasRunning else { return true }
        perform { [self] in loop.farewell = farewell }
        return ended.wait(timeout: .now() + waitMax.seconds) == .success
    }

    private var isOnBrokerThread: Bool {
        brokerThread.load(ordering: .relaxed) == UInt(pthread_self())
    }
}
