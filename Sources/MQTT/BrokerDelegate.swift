package import Signals

/// What the broker said when it let us in.
package struct SessionInfo: Equatable, Sendable {
    package enum ProtocolVersion: String, Sendable {
        case mqtt5 = "5"
        case mqtt311 = "3.1.1"
    }

    /// The broker knew us and kept our session: what it queued is coming.
    package var isSessionPresent: Bool
    package var version: ProtocolVersion

    package init(isSessionPresent: Bool, version: ProtocolVersion) {
        self.isSessionPresent = isSessionPresent
        self.version = version
    }
}

/// Who takes what the broker sends. Called on the broker thread only, one call at a time; inside
/// each call `BrokerClient.publish` may be used.
package protocol BrokerDelegate: AnyObject {
    /// The broker let us in; every time. Publish the birth and what the outbox holds here.
    func brokerConnected(_ session: SessionInfo)

    /// The broker's answer to one subscription: the effective QoS, or `nil` when it refused.
    func brokerGranted(filter: String, qos: QoS?)

    /// No session any more, or none yet. Publications not yet reported as published are forgotten:
    /// publish them again after the next `brokerConnected`.
    func brokerLost(_ reason: String, retryIn: Duration)

    /// Takes a batch into safe keeping. Its PUBACKs leave only after this returns.
    ///
    /// Comes with an empty batch at least every `tick`, also without a broker, so that silence can
    /// be noticed and a watchdog fed.
    ///
    /// - Parameters:
    ///   - batch: Messages in the order the broker sent them.
    ///   - isDrained: We are connected, and no backlog is waiting as far as can be seen from here.
    /// - Throws: When nothing was kept: nothing is acknowledged, the connection is dropped, and the
    ///   broker sends the batch again.
    func keep(_ batch: [Message], isDrained: Bool) throws

    /// The acknowledgements of everything kept so far have been written to the socket.
    func flushed()

    /// A QoS 1 publication was acknowledged by the broker, or a QoS 0 one was written to the socket.
    func published(token: UInt64)

    /// The broker acknowledged a publication with a refusal (MQTT 5). Again would be refused again.
    func publishRefused(token: UInt64, reason: String)
}

extension BrokerDelegate {
    package func flushed() {}
    package func published(token: UInt64) {}
    package func brokerGranted(filter: String, qos: QoS?) {}

    /// For those who need not tell a refused publication from a delivered one: it is done with.
    package func publishRefused(token: UInt64, reason: String) {
        published(token: token)
    }
}
