package import Signals

/// What is told to the broker, and how. The `[publishing]` section of the settings file.
package struct PublishingSettings: Equatable, Sendable {
    /// First token of every topic; the gateway's name follows, so that two gateways on one broker
    /// never overwrite each other.
    package var base = "anchord"

    /// Publish a verdict per asset and window. Alarms, status and counters are published anyway.
    package var scores = true

    /// Acknowledged, so that every window's verdict comes out over crashes and reconnects. 0 spares
    /// the broker a reply per window where a lost score does not matter.
    package var scoreQoS: QoS = .atLeastOnce

    /// With MQTT 5 the broker forgets a score nobody fetched for this long.
    package var scoreExpiry: Duration = .seconds(3600)

    /// From one `counters` message to the next.
    package var countersEvery: Duration = .seconds(10)

    /// Listen to operators' commands under `<base>/<gateway>/asset/<asset>/command`.
    package var commands = true

    package init() {}

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        let levels = base.split(separator: "/", omittingEmptySubsequences: false)
        if levels.contains("") || base.contains(where: { "+#$\u{0}".contains($0) }) {
            problems.append(
                "publishing.base is \"\(base)\", but a base topic is one or more names joined by "
                    + "\"/\", without +, # and $.")
        }
        if scoreExpiry < .seconds(1) {
            problems.append(
                "publishing.score_expiry is \(scoreExpiry), but MQTT counts expiry in whole seconds "
                    + "from 1 s on.")
        }
        if countersEvery < .seconds(1) {
            problems.append(
                "publishing.counters_every is \(countersEvery), but it must be at least 1 s.")
        }
        return problems
    }
}
