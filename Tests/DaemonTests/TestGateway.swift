import Foundation
import Logging
import MQTT
import Signals
import Store
import Synchronization
import TestSupport

@testable import Daemon

/// The daemon's inside on a disk and a clock of one test's own; the broker is whoever calls it.
final class TestGateway {
    private let root: TemporaryFolder
    private let elapsed = Clock()
    private(set) var gateway: Gateway

    private final class Clock: Sendable {
        private let passed = Mutex<Int64>(0)

        func pass(_ span: Duration) { passed.withLock { $0 += span.nanoseconds } }

        var now: Arrival {
            let elapsed = passed.withLock { $0 }
            return Arrival(wall: 1_790_000_000_000_000_000 + elapsed, elapsed: elapsed)
        }
    }

    /// `prepare` may leave something in the Store before the first start.
    init(
        _ prepare: (StateStore) throws -> Void = { _ in },
        settings adjust: (inout DaemonSettings) -> Void = { _ in }
    ) throws {
        root = try TemporaryFolder()
        var settings = Self.settings(in: root)
        adjust(&settings)
        try prepare(StateStore(path: settings.store.effectivePath(environment: [:])))
        gateway = try Self.start(settings, elapsed)
    }

    var now: Arrival { elapsed.now }

    /// The process is gone from one instruction to the next, and another one starts.
    func crash(settings adjust: (inout DaemonSettings) -> Void = { _ in }) throws {
        gateway.journal.release()
        var settings = gateway.settings
        adjust(&settings)
        gateway = try Self.start(settings, elapsed)
    }

    func pass(_ span: Duration) { elapsed.pass(span) }

    func keep(_ batch: [Message] = []) throws { try gateway.keep(batch, isDrained: true) }

    func message(
        _ stream: String, _ payload: String, asset: String = "press-1", qos: QoS = .atLeastOnce
    ) -> Message {
        Message(
            topic: "features/\(asset)/\(stream)", payload: Array(payload.utf8), qos: qos,
            arrival: now)
    }

    /// Publications to `topic` that no commit has stored yet.
    func waiting(_ topic: String) -> [OutboxMessage] {
        gateway.outbox.changes().add.filter { $0.topic == topic }
    }

    private static func settings(in folder: TemporaryFolder) -> DaemonSettings {
        var settings = DaemonSettings()
        settings.store.path = folder.path("state.sqlite")
        settings.store.journalFolder = folder.path("journal")
        settings.store.commitEvery = .seconds(3600)
        return settings
    }

    private static func start(_ settings: DaemonSettings, _ clock: Clock) throws -> Gateway {
        let recovery = try Recovery(
            settings: settings, gatewayName: "gw", environment: [:],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            kernel: { clock.now })
        return try Gateway(recovery, manager: ServiceManager(environment: [:]))
    }
}
