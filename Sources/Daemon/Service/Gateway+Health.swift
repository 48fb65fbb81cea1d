import Logging
import Publishing
import Signals
import Store
import Windowing

/// One stream of one asset.
struct AssetStream: Hashable, Comparable {
    var asset: AssetName
    var stream: StreamName

    static func < (a: AssetStream, b: AssetStream) -> Bool {
        (a.asset, a.stream) < (b.asset, b.stream)
    }
}

// Data-health alarms: kept, logged, and told to the broker.
extension Gateway {
    /// A data-health alarm was raised or cleared.
    func note(_ change: HealthChange, of asset: AssetName, _ now: Arrival) {
        if change.isRaised { counters.healthAlarms += 1 }
        ledger.note(
            HealthEvent(
                asset: asset, stream: change.stream, kind: change.kind.rawValue, at: change.at,
                isRaised: change.isRaised, reason: change.reason))
        logger.notice(
            change.isRaised
                ? "The data of a stream are in doubt." : "The data of a stream are good again.",
            metadata: [
                "asset": "\(asset)", "stream": "\(change.stream)",
                "kind": "\(change.kind.rawValue)", "reason": "\(change.reason)",
            ])
        tellHealth(of: AssetStream(asset: asset, stream: change.stream), now)
    }

    /// Tells of each stream that nothing was told of since the start.
    func tellHealth(_ now: Arrival) {
        for (asset, health) in pipeline.health {
            for stream in health.streams.map(\.stream).sorted() {
                let place = AssetStream(asset: asset, stream: stream)
                if !healthTold.contains(place) { tellHealth(of: place, now) }
            }
        }
    }

    private func tellHealth(of place: AssetStream, _ now: Arrival) {
        guard let health = pipeline.health(of: place.asset)?[place.stream] else { return }
        healthTold.insert(place)
        let alarms = HealthKind.allCases.map { kind in
            HealthPayload.Alarm(
                kind: kind.rawValue, isRaised: health[kind].isRaised, since: health[kind].since,
                reason: health[kind].reason)
        }
        send(
            topics.health(place.asset, place.stream),
            HealthPayload.json(
                asset: place.asset, stream: place.stream, alarms: alarms, settings: settingsHash),
            qos: .atLeastOnce, retain: true, asset: place.asset, now)
    }
}

extension Pipeline {
    /// The health of all assets' data, sorted by asset.
    var health: [(asset: AssetName, health: AssetHealth)] {
        lines.map { ($0.asset, $0.health) }.sorted { $0.asset < $1.asset }
    }

    func health(of asset: AssetName) -> AssetHealth? {
        lines.first { $0.asset == asset }?.health
    }
}
