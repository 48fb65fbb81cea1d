package import Signals

/// A plant of presses, each with a camera, a microphone and a controller log that look at one hidden
/// state; now and then something goes wrong, and the plant says what.
///
/// Events come in order of the time they leave the plant, each at its true time; messages carry
/// stamps by their own sense's clock and their true time of leaving as arrival. The same settings
/// give the same events, byte for byte. A value without a clock: whoever plays it decides how fast.
package struct Plant: Sequence, IteratorProtocol, Sendable {
    package let settings: PlantSettings
    private var assets: [PlantAsset]
    private var feeds: [Feed]
    private var agenda = Agenda<Action>()
    private var leaving = Leaving()
    private let end: Int64

    private enum Action: Sendable {
        case sample(feed: Int)
        case send(Leaving.Ticket)
        case beginFault(asset: Int, PlannedFault)
        case endFault(asset: Int, Fault)
    }

    /// `settings` must be without problems.
    package init(settings: PlantSettings) {
        let problems = settings.problems()
        precondition(problems.isEmpty, problems.joined(separator: " "))
        self.settings = settings
        assets = (0..<settings.assets).map { PlantAsset(settings: settings, index: $0) }
        feeds = (0..<settings.assets).flatMap { asset in
            Sense.allCases.map { Feed(settings: settings, asset: asset, sense: $0) }
        }
        end = settings.duration?.nanoseconds ?? .max
        for asset in assets.indices { enterNextFault(of: asset) }
        for feed in feeds.indices { enterNextSample(of: feed) }
    }

    /// The next event; `nil` once `settings.duration` is over. A fault that is still on then is not
    /// announced as ended.
    package mutating func next() -> PlantEvent? {
        while let entry = agenda.takeNext() {
            switch entry.action {
            case .sample(let feed):
                takeSample(of: feed, at: entry.time)
            case .send(let ticket):
                return event(at: entry.time, .message(leaving.take(ticket)))
            case .beginFault(let asset, let planned):
                let fault = assets[asset].begin(planned)
                enter(.endFault(asset: asset, fault), at: (fault.to - settings.start).nanoseconds)
                return event(at: entry.time, .faultBegan(fault))
            case .endFault(let asset, let fault):
                assets[asset].endFault()
                enterNextFault(of: asset)
                return event(at: entry.time, .faultEnded(fault))
            }
        }
        return nil
    }

    private func event(at time: Int64, _ kind: PlantEvent.Kind) -> PlantEvent {
        PlantEvent(at: settings.start + .nanoseconds(time), kind: kind)
    }

    private mutating func takeSample(of index: Int, at time: Int64) {
        let feed = feeds[index]
        let trueTime = settings.start + .nanoseconds(time)
        let leaves = time + feeds[index].drawDelay()
        let payload = assets[feed.asset].payload(
            of: feed.sense, seconds: Double(time) / 1e9, stamp: trueTime + feed.clockOffset)
        if let payload {
            let wall = settings.start + .nanoseconds(leaves)
            let message = Message(
                topic: feed.topic, payload: payload,
                arrival: Arrival(wall: wall.nanoseconds, elapsed: leaves))
            // What was sampled in time leaves, even if the plant has stopped by then.
            agenda.enter(.send(leaving.keep(message)), at: leaves)
        }
        enterNextSample(of: index)
    }

    private mutating func enterNextSample(of feed: Int) {
        enter(.sample(feed: feed), at: feeds[feed].nextSampleTime())
    }

    private mutating func enterNextFault(of asset: Int) {
        guard let fault = assets[asset].planNextFault() else { return }
        enter(.beginFault(asset: asset, fault), at: Int64(fault.from * 1e9))
    }

    private mutating func enter(_ action: Action, at time: Int64) {
        if time < end { agenda.enter(action, at: time) }
    }
}

/// Something that happens in the plant.
package struct PlantEvent: Equatable, Sendable {
    /// True time.
    package let at: EventTime
    package let kind: Kind

    package enum Kind: Equatable, Sendable {
        case message(Message)
        case faultBegan(Fault)
        case faultEnded(Fault)
    }
}
