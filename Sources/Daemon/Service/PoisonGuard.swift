import Glibc
import Logging
import Signals
import Store

/// Keeps a message that kills the process from killing it for ever.
///
/// After an unclean end each message is marked in a small file while it is processed, for a minute.
/// A message found marked at three starts is put into quarantine: kept, counted, and no longer
/// processed. In ordinary operation nothing is marked and nothing costs.
struct PoisonGuard {
    private let path: String
    private let store: StateStore
    private let logger: Logger
    private var marker: Int32 = -1
    private var carefulUntil: Int64
    private var held: Set<MessageFingerprint>
    private var suspects: Set<MessageFingerprint> = []
    private(set) var heldTotal = 0
    /// Messages in quarantine now.
    var heldMessages: Int { held.count }

    static let attemptsMax = 3
    private static let carefulFor: Int64 = 60_000_000_000

    init(
        folder: String, store: StateStore, entries: [JournalEntry], endedCleanly: Bool,
        clocks: Clocks, logger: Logger
    ) throws {
        path = folder + "/in-flight"
        self.store = store
        self.logger = logger
        carefulUntil = endedCleanly ? .min : clocks.now.elapsed + Self.carefulFor
        if !endedCleanly, let sequence = Self.marked(at: path),
            case .message(let message)? = entries.first(where: { $0.sequence == sequence })?.record
        {
            let fingerprint = MessageFingerprint(of: message)
            let attempts = try store.noteAttempt(message, nowMs: clocks.now.wall / 1_000_000)
            suspects.insert(fingerprint)
            if attempts >= Self.attemptsMax {
                try store.hold(
                    fingerprint, reason: "the process died \(attempts) times while processing it")
                logger.error(
                    "A message was put into quarantine: the process died while processing it.",
                    metadata: ["topic": "\(message.topic)", "attempts": "\(attempts)"])
            }
        }
        let known = try store.quarantined()
        held = Set(known.filter(\.isHeld).map(\.fingerprint))
        // Suspects of earlier lives too: going well once clears them.
        suspects.formUnion(known.filter { !$0.isHeld }.map(\.fingerprint))
        if !endedCleanly { beginMarking() }
    }

    private mutating func beginMarking() {
        guard marker < 0 else { return }
        marker = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
    }

    /// Lets a held message through again, with care: one death more and it is back.
    mutating func release(_ fingerprint: MessageFingerprint, at now: Arrival) throws {
        try store.release(fingerprint, attempts: Self.attemptsMax - 1)
        held.remove(fingerprint)
        suspects.insert(fingerprint)
        carefulUntil = max(carefulUntil, now.elapsed + Self.carefulFor)
        beginMarking()
    }

    /// Whether a message may be processed; marks it first while we are careful.
    mutating func admits(_ message: Message, sequence: UInt64) throws -> Bool {
        if !held.isEmpty, held.contains(MessageFingerprint(of: message)) {
            heldTotal += 1
            return false
        }
        if marker >= 0 { mark(sequence) }
        return true
    }

    /// It was processed and we are alive.
    mutating func passed(_ message: Message) {
        guard marker >= 0 else { return }
        mark(0)
        guard !suspects.isEmpty else { return }
        let fingerprint = MessageFingerprint(of: message)
        guard suspects.remove(fingerprint) != nil else { return }
        do {
            try store.clearAttempt(fingerprint)
        } catch {
            logger.error("Could not clear a suspicion.", metadata: ["error": "\(error)"])
        }
    }

    /// A minute without a crash: back to full speed.
    mutating func relax(at now: Arrival) {
        if marker >= 0, now.elapsed > carefulUntil { rest() }
    }

    mutating func rest() {
        guard marker >= 0 else { return }
        close(marker)
        unlink(path)
        marker = -1
    }

    private func mark(_ sequence: UInt64) {
        var number = sequence.littleEndian
        pwrite(marker, &number, 8, 0)
    }

    private static func marked(at path: String) -> UInt64? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var number: UInt64 = 0
        guard pread(file, &number, 8, 0) == 8, number != 0 else { return nil }
        return UInt64(littleEndian: number)
    }
}
