import CMosquitto
import Signals

/// A list of MQTT 5 properties, freed with its holder.
struct PropertyList: ~Copyable {
    private(set) var head: OpaquePointer?

    init() {}

    init(of publication: Publication) throws(MQTTError) {
        if let contentType = publication.contentType { try add(contentType: contentType) }
        if let expiry = publication.expiry {
            try add(seconds: expiry, as: MQTT_PROP_MESSAGE_EXPIRY_INTERVAL)
        }
        if !publication.correlation.isEmpty {
            try MQTTError.check(
                mosquitto_property_add_binary(
                    &head, Int32(MQTT_PROP_CORRELATION_DATA.rawValue), publication.correlation,
                    UInt16(clamping: publication.correlation.count)),
                attempting: "add the correlation data")
        }
        for (name, value) in publication.userProperties {
            try MQTTError.check(
                mosquitto_property_add_string_pair(
                    &head, Int32(MQTT_PROP_USER_PROPERTY.rawValue), name, value),
                attempting: "add the user property \(name)")
        }
    }

    deinit {
        var list = head
        mosquitto_property_free_all(&list)
    }

    mutating func add(contentType: String) throws(MQTTError) {
        try MQTTError.check(
            mosquitto_property_add_string(
                &head, Int32(MQTT_PROP_CONTENT_TYPE.rawValue), contentType),
            attempting: "add the content type \(contentType)")
    }

    /// Rounded up to whole seconds; more than the 136 years MQTT can say are cut to them.
    mutating func add(seconds span: Duration, as name: mqtt5_property) throws(MQTTError) {
        let seconds = min(max(span.seconds.rounded(.up), 0), Double(UInt32.max))
        try add(UInt32(seconds), as: name)
    }

    mutating func add(_ value: UInt32, as name: mqtt5_property) throws(MQTTError) {
        try MQTTError.check(
            mosquitto_property_add_int32(&head, Int32(name.rawValue), value),
            attempting: "add the property \(name.rawValue)")
    }

    /// Leaves the freeing to libmosquitto.
    mutating func release() {
        head = nil
    }
}
