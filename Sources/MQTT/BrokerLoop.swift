import CMosquitto
import Glibc
import Logging
import Signals

/// The loop's hold on a handle: a class cannot lend out a noncopyable that may be absent.
final class Connection {
    let handle: MosquittoHandle

    init(_ handle: consuming MosquittoHandle) {
        self.handle = handle
    }
}

/// The broker thread: connects, serves the connection until it is lost, waits, and connects again.
///
/// Confined to that thread from `run` on. What a connection does is in `BrokerLoop+Session.swift`.
final class BrokerLoop {
    /// A broker that takes the connection but does not answer CONNECT is given up after this.
    static let answerMax: Duration = .seconds(20)
    /// A session that held this long ends the doubling of pauses.
    static let heldMin: Duration = .seconds(10)

    let settings: BrokerSettings
    let clientID: String
    let arrivalClock: @Sendable () -> Arrival
    let logger: Logger
    let delegate: any BrokerDelegate
    let mailbox: Mailbox
    let tick: Duration
    private let will: Will?
    private let isSessionKept: Bool

    var filters: [String]
    /// Subscribed in an earlier run; let go of until the broker has confirmed it.
    var former: [String]
    var connection: Connection?
    /// The broker has let us in: publishing makes sense.
    var isInSession = false
    var outgoing: Outgoing
    var subscribing: [Int32: String] = [:]
    var unsubscribing: [Int32: String] = [:]
    var backlog = BacklogWatch(now: .zero)
    /// The last batch ended at its limit: there may be more that `poll` cannot see, inside OpenSSL.
    var mayHoldMore = false
    var isUnflushed = false
    var nextTick: Duration = .zero
    /// The mailbox's bell rang; looking inside costs a system call.
    private var hasMail = false
    /// The farewell, once we are to stop.
    var farewell: [Publication]?
    private var delay: ReconnectDelay
    private var choice = ProtocolChoice()

    init(
        settings: BrokerSettings, clientID: String, isSessionKept: Bool, will: Will?,
        subscriptions: [String], formerSubscriptions: [String], tick: Duration,
        arrivalClock: @escaping @Sendable () -> Arrival, jitterSeed: UInt64, logger: Logger,
        mailbox: Mailbox, delegate: any BrokerDelegate
    ) {
        self.settings = settings
        self.clientID = clientID
        self.will = will
        self.isSessionKept = isSessionKept
        self.filters = subscriptions
        self.former = formerSubscriptions.filter { !subscriptions.contains($0) }
        self.tick = tick
        self.arrivalClock = arrivalClock
        self.logger = logger
        self.mailbox = mailbox
        self.delegate = delegate
        self.outgoing = Outgoing(countMax: settings.outgoingMax)
        self.delay = ReconnectDelay(
            shortest: settings.reconnectMin, longest: settings.reconnectMax, seed: jitterSeed)
    }

    /// Returns after `farewell` was set, and only then.
    func run() {
        while farewell == nil {
            let start = now
            let reason = serveOneConnection()
            let held = isInSession ? now - start : .zero
            letGo()
            guard let reason, farewell == nil else { break }
            if held >= Self.heldMin { delay.reset() }
            let pause = delay.next()
            logger.warning(
                "Lost the broker; retrying.",
                metadata: ["error": "\(reason)", "retry_in": "\(pause)"])
            delegate.brokerLost(reason, retryIn: pause)
            idle(until: now + pause)
        }
        letGo()
    }

    /// Why the connection ended or never began; `nil` when we were told to stop.
    private func serveOneConnection() -> String? {
        do {
            guard try connect(), try handshake() else { return nil }
            choice.letIn()
            try beginSession()
            while farewell == nil { try turn() }
            try endSession()
            return nil
        } catch {
            return words(for: error)
        }
    }

    /// Drops the connection as it stands, without another word on the wire.
    private func letGo() {
        connection = nil
        isInSession = false
        isUnflushed = false
        mayHoldMore = false
        outgoing.forget()
        subscribing = [:]
        unsubscribing = [:]
    }

    // MARK: Getting in

    /// Returns `false` when told to stop meanwhile.
    private func connect() throws -> Bool {
        let plan = ConnectionPlan(
            settings: settings, address: try BrokerAddress(settings.url), clientID: clientID,
            will: will, version: choice.version, isSessionKept: isSessionKept)
        let attempt = ConnectionAttempt(plan: plan, bell: mailbox)
        while true {
            if farewell != nil { return false }
            if let handle = try attempt.take() {
                connection = Connection(handle)
                return true
            }
            // A finished attempt rings the bell.
            idleOnce(until: now + tick)
        }
    }

