import CMosquitto
import Signals

/// What libmosquitto's callbacks leave for the loop. They copy, leave it here and return.
///
/// Touched by the thread that turns the loop only, as the callbacks run inside its calls.
final class Inbox {
    /// The broker's answer to CONNECT.
    struct ConnectAnswer {
        let code: Int32
        let isSessionPresent: Bool
    }

    struct SubscribeAnswer {
        let packet: Int32
        /// `nil`: refused.
        let qos: QoS?
    }

    struct Acknowledgement {
        let packet: Int32
        let reason: Int32
    }

    private(set) var messages: [Message] = []
    private(set) var bytes = 0
    /// Grows with everything that arrives: a read that leaves it alone found nothing.
    private(set) var arrivals = 0
    var arrival = Arrival(wall: 0, elapsed: 0)
    var connectAnswer: ConnectAnswer?
    var subscribeAnswers: [SubscribeAnswer] = []
    var unsubscribeAnswers: [Int32] = []
    var acknowledged: [Acknowledgement] = []
    /// QoS 0 publications written to the socket since it was last looked at.
    var written = 0
    /// The loop is inside `loop_write`: a publication done now is a QoS 0 one.
    var isWriting = false
    var disconnectReason: Int32?
    /// libmosquitto's complaints while connecting: its error codes leave out what OpenSSL found.
    var complaints: [String] = []

    private let messageBytesMax: Int

    init(messageBytesMax: Int, batchMax: Int) {
        self.messageBytesMax = messageBytesMax
        messages.reserveCapacity(min(batchMax, 4096))
    }

    func deliver(_ message: mosquitto_message, responseTo: ResponseAddress?) {
        let length = min(Int(message.payloadlen), messageBytesMax + 1)
        let payload = UnsafeRawBufferPointer(start: message.payload, count: length)
        messages.append(
            Message(
                topic: String(cString: message.topic), payload: [UInt8](payload),
                qos: QoS(rawValue: message.qos) ?? .atMostOnce, isRetained: message.retain,
                arrival: arrival, responseTo: responseTo))
        bytes += length
        arrivals += 1
    }

    func finishPublishing(packet: Int32, reason: Int32) {
        arrivals += 1
        if isWriting {
            written += 1
        } else {
            acknowledged.append(Acknowledgement(packet: packet, reason: reason))
        }
    }

    func noteAnswer() {
        arrivals += 1
    }

    func discardBatch() {
        messages.removeAll(keepingCapacity: true)
        bytes = 0
    }
}

extension Inbox {
    /// Points the client's callbacks at this inbox, which must live as long as the client.
    func attach(to client: OpaquePointer) {
        mosquitto_connect_v5_callback_set(client) { _, context, code, flags, _ in
            let inbox = Inbox.from(context)
            inbox.connectAnswer = ConnectAnswer(code: code, isSessionPresent: flags & 1 == 1)
            inbox.noteAnswer()
        }
        mosquitto_disconnect_v5_callback_set(client) { _, context, reason, _ in
            Inbox.from(context).disconnectReason = reason
        }
        mosquitto_message_v5_callback_set(client) { _, context, message, properties in
            guard let message else { return }
            Inbox.from(context).deliver(
                message.pointee, responseTo: ResponseAddress(properties))
        }
        mosquitto_subscribe_callback_set(client) { _, context, packet, count, granted in
            let inbox = Inbox.from(context)
            let qos = count > 0 ? granted.flatMap { QoS(rawValue: $0[0]) } : nil
            inbox.subscribeAnswers.append(SubscribeAnswer(packet: packet, qos: qos))
            inbox.noteAnswer()
        }
        mosquitto_unsubscribe_callback_set(client) { _, context, packet in
            let inbox = Inbox.from(context)
            inbox.unsubscribeAnswers.append(packet)
            inbox.noteAnswer()
        }
        mosquitto_publish_v5_callback_set(client) { _, context, packet, reason, _ in
            Inbox.from(context).finishPublishing(packet: packet, reason: reason)
        }
        mosquitto_log_callback_set(client) { _, context, level, text in
            guard level == MOSQ_LOG_ERR || level == MOSQ_LOG_WARNING, let text else { return }
            let inbox = Inbox.from(context)
            if inbox.complaints.count < 8 { inbox.complaints.append(String(cString: text)) }
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Inbox {
        guard let context else { preconditionFailure("libmosquitto lost our context") }
        return Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
    }
}
