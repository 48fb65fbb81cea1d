import Signals

/// When one stream of one machine samples, and how long its messages are on their way.
struct Feed: Sendable {
    let asset: Int
    let sense: Sense
    let topic: String
    let clockOffset: Duration
    private let period: Double
    private let offset: Double
    private let jitterMax: Double
    private let stragglers: Double
    private let stragglerDelayMax: Double
    private var samples = 0
    private var random: SeededGenerator

    init(settings: PlantSettings, asset: Int, sense: Sense) {
        let one = settings.settings(of: sense)
        self.asset = asset
        self.sense = sense
        topic = "features/\(settings.assetName(asset))/\(sense.stream)"
        clockOffset = one.clockOffset
        period = 1e9 / one.rate
        jitterMax = Double(settings.jitterMax.nanoseconds)
        stragglers = settings.stragglers
        stragglerDelayMax = Double(settings.stragglerDelayMax.nanoseconds)
        let role: UInt64 =
            switch sense {
            case .camera: 40
            case .audio: 41
            case .log: 42
            }
        random = SeededGenerator(seed: settings.seed, asset: asset, role: role)
        // No two streams tick together.
        offset = period * random.unit()
    }

    /// Nanoseconds after the start. Cameras and microphones are clocked; a controller writes when it
    /// comes round to it.
    mutating func nextSampleTime() -> Int64 {
        let wobble = sense == .log ? 0.4 * (random.unit() - 0.5) : 0
        defer { samples += 1 }
        return Int64(max(0, offset + (Double(samples) + wobble) * period))
    }

    /// Nanoseconds from sample to leaving the plant.
    mutating func drawDelay() -> Int64 {
        let isStraggler = random.unit() < stragglers
        let held = random.unit() * stragglerDelayMax
        return Int64(random.unit() * jitterMax + (isStraggler ? held : 0))
    }
}

/// Messages that have been sampled and not yet sent.
struct Leaving: Sendable {
    private var messages: [Message?] = []
    private var free: [Int] = []

    struct Ticket: Sendable {
        fileprivate let index: Int
    }

    mutating func keep(_ message: Message) -> Ticket {
        if let index = free.popLast() {
            messages[index] = message
            return Ticket(index: index)
        }
        messages.append(message)
        return Ticket(index: messages.count - 1)
    }

    /// The message kept for `ticket`, which is then worth nothing.
    mutating func take(_ ticket: Ticket) -> Message {
        free.append(ticket.index)
        guard let message = messages[ticket.index].take() else {
            preconditionFailure("a message leaves the plant once")
        }
        return message
    }
}