    /// Waits for the broker's answer to CONNECT, turning the TLS handshake meanwhile.
    private func handshake() throws -> Bool {
        let deadline = now + Self.answerMax
        while true {
            if farewell != nil { return false }
            do {
                if connection!.handle.wantsWrite { try connection!.handle.write() }
                // While OpenSSL waits for the broker, what we want to write waits with it.
                let patience: Duration = connection!.handle.wantsWrite ? .milliseconds(10) : tick
                if wait(atMost: min(patience, max(.zero, nextTick - now))) {
                    _ = try connection!.handle.read()
                }
            } catch {
                if let answer = connection!.handle.inbox.connectAnswer, answer.code != 0 {
                    throw refusal(answer.code)
                }
                // To libmosquitto a CONNACK in the form of 3.1.1 is a broken one of MQTT 5.
                if [MOSQ_ERR_CONN_LOST, MOSQ_ERR_PROTOCOL, MOSQ_ERR_MALFORMED_PACKET]
                    .contains(where: { $0.rawValue == error.code })
                {
                    choice.gotNoAnswer()
                }
                throw error
            }
            if let answer = connection!.handle.inbox.connectAnswer {
                guard answer.code == 0 else { throw refusal(answer.code) }
                return true
            }
            if connection!.handle.socket < 0 {
                throw MQTTError.ours("connect", "the broker hung up")
            }
            if now > deadline {
                throw MQTTError.ours("connect", "the broker did not answer in \(Self.answerMax)")
            }
            runMail()
            tickIfDue()
        }
    }

    private func refusal(_ code: Int32) -> MQTTError {
        let isVersionRefused = code == (connection!.handle.version == .mqtt5 ? 132 : 1)
        if isVersionRefused { choice.refusedVersion() }
        // 134 and 135, or 4 and 5 before MQTT 5: user name or password, or not allowed.
        let isLogin = [134, 135, 4, 5].contains(code)
        return MQTTError(
            code: Int32(MOSQ_ERR_CONN_REFUSED.rawValue), attempt: "connect to \(settings.url)",
            detail: "the broker refused: \(connection!.handle.words(forConnectAnswer: code))"
                + (isLogin ? " Check broker.user and broker.password_file." : ""))
    }

    /// The error, with what the broker and OpenSSL said of it.
    private func words(for error: any Error) -> String {
        guard let inbox = connection?.handle.inbox else { return "\(error)" }
        var words = "\(error)"
        if let reason = inbox.disconnectReason, reason >= 128 {
            words += "; the broker said: \(MosquittoHandle.words(forReason: reason))"
            if reason == 142 { words += "; another client uses the client id \(clientID)" }
        }
        if !inbox.complaints.isEmpty {
            words += "; " + inbox.complaints.joined(separator: "; ")
        }
        return words
    }

    // MARK: Time and waiting

    /// A clock that never steps, for pauses and ticks only.
    var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// Ticks and runs mail until then, or until told to stop.
    private func idle(until end: Duration) {
        while now < end, farewell == nil { idleOnce(until: end) }
    }

    /// One wait, ended by the time, the next tick or the mailbox's bell.
    private func idleOnce(until end: Duration) {
        _ = wait(atMost: max(.zero, min(end, nextTick) - now), isSocketWanted: false)
        runMail()
        tickIfDue()
    }

    /// Waits for the socket or for mail. Returns whether the socket has something for us.
    func wait(atMost span: Duration, isSocketWanted: Bool = true) -> Bool {
        var waited = [
            pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: isSocketWanted ? connection!.handle.socket : -1, events: Int16(POLLIN),
                revents: 0),
        ]
        // Rounded up, or the last millisecond before a tick is spent spinning.
        let milliseconds = (span.nanoseconds + 999_999) / 1_000_000
        guard poll(&waited, 2, Int32(clamping: milliseconds)) > 0 else { return false }
        hasMail = hasMail || waited[0].revents != 0
        return waited[1].revents != 0
    }

    func runMail() {
        guard hasMail else { return }
        hasMail = false
        for body in mailbox.takeAll() { body() }
    }

    /// Keeps the delegate's heart beating while there is no session.
    private func tickIfDue() {
        guard now >= nextTick else { return }
        nextTick = now + tick
        do {
            try delegate.keep([], isDrained: false)
        } catch {
            logger.error("Could not note the passing of time.", metadata: ["error": "\(error)"])
        }
    }
}
