import CMosquitto
import Glibc  // `free`.
import Signals

extension ResponseAddress {
    /// More correlation data than this is no id, and is left out of the answer.
    static let correlationMax = 1024

    /// What the properties of a message say; `nil` when they name no response topic.
    init?(_ properties: OpaquePointer?) {
        guard let properties else { return nil }
        var text: UnsafeMutablePointer<CChar>?
        let response = Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue)
        guard mosquitto_property_read_string(properties, response, &text, false) != nil, let text
        else { return nil }
        // libmosquitto hands out copies.
        defer { free(text) }
        self.init(topic: String(cString: text))
        var bytes: UnsafeMutableRawPointer?
        var count: UInt16 = 0
        let correlation = Int32(MQTT_PROP_CORRELATION_DATA.rawValue)
        guard mosquitto_property_read_binary(properties, correlation, &bytes, &count, false) != nil,
            let bytes
        else { return }
        defer { free(bytes) }
        guard Int(count) <= Self.correlationMax else { return }
        self.correlation = [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    }
}
