import Foundation
import Glibc
import Logging
import MQTT
import Signals
import TestSupport

/// Hears all that is published, through a session that the broker keeps while it is restarted.
///
/// `@unchecked Sendable`: everything that changes is guarded by `condition`.
final class Listener: BrokerDelegate, @unchecked Sendable {
    struct Heard {
        var inputs: [Message] = []
        /// Everything else, by topic.
        var outputs: [String: [Message]] = [:]

        func payloads(_ topic: String) -> [String] {
            (outputs[topic] ?? []).map { String(decoding: $0.payload, as: UTF8.self) }
        }

        func last(_ topic: String) -> String? {
            outputs[topic]?.last.map { String(decoding: $0.payload, as: UTF8.self) }
        }

        /// Verdicts of one asset as published, repeats included.
        func verdicts(_ asset: String, gateway: String = "gw") -> [String] {
            payloads("anchord/\(gateway)/asset/\(asset)/score")
        }

        /// Start of the newest verdict's window, in milliseconds.
        func newestWindow(_ asset: String, gateway: String = "gw") -> Int64? {
            last("anchord/\(gateway)/asset/\(asset)/score").flatMap(VerdictLine.init)?
                .windowStartMs
        }
    }

    private let condition = NSCondition()
    private var story = Heard()
    private var granted = 0
    private var client: BrokerClient?

    /// Listens once this returns.
    init(_ url: String, filters: [String] = ["features/#", "anchord/#"]) throws {
        let client = BrokerClient(
            settings: brokerSettings(url), clientID: "listener", subscriptions: filters,
            arrival: systemArrival, jitterSeed: 3, logger: silent, delegate: self)
        self.client = client
        client.start()
        guard waits(until: { _ in self.granted == filters.count }) else {
            throw TestFailure("the broker answered no subscription")
        }
    }

    func close() {
        client?.stop()
        client = nil
    }

    var heard: Heard { condition.withLock { story } }

    /// Waits for a minute at most until it is so; tells whether it came to that.
    func hears(_ isTrue: (Heard) -> Bool) -> Bool { waits(until: isTrue) }

    private func waits(until isTrue: (Heard) -> Bool) -> Bool {
        let deadline = Date(timeIntervalSinceNow: 60)
        condition.lock()
        defer { condition.unlock() }
        while !isTrue(story) {
            if !condition.wait(until: deadline) { return isTrue(story) }
        }
        return true
    }

    private func note(_ change: () -> Void) {
        condition.lock()
        change()
        condition.broadcast()
        condition.unlock()
    }

    func brokerConnected(_ session: SessionInfo) {}

    func brokerGranted(filter: String, qos: QoS?) { note { granted += qos == nil ? 0 : 1 } }

    func brokerLost(_ reason: String, retryIn: Duration) {}

    func keep(_ batch: [Message], isDrained: Bool) throws {
        guard !batch.isEmpty else { return }
        note {
            for message in batch {
                if message.topic.hasPrefix("features/") {
                    story.inputs.append(message)
                } else {
                    story.outputs[message.topic, default: []].append(message)
                }
            }
        }
    }
}

/// What the broker keeps under `filter` for those who come later, by topic.
func retained(_ filter: String, at url: String) throws -> [String: String] {
    let condition = NSCondition()
    nonisolated(unsafe) var found: [String: String] = [:]
    nonisolated(unsafe) var isOver = false
    let end = "test/end-of-retained"
    let tool = BrokerTool(
        settings: brokerSettings(url), clientID: "late-comer", subscriptions: [filter, end],
        arrival: systemArrival, jitterSeed: 4, logger: silent
    ) { batch in
        condition.lock()
        for message in batch where message.isRetained {
            found[message.topic] = String(decoding: message.payload, as: UTF8.self)
        }
        if batch.contains(where: { $0.topic == end }) { isOver = true }
        condition.broadcast()
        condition.unlock()
    }
    defer { tool.close() }
    try tool.waitUntilReady(waitMax: .seconds(60))
    tool.publish(Publication(topic: end, payload: [1], qos: .atLeastOnce))
    let deadline = Date(timeIntervalSinceNow: 60)
    condition.lock()
    defer { condition.unlock() }
    while !isOver {
        guard condition.wait(until: deadline) else {
            throw TestFailure("what is retained never came to its end")
        }
    }
    return found
}

/// Back within a moment of losing the broker.
func brokerSettings(_ url: String) -> BrokerSettings {
    var settings = BrokerSettings()
    settings.url = url
    settings.reconnectMin = .milliseconds(50)
    settings.reconnectMax = .milliseconds(200)
    return settings
}

func systemArrival() -> Arrival {
    func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
    return Arrival(wall: read(CLOCK_REALTIME), elapsed: read(CLOCK_MONOTONIC))
}

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
