import DequeModule
import MQTT
import Signals
import Store

/// Publications that must arrive: kept until the broker has acknowledged each, in order.
///
/// What a state commit finds unacknowledged goes to the Store with it, so that a crash or a broker that
/// is away loses nothing. Bounded: at the limit the oldest score gives way, and is counted. What waits
/// far behind has its text in the Store alone until its turn comes: a full outbox of an absent broker
/// would be a hundred megabytes of memory.
struct Outbox {
    private struct Entry {
        var message: OutboxMessage
        /// In the Store, under its number.
        var isStored = false
        /// Topic and payload are there alone.
        var isAway = false

        mutating func putAway() {
            isAway = true
            message.topic = ""
            message.payload = []
        }
    }

    /// In order of their numbers; those before `sent` are on their way.
    private var entries: Deque<Entry> = []
    private var sent = 0
    private var acknowledged: Set<Int64> = []
    /// Numbers of stored entries that are done.
    private var removable: [Int64] = []
    private var nextNumber: Int64 = 1
    private let countMax: Int
    private(set) var droppedTotal = 0
    private(set) var expiredTotal = 0

    /// On their way at once: enough to keep a broker busy, few enough to come again in order.
    private static let inFlightMax = 200
    /// Publications from the first on whose texts stay in memory.
    static let inMemoryMax = 4096
    /// Publications that only memory has, at which a commit is due: they could not leave it otherwise.
    private static let unstoredMax = 8192
    /// Texts read back at a time.
    private static let readMax = 1024

    /// `envelopes`: what is stored, in order, without its texts.
    init(countMax: Int, envelopes: [OutboxMessage]) {
        self.countMax = countMax
        entries = Deque(envelopes.map { Entry(message: $0, isStored: true, isAway: true) })
        nextNumber = (envelopes.last?.id ?? 0) + 1
    }

    var count: Int { entries.count - acknowledged.count }
    /// So many wait that a commit should take them to the Store.
    var isHeavy: Bool { unstored >= Self.unstoredMax }
    private var unstored = 0

    mutating func add(_ message: OutboxMessage) {
        var message = message
        message.id = nextNumber
        nextNumber += 1
        entries.append(Entry(message: message))
        unstored += 1
        guard count > countMax else { return }
        let oldest = entries[sent...].firstIndex { !$0.message.isRetained } ?? sent
        drop(oldest)
        droppedTotal += 1
    }

    /// Hands to the broker what it can take. `read` finds stored publications from a number on, at most
    /// so many.
    mutating func pump(
        nowMs: Int64, read: (Int64, Int) throws -> [OutboxMessage],
        publish: (Publication) -> PublishOutcome
    ) rethrows {
        while sent < entries.count, sent - acknowledged.count < Self.inFlightMax {
            if entries[sent].isAway {
                try fetch(read)
                continue
            }
            let message = entries[sent].message
            if let expiry = message.expiry,
                message.createdMs + expiry.nanoseconds / 1_000_000 < nowMs
            {
                expiredTotal += 1
                drop(sent)
                continue
            }
            let publication = Publication(
                topic: message.topic, payload: message.payload, qos: message.qos,
                retain: message.isRetained, contentType: "application/json",
                expiry: message.expiry, userProperties: [("schema-by", "anchord")],
                token: UInt64(message.id))
            switch publish(publication) {
            case .queued:
                sent += 1
            case .rejected:
                droppedTotal += 1
                drop(sent)
            case .notConnected, .full:
                return
            }
        }
    }

    mutating func delivered(_ number: Int64) {
        acknowledged.insert(number)
        while let first = entries.first, acknowledged.remove(first.message.id) != nil {
            if first.isStored { removable.append(first.message.id) }
            entries.removeFirst()
            sent -= 1
        }
    }

    /// The connection is gone: what was on its way goes again, in order.
    mutating func connectionLost() {
        let done = acknowledged
        for entry in entries where done.contains(entry.message.id) && entry.isStored {
            removable.append(entry.message.id)
        }
        entries.removeAll { done.contains($0.message.id) }
        acknowledged = []
        sent = 0
    }

    /// What the Store must learn with the next commit; `commitHeld` says that it did.
    func changes() -> (add: [OutboxMessage], remove: [Int64]) {
        (
            entries.filter { !$0.isStored && !acknowledged.contains($0.message.id) }
                .map(\.message), removable
        )
    }

    mutating func commitHeld() {
        removable = []
        unstored = 0
        for index in entries.indices where !acknowledged.contains(entries[index].message.id) {
            entries[index].isStored = true
            if index >= max(sent, Self.inMemoryMax) { entries[index].putAway() }
        }
    }

    /// Brings back the texts of the next ones to be sent.
    private mutating func fetch(_ read: (Int64, Int) throws -> [OutboxMessage]) rethrows {
        var found: [Int64: OutboxMessage] = [:]
        for message in try read(entries[sent].message.id, Self.readMax) {
            found[message.id] = message
        }
        for index in sent..<min(entries.count, sent + Self.readMax) where entries[index].isAway {
            guard let message = found[entries[index].message.id] else { break }
            entries[index].message = message
            entries[index].isAway = false
        }
        // At its limit the Store lets some go, and has counted them.
        if entries[sent].isAway { entries.remove(at: sent) }
    }

    private mutating func drop(_ index: Int) {
        if entries[index].isStored { removable.append(entries[index].message.id) }
        entries.remove(at: index)
        if index < sent { sent -= 1 }
    }
}
