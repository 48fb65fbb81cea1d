/// MQTT's promise of delivery.
package enum QoS: Int32, Comparable, Sendable, Codable {
    case atMostOnce = 0
    case atLeastOnce = 1
    case exactlyOnce = 2

    package static func < (a: QoS, b: QoS) -> Bool { a.rawValue < b.rawValue }
}

/// What came from the broker, or from a recording of one: bytes under a topic.
package struct Message: Equatable, Sendable {
    package var topic: String
    package var payload: [UInt8]
    package var qos: QoS
    /// Sent by the broker from its memory when we subscribed, not live.
    package var isRetained: Bool
    package var arrival: Arrival
    /// Where its sender waits for an answer; MQTT 5 only. Neither journal nor recording keeps it.
    package var responseTo: ResponseAddress?

    package init(
        topic: String, payload: [UInt8], qos: QoS = .atLeastOnce, isRetained: Bool = false,
        arrival: Arrival, responseTo: ResponseAddress? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.isRetained = isRetained
        self.arrival = arrival
        self.responseTo = responseTo
    }
}

/// The response topic and the correlation data of a request, by which its sender knows the answer.
package struct ResponseAddress: Equatable, Sendable {
    package var topic: String
    package var correlation: [UInt8]

    package init(topic: String, correlation: [UInt8] = []) {
        self.topic = topic
        self.correlation = correlation
    }
}
