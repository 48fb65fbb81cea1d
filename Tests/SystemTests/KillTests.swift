import Daemon
import Foundation
import Signals
import TestSupport
import Testing

/// The daemon is killed while messages flow; what it says is what it would have said undisturbed.
@Suite("Kills and restarts change nothing", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct KillTests {
    /// A fresh seed comes through `ANCHORD_KILL_SEED`.
    private static let seeds = [
        ProcessInfo.processInfo.environment["ANCHORD_KILL_SEED"].flatMap(UInt64.init) ?? 11
    ]

    private let plant = TestPlant(seed: 2)
    private let broker: MosquittoBroker
    private let listener: Listener

    init() throws {
        var options = MosquittoBroker.Options()
        options.isPersistent = true
        broker = try MosquittoBroker(options)
        listener = try Listener(broker.url)
    }

    /// Until what closes surely has closed.
    private func hearsAll(_ anchord: AnchordProcess) {
        for asset in plant.assets {
            #expect(
                listener.hears { $0.newestWindow(asset) ?? 0 >= plant.lastSureWindow },
                "\(asset): \(anchord.log)")
        }
    }

    /// The inputs of the comparison are the plant's messages: QoS 1, one publisher, so the broker
    /// passed each on, in this order.
    private func expectUndisturbed(_ anchord: AnchordProcess) throws {
        expectEqual(
            listener.heard, replayed: try anchord.replayed(plant.messages), assets: plant.assets)
    }

    private func subscribed(_ anchord: AnchordProcess) throws {
        try anchord.start()
        try #require(listener.hears { $0.last("anchord/gw/status") != nil }, "\(anchord.log)")
        // Connected is not yet subscribed.
        try #require(try anchord.reports { $0.broker.granted == ["features/+/+": 1] })
    }

    @Test("Twenty kills lose no window and change none", arguments: seeds)
    func twentyKills(seed: UInt64) throws {
        defer { listener.close() }
        print("twenty kills with ANCHORD_KILL_SEED=\(seed)")
        var dice = SeededGenerator(seed: seed)
        let anchord = try AnchordProcess(TestSettings(broker.url))
        try subscribed(anchord)

        let gate = Gate()
        let messages = plant.messages
        let url = broker.url
        let flow = Background {
            let publisher = try PlantPublisher(url)
            for (index, message) in messages.enumerated() {
                gate.pass(index)
                // About a thousand a second.
                usleep(1000)
                publisher.send(message)
            }
            try publisher.finish()
        }
        let kills = 20
        let share = messages.count / kills
        for kill in 0..<kills {
            let verdicts = listener.heard.outputs.values.reduce(0) { $0 + $1.count }
            gate.open(until: (kill + 1) * share)
            gate.waitUntil(kill * share + Int.random(in: 0..<share, using: &dice))
            // Most lives get something done; some end before they have begun.
            if Int.random(in: 0..<4, using: &dice) > 0 {
                #expect(
                    listener.hears { $0.outputs.values.reduce(0) { $0 + $1.count } > verdicts },
                    "kill \(kill): \(anchord.log)")
            }
            usleep(.random(in: 0..<50_000, using: &dice))
            #expect(anchord.isRunning, "\(anchord.log)")
            anchord.kill()
            usleep(.random(in: 0..<50_000, using: &dice))
            try anchord.start()
        }
        gate.open(until: messages.count)
        try flow.join()
        hearsAll(anchord)
        #expect(anchord.stop() == 0)
        try expectUndisturbed(anchord)
    }

    @Test("Kills in the warm-up and around the fit leave the same model")
    func killsAroundTheFit() throws {
        defer { listener.close() }
        var settings = TestSettings(broker.url)
        // So few that a recovery has to commit and wait for the fit on its way.
        settings.more = ["fusion": ["held_max = 2"], "store": ["commit_every = \"10m\""]]
        let anchord = try AnchordProcess(settings)
        try subscribed(anchord)
        let publisher = try PlantPublisher(broker.url)

        try publisher.publish(plant.part(0, 0.2))
        #expect(listener.hears { $0.verdicts("press-1").count >= 20 }, "\(anchord.log)")
        anchord.kill()
        try anchord.start()

        try publisher.publish(plant.part(0.2, 0.5))
        #expect(listener.hears { $0.verdicts("press-1").count >= 60 }, "\(anchord.log)")
        anchord.kill()
        // Each life begins the fit anew; some end while they still go through the journal.
        for life in 3...12 {
            try anchord.start()
            if life.isMultiple(of: 2) {
                #expect(anchord.logs("Going on from the stored state."))
                usleep(10_000 * UInt32(life))
            }
            anchord.kill()
        }
        try anchord.start()
        try publisher.publish(plant.part(0.5, 1))
        hearsAll(anchord)
        #expect(anchord.stop() == 0)
        try expectUndisturbed(anchord)
    }

    @Test("What a command did is done, whatever comes right after it")
    func commandsAreDurable() throws {
        defer { listener.close() }
        var settings = TestSettings(broker.url)
        // No commit but those that a command itself asks for.
        settings.more = ["store": ["commit_every = \"10m\""]]
        let anchord = try AnchordProcess(settings)
        try subscribed(anchord)
        try PlantPublisher(broker.url).publish(plant.part(0, 0.6))
        let alarms = plant.assets.map { "anchord/gw/asset/\($0)/alarm" }
        #expect(listener.hears { heard in alarms.allSatisfy { heard.last($0) != nil } })
        // All of it: what the broker still has would make the forgotten asset known again.
        let sent = plant.part(0, 0.6).count
        #expect(
            try anchord.reports { status in
                status.assets.flatMap(\.streams).reduce(0) { $0 + $1.accepted } == sent
            })
        broker.stop()

        #expect(
            try anchord.run(["asset", "relearn", "press-2", "--config", anchord.settingsPath])
                .status == 0)
        anchord.kill()
        try anchord.start()
        #expect(try anchord.reports { $0.assets.last?.calibration.hasPrefix("warming up") == true })
        #expect(
            try anchord.run(["asset", "forget", "press-1", "--config", anchord.settingsPath])
                .status == 0)
        anchord.kill()
        try anchord.start()
        #expect(try anchord.reports { $0.assets.map(\.name) == ["press-2"] }, "\(anchord.log)")
        anchord.kill()

        try broker.start()
        #expect(try retained("anchord/#", at: broker.url)[alarms[0]] != nil)
        try anchord.start()
        #expect(try eventually { try retained("anchord/#", at: broker.url)[alarms[0]] == nil })
        #expect(try retained("anchord/#", at: broker.url)[alarms[1]] != nil)
        #expect(anchord.stop() == 0)
    }

    @Test("Stopped and started again it goes on, without a second warm-up and with what it missed")
    func stopAndStart() throws {
        defer { listener.close() }
        let anchord = try AnchordProcess(TestSettings(broker.url))
        try subscribed(anchord)
        let publisher = try PlantPublisher(broker.url)
        try publisher.publish(plant.part(0, 0.6))
        #expect(
            listener.hears { VerdictLine($0.verdicts("press-2").last ?? "")?.state == "scoring" },
            "\(anchord.log)")
        #expect(anchord.stop() == 0, "\(anchord.log)")

        try publisher.publish(plant.part(0.6, 0.8))
        try anchord.start()
        try publisher.publish(plant.part(0.8, 1))
        hearsAll(anchord)
        #expect(anchord.stop() == 0)
        for asset in plant.assets {
            let states = listener.heard.verdicts(asset).compactMap { VerdictLine($0)?.state }
            #expect(states.drop { $0 == "warming_up" }.allSatisfy { $0 == "scoring" })
        }
        try expectUndisturbed(anchord)
    }

    @Test("A broker restarted while messages wait for us, and while we talk to it, costs nothing")
    func brokerRestarted() throws {
        defer { listener.close() }
        let anchord = try AnchordProcess(TestSettings(broker.url))
        try subscribed(anchord)
        try PlantPublisher(broker.url).publish(plant.part(0, 0.4))
        // Right away: some of it has not reached the daemon, some verdicts not the broker.
        broker.stop()
        try broker.start()
        try PlantPublisher(broker.url).publish(plant.part(0.4, 0.6))

        anchord.kill()
        try PlantPublisher(broker.url).publish(plant.part(0.6, 0.8))
        broker.stop()
        try broker.start()
        try anchord.start()
        try PlantPublisher(broker.url).publish(plant.part(0.8, 1))
        hearsAll(anchord)
        #expect(anchord.stop() == 0)
        try expectUndisturbed(anchord)
    }

    @Test("While the broker is away verdicts wait, over a restart too, and then come in order")
    func brokerAway() throws {
        defer { listener.close() }
        var settings = TestSettings(broker.url)
        // The journal has it all, and the life after the kill has to say it all again.
        settings.more = ["store": ["commit_every = \"10m\""]]
        let anchord = try AnchordProcess(settings)
        try subscribed(anchord)
        try PlantPublisher(broker.url).publish(plant.part(0, 0.8))
        #expect(listener.hears { $0.verdicts("press-2").count >= 110 }, "\(anchord.log)")
        anchord.kill()
        broker.stop()

        try anchord.start()
        #expect(try anchord.reports { !$0.broker.isConnected && $0.outboxWaiting >= 50 })
        let waiting = try #require(try anchord.status()).outboxWaiting
        #expect(anchord.stop() == 0, "\(anchord.log)")
        try anchord.start()
        // The first life may have been stopped before it had said again all the journal holds: what
        // waited still waits, and the second life says the rest.
        #expect(try anchord.reports { !$0.broker.isConnected && $0.outboxWaiting >= waiting })

        let before = listener.heard
        try broker.start()
        #expect(try anchord.reports { $0.broker.isConnected && $0.outboxWaiting == 0 })
        try PlantPublisher(broker.url).publish(plant.part(0.8, 1))
        hearsAll(anchord)
        for asset in plant.assets {
            let later = listener.heard.verdicts(asset).dropFirst(before.verdicts(asset).count)
            let starts = later.compactMap { VerdictLine($0)?.windowStartMs }
            #expect(starts == starts.sorted())
        }
        #expect(anchord.stop() == 0)
        try expectUndisturbed(anchord)
    }
}

/// Lets a flow of messages go on step by step.
///
/// `@unchecked Sendable`: everything that changes is guarded by `condition`.
private final class Gate: @unchecked Sendable {
    private let condition = NSCondition()
    private var limit = 0
    private var passed = 0

    /// Waits until message `index` may go.
    func pass(_ index: Int) {
        condition.lock()
        while index >= limit { condition.wait() }
        passed = index + 1
        condition.broadcast()
        condition.unlock()
    }

    func open(until limit: Int) {
        condition.lock()
        self.limit = limit
        condition.broadcast()
        condition.unlock()
    }

    func waitUntil(_ count: Int) {
        condition.lock()
        while passed < min(count, limit) { condition.wait() }
        condition.unlock()
    }
}
