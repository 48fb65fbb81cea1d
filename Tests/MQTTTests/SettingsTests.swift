import MQTT
import Signals
import Testing

struct SettingsTests {
    @Test("The defaults are good")
    func defaults() {
        #expect(BrokerSettings().problems() == [])
    }

    @Test(
        "A URL gives host, port and TLS",
        arguments: [
            ("mqtt://127.0.0.1", "127.0.0.1", 1883, false),
            ("mqtts://broker.plant", "broker.plant", 8883, true),
            ("mqtt://[::1]:1884/", "::1", 1884, false),
        ] as [(String, String, UInt16, Bool)])
    func url(text: String, host: String, port: UInt16, isTLS: Bool) throws {
        let address = try BrokerAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isTLS == isTLS)
    }

    @Test(
        "A URL that would be misread is refused",
        arguments: [
            ("http://a", "must start with mqtt://"), ("mqtt://", "names no host"),
            ("mqtt://a:0", "no port"), ("mqtt://a:70000", "no port"), ("mqtt://a/b", "no path"),
            ("mqtt://::1", "names no host"), ("mqtt://me:secret@a", "broker.password_file"),
        ])
    func badURL(text: String, sentence: String) {
        var settings = BrokerSettings()
        settings.url = text
        let problems = settings.problems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains(sentence) == true)
        #expect(!problems.joined().contains("secret"))
    }

    @Test("Every fault is said at once")
    func allFaults() {
        var settings = BrokerSettings()
        settings.caFile = "/ca"
        settings.keyFile = "/key"
        settings.passwordFile = "/password"
        settings.clientID = ""
        settings.inputQoS = .exactlyOnce
        settings.sessionExpiry = .seconds(-1)
        settings.keepalive = .seconds(1)
        settings.reconnectMin = .zero
        settings.reconnectMax = .seconds(-1)
        settings.receiveMaximum = 0
        settings.batchMax = 0
        settings.batchBytesMax = 0
        settings.outgoingMax = 0
        settings.messageBytesMax = 0
        let problems = settings.problems()
        for key in [
            "ca_file", "key_file", "password_file", "client_id", "input_qos", "session_expiry",
            "keepalive", "reconnect_min", "reconnect_max", "receive_maximum", "batch_max",
            "batch_bytes_max", "outgoing_max", "message_bytes_max",
        ] {
            #expect(problems.contains { $0.contains("broker.\(key) ") }, "\(key)")
        }
    }
}
