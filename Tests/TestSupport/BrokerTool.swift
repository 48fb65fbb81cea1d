import Foundation
package import Logging
package import MQTT
package import Signals

/// The broker as a test uses it: `publish` blocks while too much is on its way, `finish` until all
/// of it has arrived.
///
/// A QoS 1 publication survives a lost connection: it is published again after the next connect, and
/// the broker may see it twice.
///
/// `@unchecked Sendable`: everything that changes is guarded by `condition`.
package final class BrokerTool: BrokerDelegate, @unchecked Sendable {
    /// Publications on their way at most.
    private static let unfinishedMax = 1000

    private let condition = NSCondition()
    private let onBatch: @Sendable ([Message]) throws -> Void
    private let filterCount: Int
    private let unfinishedMax: Int
    private var isConnected = false
    private var answeredFilters = 0
    private var refusedFilters: [String] = []
    private var refusals: [String] = []
    private var lastReason = "nothing was tried yet"
    private var lastToken: UInt64 = 0
    private var unfinished: [UInt64: Publication] = [:]
    private var sent: Set<UInt64> = []
    private var client: BrokerClient?

    /// Begins connecting; `waitUntilReady` tells how that went.
    ///
    /// - Parameters:
    ///   - settings: Their session expiry gives way to none: a tool leaves nothing at the broker.
    ///   - clientID: Not one that somebody else uses.
    ///   - subscriptions: Topic filters, for those who record.
    ///   - arrival: Both clocks, read once per batch.
    ///   - jitterSeed: For the pauses before connecting again.
    ///   - logger: Told of connections.
    ///   - onBatch: Gets what arrives, in order, on the broker thread.
    package init(
        settings: BrokerSettings, clientID: String, subscriptions: [String] = [],
        arrival: @escaping @Sendable () -> Arrival, jitterSeed: UInt64, logger: Logger,
        onBatch: @escaping @Sendable ([Message]) throws -> Void = { _ in }
    ) {
        var settings = settings
        settings.sessionExpiry = .zero
        self.onBatch = onBatch
        self.filterCount = Set(subscriptions).count
        self.unfinishedMax = min(Self.unfinishedMax, settings.outgoingMax)
        let client = BrokerClient(
            settings: settings, clientID: clientID, subscriptions: subscriptions,
            arrival: arrival, jitterSeed: jitterSeed, logger: logger, delegate: self)
        self.client = client
        client.start()
    }

    /// Returns once connected and subscribed; throws why not.
    package func waitUntilReady(waitMax: Duration) throws(MQTTError) {
        condition.lock()
        defer { condition.unlock() }
        let isReady = wait(for: waitMax) { isConnected && answeredFilters == filterCount }
        if !isReady { throw Self.failure("reach the broker", lastReason) }
        if !refusedFilters.isEmpty {
            throw Self.failure(
                "subscribe to \(refusedFilters.sorted().joined(separator: ", "))",
                "the broker refused; check its access list")
        }
    }

    /// Hands one publication over; waits while too many are on their way. The token is ours to give.
    package func publish(_ publication: Publication) {
        condition.lock()
        while unfinished.count >= unfinishedMax { condition.wait() }
        lastToken += 1
        let token = lastToken
        var publication = publication
        publication.token = token
        unfinished[token] = publication
        let client = client
        condition.unlock()
        client?.perform { [self] in send(token) }
    }

    /// Waits until all publications have arrived; throws how many have not, or were refused.
    package func finish(waitMax: Duration) throws(MQTTError) {
        condition.lock()
        defer { condition.unlock() }
        if !wait(for: waitMax, until: { unfinished.isEmpty }) {
            throw Self.failure("publish \(unfinished.count) messages", lastReason)
        }
        if let refusal = refusals.first {
            throw Self.failure(
                "publish \(refusals.count) messages", "the broker refused: \(refusal)")
        }
    }

    package func close() {
        condition.lock()
        let client = client
        self.client = nil
        condition.unlock()
        client?.stop()
    }

    private static func failure(_ attempt: String, _ detail: String) -> MQTTError {
        MQTTError(code: -1, attempt: attempt, detail: detail)
    }

    /// With the lock held.
    private func wait(for waitMax: Duration, until isTrue: () -> Bool) -> Bool {
        let deadline = Date(timeIntervalSinceNow: waitMax.seconds)
        while !isTrue() {
            if !condition.wait(until: deadline) { return isTrue() }
        }
        return true
    }

    // MARK: On the broker thread

    private func send(_ token: UInt64) {
        condition.lock()
        let publication = sent.contains(token) ? nil : unfinished[token]
        let client = client
        condition.unlock()
        guard let publication, let client else { return }
        switch client.publish(publication) {
        case .queued:
            condition.lock()
            sent.insert(token)
            condition.unlock()
        case .notConnected, .full: break  // Sent after the next connect.
        case .rejected(let reason): publishRefused(token: token, reason: reason)
        }
    }

    package func brokerConnected(_ session: SessionInfo) {
        condition.lock()
        isConnected = true
        let tokens = unfinished.keys.sorted()
        condition.broadcast()
        condition.unlock()
        for token in tokens { send(token) }
    }

    package func brokerGranted(filter: String, qos: QoS?) {
        condition.lock()
        answeredFilters += 1
        if qos == nil { refusedFilters.append(filter) }
        condition.broadcast()
        condition.unlock()
    }

    package func brokerLost(_ reason: String, retryIn: Duration) {
        condition.lock()
        isConnected = false
        answeredFilters = 0
        refusedFilters = []
        sent = []
        lastReason = reason
        condition.broadcast()
        condition.unlock()
    }

    package func keep(_ batch: [Message], isDrained: Bool) throws {
        if !batch.isEmpty { try onBatch(batch) }
    }

    package func published(token: UInt64) {
        condition.lock()
        unfinished[token] = nil
        sent.remove(token)
        condition.broadcast()
        condition.unlock()
    }

    package func publishRefused(token: UInt64, reason: String) {
        condition.lock()
        refusals.append(reason)
        condition.unlock()
        published(token: token)
    }
}
