import Signals

/// Which publications are on their way, and which wait for their turn.
///
/// Only some QoS 1 publications are with libmosquitto at a time: it reads one packet more per call
/// for each of them, which would undo the limit of a batch, and looks them up one by one.
struct Outgoing {
    static let inFlightMax = 100

    private let countMax: Int
    private var waiting: [Publication] = []
    private var waitingStart = 0
    /// QoS 1 with libmosquitto: packet number and token.
    private var inFlight: [Int32: UInt64] = [:]
    /// QoS 0 with libmosquitto, in the order they will be written.
    private var unwritten: [UInt64] = []
    private var unwrittenStart = 0

    init(countMax: Int) {
        self.countMax = countMax
    }

    var count: Int {
        (waiting.count - waitingStart) + inFlight.count + (unwritten.count - unwrittenStart)
    }

    var isFull: Bool { count >= countMax }

    /// Whether one more QoS 1 publication may go to libmosquitto now.
    var hasRoomInFlight: Bool { inFlight.count < Self.inFlightMax }

    var isWaiting: Bool { waitingStart < waiting.count }

    mutating func wait(_ publication: Publication) {
        waiting.append(publication)
    }

    mutating func nextWaiting() -> Publication? {
        guard isWaiting, hasRoomInFlight else { return nil }
        let publication = waiting[waitingStart]
        waitingStart += 1
        // Moved up now and then only, so that a queue costs the same per element however long.
        if waitingStart == waiting.count || waitingStart > 1024 {
            waiting.removeFirst(waitingStart)
            waitingStart = 0
        }
        return publication
    }

    mutating func handedOver(_ publication: Publication, packet: Int32) {
        if publication.qos == .atMostOnce {
            unwritten.append(publication.token)
        } else {
            inFlight[packet] = publication.token
        }
    }

    /// The token of an acknowledged QoS 1 publication; `nil`: none of ours.
    mutating func acknowledged(packet: Int32) -> UInt64? {
        inFlight.removeValue(forKey: packet)
    }

    /// The tokens of the `number` QoS 0 publications written next.
    mutating func written(_ number: Int) -> ArraySlice<UInt64> {
        let end = min(unwrittenStart + number, unwritten.count)
        let tokens = unwritten[unwrittenStart..<end]
        unwrittenStart = end
        if unwrittenStart == unwritten.count {
            unwritten.removeAll(keepingCapacity: true)
            unwrittenStart = 0
        }
        return tokens
    }

    /// The connection is gone, and all of this with it.
    mutating func forget() {
        self = Outgoing(countMax: countMax)
    }
}
