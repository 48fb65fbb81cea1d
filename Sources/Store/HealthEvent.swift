import GRDB
package import Signals

/// A data-health alarm of one stream was raised or cleared.
package struct HealthEvent: Equatable, Sendable {
    package var asset: AssetName
    package var stream: StreamName
    package var kind: String
    /// By the gateway's wall clock.
    package var at: EventTime
    package var isRaised: Bool
    package var reason: String

    package init(
        asset: AssetName, stream: StreamName, kind: String, at: EventTime, isRaised: Bool,
        reason: String
    ) {
        self.asset = asset
        self.stream = stream
        self.kind = kind
        self.at = at
        self.isRaised = isRaised
        self.reason = reason
    }
}

extension StateStore {
    static func writeHealth(_ events: [HealthEvent], to db: Database) throws {
        guard !events.isEmpty else { return }
        // The same again is the same processed again after a crash.
        let insert = try db.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO health_event (asset, stream, kind, at_ns, is_raised, reason)
                VALUES (?, ?, ?, ?, ?, ?)
                """)
        for event in events {
            try insert.execute(arguments: [
                event.asset.text, event.stream.text, event.kind, event.at.nanoseconds,
                event.isRaised, event.reason,
            ])
        }
    }
}
