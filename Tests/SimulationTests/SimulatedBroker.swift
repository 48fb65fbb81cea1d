import Signals
import SimulatedPlant

/// What a broker has for us, in the order it came to it, and how far we have acknowledged it.
///
/// After a reconnect it sends again what was not acknowledged, as brokers do with QoS 1.
struct SimulatedBroker {
    /// The time of arrival is when the broker had it.
    private let queue: [Message]
    private var sent = 0
    private var acknowledged = 0

    init(_ queue: [Message]) {
        self.queue = queue
    }

    var isEmpty: Bool { acknowledged == queue.count }

    /// The next messages that have come by `now`, at most so many, and whether that was all.
    mutating func deliver(atMost batchMax: Int, by now: Arrival) -> ([Message], isDrained: Bool) {
        let first = sent
        while sent < queue.count, sent - first < batchMax, queue[sent].arrival.wall <= now.wall {
            sent += 1
        }
        let batch = queue[first..<sent].map { message in
            var message = message
            message.arrival = now
            return message
        }
        return (batch, sent == queue.count || queue[sent].arrival.wall > now.wall)
    }

    mutating func acknowledge() { acknowledged = sent }

    mutating func reconnect() { sent = acknowledged }
}

/// What a plant of two machines sends in two and a half minutes: its own messages, some of them overtaken by later ones, and
/// garbage between them.
struct SimulatedTraffic {
    let messages: [Message]

    /// `hasOperators`: people give commands between the samples.
    init(seed: UInt64, hasOperators: Bool = false) {
        var random = SeededGenerator(seed: seed)
        var settings = PlantSettings(start: EventTime(milliseconds: 1_767_600_000_000))
        settings.seed = seed
        settings.assets = 2
        settings.duration = .seconds(150)
        settings.faultFree = .seconds(70)
        settings.faultEvery = .seconds(20)
        settings.faultLength = .seconds(6)
        settings.camera = .init(rate: 3, dimension: 6, clockOffset: .milliseconds(40))
        settings.audio = .init(rate: 2, dimension: 5, clockOffset: .milliseconds(-25))
        settings.log.rate = 1
        var messages: [Message] = []
        for event in Plant(settings: settings) {
            guard case .message(var message) = event.kind else { continue }
            // Well within the lateness of half a second.
            message.arrival = Self.later(
                message.arrival, by: Int64.random(in: 0...100_000_000, using: &random))
            messages.append(message)
            if Int.random(in: 0..<20, using: &random) == 0 {
                messages.append(Self.garbage(beside: message, using: &random))
            }
            // Not before the first window: what has no time of its own yet is dated by its arrival, which
            // is another one in another rhythm.
            let isEarly = message.arrival.wall < settings.start.nanoseconds + 5_000_000_000
            if hasOperators, !isEarly, Int.random(in: 0..<40, using: &random) == 0 {
                messages.append(
                    Self.command(beside: message, number: messages.count, using: &random))
            }
        }
        self.messages = messages.enumerated()
            .sorted {
                ($0.element.arrival.wall, $0.offset) < ($1.element.arrival.wall, $1.offset)
            }
            .map(\.element)
    }

    private static func command(
        beside message: Message, number: Int, using random: inout SeededGenerator
    ) -> Message {
        let asset = message.topic.split(separator: "/")[1]
        let second = message.arrival.wall / 1_000_000_000
        let orders = [
            #""command":"ack""#, #""command":"ack""#, #""command":"shelve","for":"9s""#,
            #""command":"unshelve""#, #""command":"out_of_service""#,
            #""command":"in_service""#, #""command":"in_service""#,
            "\"command\":\"label\",\"kind\":\"planned\",\"from\":\"\(second)000\",\"for\":\"4s\"",
            "\"command\":\"label\",\"kind\":\"false_alarm\",\"from\":\"\(second)000\",\"for\":\"4s\"",
        ]
        // Some come twice, under the same id.
        let id = number / 3
        let order = orders.randomElement(using: &random)!
        return Message(
            topic: "anchord/simulated/asset/\(asset)/command",
            payload: Array("{\(order),\"who\":\"anna\",\"id\":\"\(id)\"}".utf8),
            arrival: message.arrival)
    }

    private static func later(_ arrival: Arrival, by nanoseconds: Int64) -> Arrival {
        Arrival(wall: arrival.wall + nanoseconds, elapsed: arrival.elapsed + nanoseconds)
    }

    /// No verdict may be lost or changed by it, but for the repeats: those are data.
    private static func garbage(
        beside message: Message, using random: inout SeededGenerator
    ) -> Message {
        var message = message
        switch Int.random(in: 0..<9, using: &random) {
        case 0: message.payload = Array(message.payload.dropLast(3))
        case 1: message.payload = []
        case 2:
            message.payload = (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Bytes that happen to be text would be a log line, of the time it arrived at.
            message.payload[0] = 0
        case 3: message.payload = Array(#"{"ts":12,"v":[1,2,3,4,5,6]}"#.utf8)
        case 4: message.topic = "features/a b/camera"
        case 5: message.topic = "elsewhere/press-1/camera"
        case 6: message.isRetained = true
        case 7: message.payload = stamped(message, ahead: .random(in: 2...999, using: &random))
        default: break  // Sent twice, as honest repeats are.
        }
        return message
    }

    /// The payload with a stamp so many minutes ahead.
    private static func stamped(_ message: Message, ahead minutes: Int) -> [UInt8] {
        let text = String(decoding: message.payload, as: UTF8.self)
        guard let head = text.firstRange(of: #""ts":"#) else { return message.payload }
        let stamp = text[head.upperBound...].prefix { $0.isNumber }
        guard let milliseconds = Int64(stamp) else { return message.payload }
        let ahead = String(milliseconds + Int64(minutes) * 60_000)
        return Array(text.replacing(stamp, with: ahead, maxReplacements: 1).utf8)
    }
}
