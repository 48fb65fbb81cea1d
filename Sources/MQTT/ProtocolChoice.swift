/// Which version of MQTT to speak: 5 where the broker can, else 3.1.1 until the next start.
///
/// ```
/// MQTT 5 --let in------------------------------> MQTT 5 for good
/// MQTT 5 --refused as unsupported--------------> 3.1.1
/// MQTT 5 --twice no intelligible answer--------> 3.1.1 on trial --failed--> MQTT 5
///                                                              --let in--> 3.1.1
/// ```
/// Old brokers just hang up on a CONNECT they do not understand; so does one that is shutting down.
/// Hence twice, and never again once 5 has worked.
struct ProtocolChoice: Sendable {
    private(set) var version: SessionInfo.ProtocolVersion = .mqtt5
    private var isSettled = false
    private var unanswered = 0

    mutating func letIn() {
        isSettled = true
    }

    /// The broker said that it does not speak our version.
    mutating func refusedVersion() {
        guard version == .mqtt5 else { return }
        version = .mqtt311
        isSettled = true
    }

    /// After our CONNECT the connection ended, or what came was no CONNACK of our version.
    mutating func gotNoAnswer() {
        guard !isSettled else { return }
        unanswered += 1
        if version == .mqtt311 {
            version = .mqtt5
            unanswered = 0
        } else if unanswered == 2 {
            version = .mqtt311
        }
    }
}
