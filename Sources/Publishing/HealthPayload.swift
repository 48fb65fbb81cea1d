package import Signals

/// The retained last word about the data of one stream: schema `anchord.health/1`.
package enum HealthPayload {
    /// One kind of data-health alarm.
    package struct Alarm: Equatable, Sendable {
        package var kind: String
        package var isRaised: Bool
        /// When it was raised or cleared last, by the gateway's wall clock; `nil`: never raised.
        package var since: EventTime?
        /// Why it was raised; empty when it is not.
        package var reason: String

        package init(kind: String, isRaised: Bool, since: EventTime?, reason: String) {
            self.kind = kind
            self.isRaised = isRaised
            self.since = since
            self.reason = reason
        }
    }

    /// `alarms`: of every kind, in a fixed order.
    package static func json(
        asset: AssetName, stream: StreamName, alarms: [Alarm], settings: String
    ) -> String {
        var line = JSONLine()
        line.add("schema", "anchord.health/1")
        line.add("asset", asset.text)
        line.add("stream", stream.text)
        line.add("healthy", !alarms.contains(where: \.isRaised))
        line.add("alarms") { kinds in
            for alarm in alarms {
                kinds.add(alarm.kind) { entry in
                    entry.add("raised", alarm.isRaised)
                    // Whole milliseconds since 1970 have 13 digits.
                    entry.add("since_ms", alarm.since.map { Double($0.milliseconds) }, digits: 15)
                    entry.add("reason", alarm.reason)
                }
            }
        }
        line.add("settings", settings)
        line.close()
        return line.text
    }
}
