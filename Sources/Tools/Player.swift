package import Intake
package import MQTT
package import Signals

/// Plays recordings into a broker, at the recording's own pace or another.
///
/// Messages the broker once sent from its memory are left out: they are old, and published again they
/// would look new. Returns when the broker has acknowledged everything.
package struct Player {
    package var broker: BrokerSettings
    package var recordings: [String]
    /// Times as fast as recorded; 0: as fast as the broker takes them.
    package var speed: Double
    package var qos: QoS
    /// Moves event times so that the first message's arrival becomes now, to the second. The stamps
    /// then advance as the recording does: at speed s they run s times as fast as this machine's clock,
    /// and every window holds what it held.
    package var restamp: IntakeSettings?

    package init(
        broker: BrokerSettings, recordings: [String], speed: Double, qos: QoS = .atLeastOnce,
        restamp: IntakeSettings? = nil
    ) {
        self.broker = broker
        self.recordings = recordings
        self.speed = speed
        self.qos = qos
        self.restamp = restamp
    }

    package struct Summary: Equatable, Sendable {
        package var sent = 0
        package var retainedSkipped = 0
        package var badLines = 0
        /// The first line that could not be read, with its file.
        package var firstBadLine: String?
        /// With `restamp`: payloads that carry no time.
        package var withoutStamp = 0
        package var tally = ToolSession.Tally()
        package var unacknowledged = 0
        package var wasInterrupted = false
    }

    /// `report` is told the recording, and how many of its bytes are read.
    package func run(
        report: (String, Int, Int?) -> Void, note: @escaping @Sendable (String) -> Void
    ) throws -> Summary {
        // First the files: a name mistyped should not cost a connection.
        for path in recordings where path != "-" { _ = try RecordingReader(path: path) }
        let session = ToolSession(broker, purpose: "publish", note: note)
        try session.open()
        defer { session.close() }
        var summary = Summary()
        var timing: (pace: Pace, restamper: Restamper?)?
        for path in recordings where !summary.wasInterrupted {
            var reader = try RecordingReader(path: path)
            while let message = try reader.next() {
                guard !message.isRetained else {
                    summary.retainedSkipped += 1
                    continue
                }
                if timing == nil { timing = self.timing(first: message) }
                let due = timing?.pace.due(message.arrival.elapsed)
                let outgoing = timing?.restamper?.restamp(message) ?? message
                guard due.map(ToolClock.sleep) ?? !Interruption.isWanted,
                    session.send(
                        Publication(topic: outgoing.topic, payload: outgoing.payload, qos: qos))
                else {
                    summary.wasInterrupted = true
                    break
                }
                summary.sent += 1
                if summary.sent.isMultiple(of: 64) {
                    report(path, reader.bytesRead, reader.bytesTotal)
                }
            }
            summary.badLines += reader.badLines.total
            if let place = reader.badLines.first.first, summary.firstBadLine == nil {
                summary.firstBadLine = "\(path): \(place)"
            }
        }
        if !session.drain() { summary.wasInterrupted = true }
        summary.withoutStamp = timing?.restamper?.untouchedTotal ?? 0
        summary.tally = session.tally
        summary.unacknowledged = session.unacknowledged
        return summary
    }

    private func timing(first: Message) -> (Pace, Restamper?) {
        let now = ToolClock.now
        let shift = (now.wall - first.arrival.wall) / 1_000_000_000
        return (
            Pace(began: now, first: first.arrival.elapsed, speed: speed),
            restamp.map { Restamper(settings: $0, seconds: shift) }
        )
    }
}
