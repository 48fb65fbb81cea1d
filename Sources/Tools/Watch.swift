package import MQTT
import Signals
import Synchronization

/// Follows what gateways publish, and tells a person what is worth seeing.
///
/// The connection's thread only puts messages into a bounded queue; reading and telling happen on the
/// caller's. When the queue is full the newest give way, and are counted.
package struct Watch {
    package var broker: BrokerSettings
    /// The first level of the gateways' topics.
    package var base: String
    /// A verdict with such a score is shown; `nil`: one at its asset's alarm threshold.
    package var scoreMin: Double?
    /// Where `simulate` announces its faults.
    package var faults: String?
    package var spanMax: Duration?

    package init(
        broker: BrokerSettings, base: String, scoreMin: Double? = nil, faults: String? = nil,
        spanMax: Duration? = nil
    ) {
        self.broker = broker
        self.base = base
        self.scoreMin = scoreMin
        self.faults = faults
        self.spanMax = spanMax
    }

    package struct Outcome: Sendable {
        package var verdicts: Int
        package var unread: Int
        package var dropped: Int
        package var report: FaultReport
    }

    private final class Queue: Sendable {
        private static let countMax = 100_000
        private let state = Mutex((messages: [Message](), dropped: 0))

        func put(_ batch: [Message]) {
            state.withLock { state in
                let room = max(0, Self.countMax - state.messages.count)
                state.messages += batch.prefix(room)
                state.dropped += max(0, batch.count - room)
            }
        }

        func takeAll() -> [Message] {
            state.withLock { state in
                defer { state.messages = [] }
                return state.messages
            }
        }

        var dropped: Int { state.withLock { $0.dropped } }
    }

    /// Watches until the end; `show` gets each line.
    package func run(
        show: (WatchBoard.Line) -> Void, note: @escaping @Sendable (String) -> Void
    ) throws -> Outcome {
        let queue = Queue()
        let session = ToolSession(
            broker, purpose: "watch",
            subscriptions: ["\(base)/+/asset/+/score", "\(base)/+/asset/+/alarm"], note: note,
            receive: { queue.put($0) })
        try session.open()
        defer { session.close() }
        let began = ToolClock.now
        let end = spanMax.map { began.elapsed + $0.nanoseconds } ?? .max
        var board = WatchBoard(scoreMin: scoreMin, beganMs: began.wall / 1_000_000)
        var file = faults.map(FollowedFile.init)
        var unread = 0
        while true {
            // The cause before the effect: a fault is known before the verdicts about it.
            for line in file?.newLines() ?? [] {
                guard let announcement = FaultAnnouncement(json: line) else { continue }
                for told in board.take(announcement) { show(told) }
            }
            for message in queue.takeAll() {
                let atMs = message.arrival.wall / 1_000_000
                if message.topic.hasSuffix("/alarm") {
                    for told in board.takeAlarm(json: message.payload, atMs: atMs) { show(told) }
                } else if let verdict = WatchedVerdict(json: message.payload) {
                    for told in board.take(verdict, atMs: atMs) { show(told) }
                } else {
                    unread += 1
                }
            }
            let now = ToolClock.now
            if let calm = board.calmLine(nowMs: now.wall / 1_000_000) { show(calm) }
            guard now.elapsed < end,
                ToolClock.sleep(until: min(end, now.elapsed + 50_000_000))
            else { break }
        }
        return Outcome(
            verdicts: board.verdictsTotal, unread: unread, dropped: queue.dropped,
            report: FaultReport(board.ledger, nowMs: ToolClock.now.wall / 1_000_000))
    }

    /// Waits until a gateway says that it is online. Returns whether one did, within `waitMax`.
    package func untilOnline(
        waitMax: Duration, note: @escaping @Sendable (String) -> Void
    ) throws -> Bool {
        let flag = Flag()
        let session = ToolSession(
            broker, purpose: "watch", subscriptions: ["\(base)/+/status"], note: note,
            receive: { batch in
                if batch.contains(where: { WatchedStatus(json: $0.payload)?.online == true }) {
                    flag.raise()
                }
            })
        try session.open()
        defer { session.close() }
        let end = ToolClock.now.elapsed + waitMax.nanoseconds
        while !flag.isRaised {
            let now = ToolClock.now.elapsed
            guard now < end, ToolClock.sleep(until: min(end, now + 20_000_000)) else { break }
        }
        return flag.isRaised
    }
}

/// An atomic that a closure may hold.
private final class Flag: Sendable {
    private let value = Atomic(false)

    func raise() { value.store(true, ordering: .relaxed) }
    var isRaised: Bool { value.load(ordering: .relaxed) }
}
