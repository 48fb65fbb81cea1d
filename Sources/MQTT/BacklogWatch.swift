/// Tells a broker's backlog from live messages, so that nobody takes a queue's order for silence.
///
/// ```
/// catchingUp --quiet for 20 ms, or 30 s without a full batch--> live
/// live       --a full batch, or a new session----------------> catchingUp
/// ```
/// An empty socket alone proves nothing: between our acknowledgements and the broker's next
/// messages it is empty for a round trip. Thirty seconds are for plants that are never quiet.
struct BacklogWatch: Sendable {
    static let quiet: Duration = .milliseconds(20)
    static let patience: Duration = .seconds(30)

    private var lastFull: Duration
    private var lastMessage: Duration
    private(set) var isLive = false

    /// A session begins; `now` on a clock that never steps.
    init(now: Duration) {
        lastFull = now
        lastMessage = now
    }

    /// A batch was read. `isFull`: it ended at its limit, with more to read.
    mutating func sawBatch(isFull: Bool, now: Duration) {
        if isFull {
            lastFull = now
            isLive = false
        }
        lastMessage = now
    }

    /// Nothing is readable.
    mutating func sawNothing(now: Duration) {
        if now - lastMessage >= Self.quiet || now - lastFull >= Self.patience { isLive = true }
    }
}
