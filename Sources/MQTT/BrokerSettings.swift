package import Signals

/// How the broker is reached and used. The `[broker]` section of the settings file.
package struct BrokerSettings: Equatable, Sendable {
    /// `mqtt://` or `mqtts://`, a host and an optional port (1883, 8883).
    package var url = "mqtt://127.0.0.1:1883"

    package var user: String?

    /// Read at each connect, so that a changed password needs no restart. `nil`: the systemd
    /// credential `mqtt-password`, where there is one.
    package var passwordFile: String?

    /// Who vouches for an `mqtts` broker; `nil`: the system's store. Like the two below read again
    /// at each connect.
    package var caFile: String?

    /// What we show a broker that asks for a client certificate, and its key; both or none.
    package var certificateFile: String?
    package var keyFile: String?

    /// Asked of the broker for inputs. `exactlyOnce` is refused: its hand-shake acknowledges before
    /// we have kept anything, and a crash would lose the message.
    package var inputQoS: QoS = .atLeastOnce

    /// How long the broker keeps messages for us while we are away (MQTT 5; with 3.1.1 the broker's
    /// own setting holds). Two weeks: a plant's holidays.
    package var sessionExpiry: Duration = .seconds(14 * 86_400)

    /// `nil`: `anchord-<gateway>`. Two clients of one id throw each other out for ever.
    package var clientID: String?

    package var keepalive: Duration = .seconds(30)

    /// Messages the broker may send ahead of our acknowledgements (MQTT 5).
    package var receiveMaximum = 200

    /// The pause before connecting again: from the first, doubled up to the second, with jitter.
    package var reconnectMin: Duration = .seconds(1)
    package var reconnectMax: Duration = .seconds(60)

    /// One batch ends at this many messages or bytes; the rest waits at the broker.
    package var batchMax = 256
    package var batchBytesMax = 4 << 20

    /// Publications on their way at most; a further one is refused and counted.
    package var outgoingMax = 10_000

    /// Of a longer payload only this many bytes and one are copied: enough to see it is too long.
    package var messageBytesMax = 16 << 20

    package init() {}

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        var isTLS = false
        do {
            isTLS = try BrokerAddress(url).isTLS
            let files = [
                ("ca_file", caFile), ("certificate_file", certificateFile), ("key_file", keyFile),
            ]
            for (name, file) in files where file != nil && !isTLS {
                problems.append("broker.\(name) is set, but broker.url is not mqtts://.")
            }
        } catch {
            problems.append(error.description)
        }
        if (certificateFile == nil) != (keyFile == nil) {
            problems.append(
                "broker.certificate_file and broker.key_file belong together, but only one is set.")
        }
        if passwordFile != nil, user == nil {
            problems.append("broker.password_file is set, but broker.user is not; set both.")
        }
        if let clientID, clientID.isEmpty || clientID.utf8.count > 65_535 {
            problems.append("broker.client_id must have 1 to 65535 bytes; leave it out for ours.")
        }
        if inputQoS == .exactlyOnce {
            problems.append(
                "broker.input_qos is 2, but exactly once cannot survive a crash here; use 1.")
        }
        return problems + spanProblems() + countProblems()
    }

    private func spanProblems() -> [String] {
        var problems: [String] = []
        if sessionExpiry < .zero {
            problems.append("broker.session_expiry is \(sessionExpiry), but cannot be negative.")
        }
        if keepalive < .seconds(5) || keepalive > .seconds(65_535) {
            problems.append("broker.keepalive is \(keepalive), but must be 5 s to 65535 s.")
        }
        if reconnectMin <= .zero {
            problems.append("broker.reconnect_min is \(reconnectMin), but must be positive.")
        }
        if reconnectMax < reconnectMin {
            problems.append(
                "broker.reconnect_max is \(reconnectMax), but must be at least broker.reconnect_min"
                    + " (\(reconnectMin)).")
        }
        return problems
    }

    private func countProblems() -> [String] {
        let bounds = [
            ("receive_maximum", receiveMaximum, 1...65_535),
            ("batch_max", batchMax, 1...1_000_000),
            ("batch_bytes_max", batchBytesMax, 1...(1 << 30)),
            ("outgoing_max", outgoingMax, 1...1_000_000),
            ("message_bytes_max", messageBytesMax, 1...268_435_455),
        ]
        return bounds.compactMap { name, value, allowed in
            allowed.contains(value)
                ? nil
                : "broker.\(name) is \(value), but must be \(allowed.lowerBound) to"
                    + " \(allowed.upperBound)."
        }
    }
}
