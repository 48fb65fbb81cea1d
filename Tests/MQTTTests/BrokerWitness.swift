import Foundation
import Glibc
import Logging
import MQTT
import Signals
import TestSupport

/// Takes down all a broker client tells its delegate, and can be told to fail or to publish.
///
/// `@unchecked Sendable`: everything that changes is guarded by `condition`.
final class BrokerWitness: BrokerDelegate, @unchecked Sendable {
    struct Refused: Error {}

    private let condition = NSCondition()
    private var story = Story()
    private var failuresLeft: Int
    private let onConnect: @Sendable () -> Void

    struct Story {
        var sessions: [SessionInfo] = []
        var granted: [String: QoS?] = [:]
        var losses: [String] = []
        var messages: [Message] = []
        var batches: [Int] = []
        var refused: [Message] = []
        var ticks = 0
        var drainedTicks = 0
        var flushes = 0
        var published: [UInt64] = []
        var refusedTokens: [UInt64] = []

        var payloads: [String] { messages.map { String(decoding: $0.payload, as: UTF8.self) } }
    }

    /// Refuses to keep the first `failures` batches that hold something.
    init(failures: Int = 0, onConnect: @escaping @Sendable () -> Void = {}) {
        failuresLeft = failures
        self.onConnect = onConnect
    }

    var seen: Story {
        condition.withLock { story }
    }

    /// Waits until the story is so; tells whether it came to that.
    func sees(within span: Duration = .seconds(20), _ isTrue: (Story) -> Bool) -> Bool {
        let deadline = Date(timeIntervalSinceNow: span.seconds)
        condition.lock()
        defer { condition.unlock() }
        while !isTrue(story) {
            if !condition.wait(until: deadline) { return isTrue(story) }
        }
        return true
    }

    private func note(_ change: (inout Story) -> Void) {
        condition.lock()
        change(&story)
        condition.broadcast()
        condition.unlock()
    }

    func brokerConnected(_ session: SessionInfo) {
        note { $0.sessions.append(session) }
        onConnect()
    }

    func brokerGranted(filter: String, qos: QoS?) { note { $0.granted[filter] = qos } }

    func brokerLost(_ reason: String, retryIn: Duration) { note { $0.losses.append(reason) } }

    func keep(_ batch: [Message], isDrained: Bool) throws {
        var mustFail = false
        note { story in
            if batch.isEmpty {
                story.ticks += 1
                story.drainedTicks += isDrained ? 1 : 0
            } else if failuresLeft > 0 {
                failuresLeft -= 1
                mustFail = true
                story.refused += batch
            } else {
                story.batches.append(batch.count)
                story.messages += batch
            }
        }
        if mustFail { throw Refused() }
    }

    func flushed() { note { $0.flushes += 1 } }
    func published(token: UInt64) { note { $0.published.append(token) } }
    func publishRefused(token: UInt64, reason: String) { note { $0.refusedTokens.append(token) } }
}

func systemArrival() -> Arrival {
    var wall = timespec()
    var elapsed = timespec()
    clock_gettime(CLOCK_REALTIME, &wall)
    clock_gettime(CLOCK_MONOTONIC, &elapsed)
    return Arrival(
        wall: Int64(wall.tv_sec) * 1_000_000_000 + Int64(wall.tv_nsec),
        elapsed: Int64(elapsed.tv_sec) * 1_000_000_000 + Int64(elapsed.tv_nsec))
}

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Settings for a broker of a test's own: back within a moment of losing it.
func settings(_ url: String) -> BrokerSettings {
    var settings = BrokerSettings()
    settings.url = url
    settings.reconnectMin = .milliseconds(50)
    settings.reconnectMax = .milliseconds(200)
    return settings
}

func makeClient(
    _ settings: BrokerSettings, id: String = "witness", will: Will? = nil,
    subscriptions: [String] = [], former: [String] = [],
    _ witness: BrokerWitness
) -> BrokerClient {
    BrokerClient(
        settings: settings, clientID: id, will: will, subscriptions: subscriptions,
        formerSubscriptions: former, arrival: systemArrival, jitterSeed: 1, logger: silent,
        delegate: witness)
}

/// Publishes `payloads` in order, and returns when the broker has them all.
func publish(
    _ payloads: [String], to topic: String, qos: QoS = .atLeastOnce, retain: Bool = false,
    _ url: String
) throws {
    let tool = BrokerTool(
        settings: settings(url), clientID: "publisher", arrival: systemArrival, jitterSeed: 2,
        logger: silent)
    defer { tool.close() }
    for payload in payloads {
        tool.publish(
            Publication(topic: topic, payload: Array(payload.utf8), qos: qos, retain: retain))
    }
    try tool.finish(waitMax: .seconds(30))
}
