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

    package init(
        topic: String, payload: [UInt8], qos: QoS = .atLeastOnce, isRetained: Bool = false,
        arrival: Arrival
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.isRetained = isRetained
        self.arrival = arrival
    }
}
