import CMosquitto
import Glibc
import Signals

/// One libmosquitto client and one connection, destroyed exactly once.
///
/// Noncopyable, so ownership is visible in the type: whoever holds the handle frees it. Every
/// connection has a handle of its own: what the last one had queued, PUBACKs for things that were
/// never kept among it, is gone with it, and certificates are read again.
///
/// `@unchecked Sendable`: made and connected by one thread, then handed over to another; never used
/// by two at a time.
struct MosquittoHandle: ~Copyable, @unchecked Sendable {
    private let client: OpaquePointer
    let inbox: Inbox
    let version: SessionInfo.ProtocolVersion

    private static let isLibraryReady: Bool = mosquitto_lib_init() == 0

    private init(client: OpaquePointer, inbox: Inbox, version: SessionInfo.ProtocolVersion) {
        self.client = client
        self.inbox = inbox
        self.version = version
    }

    /// A client ready to connect.
    static func made(by plan: ConnectionPlan) throws(MQTTError) -> MosquittoHandle {
        precondition(isLibraryReady, "libmosquitto did not initialise")
        let settings = plan.settings
        let inbox = Inbox(messageBytesMax: settings.messageBytesMax, batchMax: settings.batchMax)
        // Not clean, for the daemon: the broker keeps what it queued for us.
        guard
            let client = mosquitto_new(
                plan.clientID, !plan.isSessionKept, Unmanaged.passUnretained(inbox).toOpaque())
        else {
            throw MQTTError(
                code: Int32(MOSQ_ERR_ERRNO.rawValue), attempting: "make the client \(plan.clientID)"
            )
        }
        let handle = MosquittoHandle(client: client, inbox: inbox, version: plan.version)
        // We turn the loop ourselves: packets, PUBACKs among them, wait for `loop_write`.
        mosquitto_threaded_set(client, true)
        inbox.attach(to: client)
        let protocolVersion = plan.version == .mqtt5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, Int32(protocolVersion))
        mosquitto_int_option(client, MOSQ_OPT_RECEIVE_MAXIMUM, Int32(settings.receiveMaximum))
        mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1)
        if let user = settings.user {
            try MQTTError.check(
                mosquitto_username_pw_set(client, user, try plan.password()),
                attempting: "log in as \(user)")
        }
        if plan.address.isTLS { try handle.setTLS(plan) }
        if let will = plan.will { try handle.set(will) }
        return handle
    }

    deinit {
        mosquitto_destroy(client)
    }

    private borrowing func setTLS(_ plan: ConnectionPlan) throws(MQTTError) {
        try plan.checkFiles()
        let settings = plan.settings
        let systemStore = settings.caFile == nil ? "/etc/ssl/certs" : nil
        try MQTTError.check(
            mosquitto_tls_set(
                client, settings.caFile, systemStore, settings.certificateFile, settings.keyFile,
                // A locked key would make OpenSSL ask for its passphrase at a terminal.
                { _, _, _, _ in 0 }),
            attempting: "set up TLS")
        try MQTTError.check(
            mosquitto_tls_opts_set(client, 1, "tlsv1.2", nil), attempting: "ask for TLS 1.2")
    }

    private borrowing func set(_ will: Will) throws(MQTTError) {
        var properties = PropertyList()
        if version == .mqtt5, let contentType = will.contentType {
            try properties.add(contentType: contentType)
        }
        try MQTTError.check(
            mosquitto_will_set_v5(
                client, will.topic, Int32(will.payload.count), will.payload, will.qos.rawValue,
                will.retain, properties.head),
            attempting: "leave a will under \(will.topic)")
        properties.release()
    }

    /// Resolves the name, connects the socket and queues CONNECT. TLS follows in `read` and `write`.
    ///
    /// Blocks as long as the resolver and the kernel like, minutes with a host that drops packets.
    borrowing func connect(_ plan: ConnectionPlan) throws(MQTTError) {
        var properties = PropertyList()
        if version == .mqtt5 {
            try properties.add(
                seconds: plan.isSessionKept ? plan.settings.sessionExpiry : .zero,
                as: MQTT_PROP_SESSION_EXPIRY_INTERVAL)
            // A packet is held whole before we see it, so its size needs a bound at the broker. Four
            // times, so that what is merely too long still arrives, is refused and counted.
            let packetMax = min(4 * plan.settings.messageBytesMax + 65_536, 268_435_455)
            try properties.add(UInt32(packetMax), as: MQTT_PROP_MAXIMUM_PACKET_SIZE)
        }
        let code = mosquitto_connect_bind_v5(
            client, plan.address.host, Int32(plan.address.port),
            Int32(plan.settings.keepalive.seconds), nil, properties.head)
        do {
            try MQTTError.check(code, attempting: "connect to \(plan.address)")
        } catch {
            // The first half of the TLS handshake runs in here too.
            let details = [error.detail] + inbox.complaints
            throw MQTTError(
                code: error.code, attempt: error.attempt, detail: details.joined(separator: "; "))
        }
    }

    /// `-1` once the connection is gone.
    var socket: Int32 { mosquitto_socket(client) }

    var wantsWrite: Bool { mosquitto_want_write(client) }

    /// Reads one packet; at most one more for each QoS 1 publication on its way.
    ///
    /// Returns whether there was anything to read.
    borrowing func read() throws(MQTTError) -> Bool {
        let before = inbox.arrivals
        errno = 0
        let code = mosquitto_loop_read(client, 1)
        let isEmpty = errno == EAGAIN && inbox.arrivals == before
        try MQTTError.check(code, attempting: "read from the broker")
        return !isEmpty
    }

    /// Writes what is queued, as far as the socket takes it.
    borrowing func write() throws(MQTTError) {
        inbox.isWriting = true
        defer { inbox.isWriting = false }
        try MQTTError.check(mosquitto_loop_write(client, 1), attempting: "write to the broker")
    }

    /// Queues a PINGREQ when it is time, and notices a broker that answers none.
    borrowing func keepAlive() throws(MQTTError) {
        try MQTTError.check(mosquitto_loop_misc(client), attempting: "keep the connection alive")
    }

    /// Queues a SUBSCRIBE and returns its packet number.
    borrowing func subscribe(to topicFilter: String, qos: QoS) throws(MQTTError) -> Int32 {
        var packet: Int32 = 0
        let code = mosquitto_subscribe(client, &packet, topicFilter, qos.rawValue)
        try MQTTError.check(code, attempting: "subscribe to \(topicFilter)")
        return packet
    }

    borrowing func unsubscribe(from topicFilter: String) throws(MQTTError) -> Int32 {
        var packet: Int32 = 0
        let code = mosquitto_unsubscribe(client, &packet, topicFilter)
        try MQTTError.check(code, attempting: "unsubscribe from \(topicFilter)")
        return packet
    }

    /// Queues a publication and returns its packet number.
    borrowing func publish(_ publication: Publication) throws(MQTTError) -> Int32 {
        var packet: Int32 = 0
        let properties =
            version == .mqtt5 ? try PropertyList(of: publication) : PropertyList()
        let code = mosquitto_publish_v5(
            client, &packet, publication.topic, Int32(clamping: publication.payload.count),
            publication.payload, publication.qos.rawValue, publication.retain, properties.head)
        try MQTTError.check(code, attempting: "publish to \(publication.topic)")
        return packet
    }

    /// Queues DISCONNECT. Nothing may be unkept: the flush that follows releases every PUBACK.
    borrowing func disconnect() throws(MQTTError) {
        try MQTTError.check(mosquitto_disconnect(client), attempting: "disconnect")
    }

    /// The log callback costs two formatted lines per message, and is wanted for connecting only.
    borrowing func stopListeningToComplaints() {
        mosquitto_log_callback_set(client, nil)
        inbox.complaints = []
    }

    /// `code` of a CONNACK in words.
    borrowing func words(forConnectAnswer code: Int32) -> String {
        String(
            cString: version == .mqtt5
                ? mosquitto_reason_string(code) : mosquitto_connack_string(code))
    }

    static func words(forReason code: Int32) -> String {
        String(cString: mosquitto_reason_string(code))
    }
}
