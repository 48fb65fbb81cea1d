import Signals

/// How long to wait before connecting again: doubled each time, with jitter.
///
/// Jitter lies in the upper half, so that the hundred gateways of one plant do not all come at the
/// second their broker returns, and none of them hammers it.
struct ReconnectDelay: Sendable {
    private let shortest: Duration
    private let longest: Duration
    private var attempts = 0
    private var random: SeededGenerator

    init(shortest: Duration, longest: Duration, seed: UInt64) {
        self.shortest = shortest
        self.longest = longest
        self.random = SeededGenerator(seed: seed)
    }

    /// The pause after one more failure.
    mutating func next() -> Duration {
        // Beyond 2^20 every sensible `longest` has been reached.
        let doubled = shortest.seconds * Double(1 << min(attempts, 20))
        attempts += 1
        let span = min(doubled, longest.seconds)
        return .seconds(Double.random(in: span / 2...span, using: &random))
    }

    /// After a session that held: the next failure is a new one.
    mutating func reset() {
        attempts = 0
    }
}
