import Intake
package import MQTT
package import Signals
package import SimulatedPlant

/// Runs the simulated plant: into a broker as time goes by, or into a recording at once.
package struct PlantPlayer {
    package var settings: PlantSettings
    /// Told of each fault as it begins and ends, at its true time.
    package var announce: (EventTime, FaultAnnouncement) throws -> Void

    package init(
        settings: PlantSettings, announce: @escaping (EventTime, FaultAnnouncement) throws -> Void
    ) {
        self.settings = settings
        self.announce = announce
    }

    /// Writes the whole plant into a recording. Returns how many messages that were.
    ///
    /// `settings.duration` must be given: a recording has an end.
    package func record(to path: String, report: (Int) -> Void) throws -> Int {
        precondition(settings.duration != nil, "a recording has an end")
        var file = try RecordingFile(path: path)
        for event in Plant(settings: settings) {
            if Interruption.isWanted { break }
            if case .message(let message) = event.kind {
                try file.write(message)
                if file.messagesTotal.isMultiple(of: 1024) { report(file.messagesTotal) }
            } else {
                try tell(event)
            }
        }
        try file.close()
        return file.messagesTotal
    }

    /// Publishes the plant's first `past` as fast as the broker takes it, and from then on each message
    /// when it is due.
    ///
    /// The plant starts that far before now, whatever `settings.start` says: its stamps run up to now
    /// and go on without a gap. At another speed than 1 they then run away from this machine's clock.
    package func publish(
        to broker: BrokerSettings, past: Duration, speed: Double, qos: QoS,
        caughtUp: (Int) -> Void, note: @escaping @Sendable (String) -> Void
    ) throws -> ToolSession.Tally {
        let session = ToolSession(broker, purpose: "simulate", note: note)
        try session.open()
        defer { session.close() }
        // Connecting takes its time: what is past ends now, not when we were started.
        var settings = settings
        let began = ToolClock.now
        settings.start = EventTime(nanoseconds: began.wall) - past
        let live = settings.start + past
        let pace = Pace(began: began, first: live.nanoseconds, speed: speed)
        var sent = 0
        var isLive = false
        for event in Plant(settings: settings) {
            if !isLive, event.at >= live {
                isLive = true
                caughtUp(sent)
            }
            guard pace.due(event.at.nanoseconds).map(ToolClock.sleep) ?? !Interruption.isWanted
            else { break }
            if case .message(let message) = event.kind {
                guard
                    session.send(
                        Publication(topic: message.topic, payload: message.payload, qos: qos))
                else { break }
                sent += 1
            } else {
                try tell(event)
            }
        }
        _ = session.drain()
        return session.tally
    }

    private func tell(_ event: PlantEvent) throws {
        switch event.kind {
        case .message: break
        case .faultBegan(let fault): try announce(event.at, FaultAnnouncement(.began, fault))
        case .faultEnded(let fault): try announce(event.at, FaultAnnouncement(.ended, fault))
        }
    }
}
