package import Signals

/// Recognises, after a reconnect, what the broker sends a second time.
///
/// ```
/// live --beginReconnect--> expecting --first batch--> following --run is over--> live
/// ```
/// A broker that kept our session sends again, first and in order, everything whose acknowledgement
/// it has not seen: a run of what we kept that reaches to its end. Acknowledgements leave in order,
/// so the run starts no later than at the first message whose acknowledgement surely did not leave.
/// Whatever does not continue such a run is data: a log line twice in a second and a stuck sensor
/// are honest repeats. Among runs that explain a batch equally well the one that drops least wins.
///
/// QoS 0 and retained messages are never sent again and pass untouched. A value: rebuilt from the
/// journal by `note` at every start.
package struct RedeliveryFilter: Sendable {
    private struct Kept {
        let sequence: UInt64
        let fingerprint: MessageFingerprint
    }

    private enum State {
        case live
        case expecting
        /// The position in the tail that the next redelivery must equal.
        case following(next: Int)
    }

    private let tailMax: Int
    private var state = State.live
    private var tail: [Kept] = []
    private var flushedThrough: UInt64 = 0
    private var newest: UInt64 = 0

    /// Inputs after which an acknowledgement that has left has arrived too, or the connection is gone.
    /// Without this bound a few messages of QoS 1 among many of QoS 0 would hold the journal for ever.
    private static let settledAfter: UInt64 = 20_000

    /// Messages recognised as sent twice.
    package private(set) var duplicateTotal = 0

    /// - Parameter tailMax: Messages remembered; the most that may be unacknowledged at once.
    package init(tailMax: Int = 1000) {
        precondition(tailMax > 0, "a tail holds at least one message")
        self.tailMax = tailMax
    }

    /// The oldest message still remembered: the journal keeps it, or a restart forgets it.
    package var oldestSequence: UInt64? { tail.isEmpty ? nil : tail[excess].sequence }

    /// Messages beyond `tailMax`, not yet cut off.
    private var excess: Int { max(0, tail.count - tailMax) }

    /// Learns from one record of the journal, new or recovered.
    package mutating func note(_ entry: JournalEntry) {
        switch entry.record {
        case .message(let message): keep(message, sequence: entry.sequence)
        case .mark(let flushed): noteFlushed(through: flushed)
        case .tick, .control: break
        }
    }

    /// `message` was accepted under this number.
    package mutating func keep(_ message: Message, sequence: UInt64) {
        newest = max(newest, sequence)
        guard isRedeliverable(message) else { return }
        if tail.count >= 2 * tailMax {
            // Halving at twice the limit keeps each message cheap.
            cut(excess)
        }
        tail.append(Kept(sequence: sequence, fingerprint: MessageFingerprint(of: message)))
    }

    /// The acknowledgements of everything up to this number have left.
    package mutating func noteFlushed(through sequence: UInt64) {
        flushedThrough = max(flushedThrough, sequence)
        // At twice the bound, so that each message stays cheap; positions in a run must not move.
        guard case .live = state, let first = tail.first,
            newest - min(newest, first.sequence) > 2 * Self.settledAfter
        else { return }
        let settled = min(flushedThrough, newest - Self.settledAfter)
        cut(tail.firstIndex { $0.sequence > settled } ?? tail.count)
    }

    /// A new connection stands, the first one of a process included. Without a session at the
    /// broker nothing comes a second time.
    package mutating func beginReconnect(sessionPresent: Bool = true) {
        cut(sessionPresent ? excess : tail.count)
        state = tail.isEmpty ? .live : .expecting
    }

    /// What of a batch is new, in order.
    package mutating func admit(_ batch: [Message]) -> [Message] {
        if case .live = state { return batch }
        let marks = batch.filter(isRedeliverable).map(MessageFingerprint.init(of:))
        guard !marks.isEmpty else { return batch }
        var position: Int
        switch state {
        case .following(let next):
            position = next
        default:
            guard let start = start(explaining: marks) else {
                state = .live
                return batch
            }
            position = start
        }
        let run = runLength(of: marks[...], from: position)
        position += run
        state = run < marks.count || position == tail.count ? .live : .following(next: position)
        duplicateTotal += run
        var left = run
        return batch.filter { message in
            guard left > 0, isRedeliverable(message) else { return true }
            left -= 1
            return false
        }
    }

    /// Where in the tail the redelivery starts, or `nil` when this batch is no redelivery.
    private func start(explaining marks: [MessageFingerprint]) -> Int? {
        // The first whose acknowledgement surely did not leave; the run starts there or before.
        // A crash between sending and noting it makes us think too few have left, so a later start
        // is possible too, only less likely.
        let unsent = tail.firstIndex { $0.sequence > flushedThrough } ?? tail.count
        let byLikelihood =
            Array((0..<tail.count).prefix(unsent + 1).reversed())
            + (unsent..<tail.count).dropFirst()
        var broken: (start: Int, run: Int)?
        for start in byLikelihood where tail[start].fingerprint == marks[0] {
            let run = runLength(of: marks[...], from: start)
            if run == marks.count || start + run == tail.count { return start }
            if run > broken?.run ?? 1 { broken = (start, run) }
        }
        // A run of several that breaks off before the tail's end: a message expired at the broker.
        // A single one that does is an honest repeat.
        return broken?.start
    }

    private func runLength(of marks: ArraySlice<MessageFingerprint>, from start: Int) -> Int {
        zip(marks, tail[start...]).prefix { $0 == $1.fingerprint }.count
    }

    private func isRedeliverable(_ message: Message) -> Bool {
        message.qos > .atMostOnce && !message.isRetained
    }

    private mutating func cut(_ count: Int) {
        tail.removeFirst(count)
    }
}
