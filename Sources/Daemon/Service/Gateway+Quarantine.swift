import Logging
import Signals
import Store

/// A message that the process died of, as the command line shows it.
package struct QuarantineEntry: Codable, Equatable, Sendable {
    /// Sixteen hex digits of its fingerprint.
    package var id: String
    package var topic: String
    /// Deaths of the process with this message in flight.
    package var attempts: Int
    package var firstMs: Int64
    package var lastMs: Int64
    package var payloadBytes: Int
    package var reason: String
    /// The whole payload is kept, so that it can be processed again.
    package var isWhole: Bool

    init(_ message: QuarantinedMessage) {
        id = message.fingerprint.description
        topic = message.topic
        attempts = message.attempts
        firstMs = message.firstMs
        lastMs = message.lastMs
        payloadBytes = message.payloadBytes
        reason = message.reason
        isWhole = message.payload.count == message.payloadBytes
    }
}

// What operators do about messages that were held back. On the broker thread.
extension Gateway {
    /// Longest there first.
    func quarantine() throws -> [QuarantinedMessage] {
        try store.quarantined().filter(\.isHeld)
    }

    /// Lets messages through again and processes those at once that are kept whole, as if they came
    /// now with the time they had then.
    ///
    /// One of which the process dies once more is back in quarantine at the next start.
    func release(_ messages: [QuarantinedMessage]) throws {
        guard !messages.isEmpty else { return }
        // What was refused so far must not be processed in its old place after a crash.
        try commit(isFinal: false)
        let now = clocks.now
        for message in messages {
            try guardian.release(message.fingerprint, at: now)
            let isWhole = message.payload.count == message.payloadBytes
            logger.notice(
                "A message was released from quarantine.",
                metadata: [
                    "topic": "\(message.topic)", "id": "\(message.fingerprint)",
                    "processed_again": "\(isWhole)",
                ])
            guard isWhole else { continue }
            // QoS 0: the broker does not know this one and never sends it a second time.
            let again = Message(
                topic: message.topic, payload: message.payload, qos: .atMostOnce,
                arrival: Arrival(wall: message.firstMs * 1_000_000, elapsed: now.elapsed))
            try take([again], now)
        }
    }
}
