package import Signals

/// What we tell the broker: bytes under a topic.
package struct Publication: Sendable {
    package var topic: String
    package var payload: [UInt8]
    package var qos: QoS
    /// The broker keeps it as the topic's last word, for those who subscribe later.
    package var retain: Bool
    /// MQTT 5 only, like the next two; left out towards a 3.1.1 broker.
    package var contentType: String?
    /// After this long in the broker it is worth nothing any more. Rounded up to seconds.
    package var expiry: Duration?
    package var userProperties: [(String, String)]
    /// MQTT 5 only: of an answer, what its request came with.
    package var correlation: [UInt8] = []
    /// Comes back in `published(token:)`; the broker never sees it. 0: not told.
    package var token: UInt64

    package init(
        topic: String, payload: [UInt8], qos: QoS = .atMostOnce, retain: Bool = false,
        contentType: String? = nil, expiry: Duration? = nil,
        userProperties: [(String, String)] = [], token: UInt64 = 0
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.contentType = contentType
        self.expiry = expiry
        self.userProperties = userProperties
        self.token = token
    }
}

/// What the broker says in our name when we vanish without a word.
package struct Will: Sendable {
    package var topic: String
    package var payload: [UInt8]
    package var qos: QoS
    package var retain: Bool
    /// MQTT 5 only.
    package var contentType: String?

    package init(
        topic: String, payload: [UInt8], qos: QoS = .atLeastOnce, retain: Bool = true,
        contentType: String? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.contentType = contentType
    }
}

/// What became of a publication at the moment it was handed over.
package enum PublishOutcome: Equatable, Sendable {
    /// On its way. QoS 1 is done at `published(token:)`, and forgotten at `brokerLost`.
    case queued
    /// There is no session just now; publish again after `brokerConnected`.
    case notConnected
    /// `outgoing_max` are on their way already; it was refused and counted.
    case full
    /// It will never go: a topic with wildcards, a payload beyond MQTT's limit.
    case rejected(String)
}
