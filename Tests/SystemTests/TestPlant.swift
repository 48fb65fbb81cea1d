import Foundation
import MQTT
import Signals
import SimulatedPlant
import Synchronization
import TestSupport

/// Two presses with a minute without faults, then a fault now and then.
struct TestPlant {
    let settings: PlantSettings
    let messages: [Message]
    private let seconds: Int

    init(seed: UInt64, seconds: Int = 150, assets: Int = 2, calm: Int = 60) {
        var settings = PlantSettings(
            start: EventTime(milliseconds: 1_790_000_000_000))
        settings.seed = seed
        settings.assets = assets
        settings.duration = .seconds(seconds)
        settings.faultFree = .seconds(calm)
        settings.faultEvery = .seconds(24)
        settings.faultLength = .seconds(8)
        // No stamp before the plant's start: its first window is the labels' first one.
        settings.audio.clockOffset = .milliseconds(25)
        self.settings = settings
        self.seconds = seconds
        messages = Plant(settings: settings).compactMap { event in
            if case .message(let message) = event.kind { message } else { nil }
        }
    }

    var assets: [String] { (0..<settings.assets).map { settings.assetName($0).text } }

    /// Start of a window that surely closes by what comes after it, in milliseconds.
    var lastSureWindow: Int64 { settings.start.milliseconds + Int64(seconds - 3) * 1000 }

    /// The labels file that goes with it.
    var labels: String {
        let rows = PlantLabels(
            settings: settings, window: .seconds(1), duration: .seconds(seconds))
        return ([PlantLabels.csvHeader] + rows.map(\.csv)).joined(separator: "\n") + "\n"
    }

    /// The recipe that press-1's controller names at each second, by the log lines themselves.
    var recipes: [Int: String] {
        var recipes: [Int: String] = [:]
        var last = ""
        var second = 0
        for message in messages where message.topic == "features/press-1/log" {
            let text = String(decoding: message.payload, as: UTF8.self)
            guard let at = text.firstMatch(of: #/"ts":(\d+)/#).flatMap({ Int64($0.1) }),
                let recipe = text.firstMatch(of: #/recipe (\w+)/#).map({ String($0.1) })
            else { continue }
            let now = Int((at - settings.start.milliseconds) / 1000)
            while second < now {
                recipes[second] = last
                second += 1
            }
            last = recipe
        }
        return recipes
    }

    /// The share `from ..< to` of all messages.
    func part(_ from: Double, _ to: Double) -> [Message] {
        Array(messages[at(from)..<at(to)])
    }

    private func at(_ share: Double) -> Int { Int(share * Double(messages.count)) }
}

/// Plays messages into a broker, at QoS 1 and in order.
final class PlantPublisher: Sendable {
    private let tool: BrokerTool

    init(_ url: String) throws {
        tool = BrokerTool(
            settings: brokerSettings(url), clientID: "plant", arrival: systemArrival,
            jitterSeed: 5, logger: silent)
        try tool.waitUntilReady(waitMax: .seconds(60))
    }

    deinit {
        tool.close()
    }

    /// Returns when the broker has acknowledged them all. `speed` says how many times faster than
    /// they left the plant; `nil`: as fast as it goes.
    func publish(_ messages: [Message], speed: Double? = nil) throws {
        let began = ContinuousClock.now
        for message in messages {
            if let speed, let first = messages.first {
                let due =
                    Double(message.arrival.elapsed - first.arrival.elapsed) / 1e9 / speed
                let ahead = due - began.duration(to: .now) / .seconds(1)
                if ahead > 0.001 { usleep(UInt32(ahead * 1e6)) }
            }
            send(message)
        }
        try finish()
    }

    func publish(_ topic: String, _ payload: [UInt8], retain: Bool = false) throws {
        try publish([
            Message(
                topic: topic, payload: payload, isRetained: retain,
                arrival: Arrival(wall: 0, elapsed: 0))
        ])
    }

    /// Hands one message over; `finish` waits until all have arrived.
    func send(_ message: Message) {
        tool.publish(
            Publication(
                topic: message.topic, payload: message.payload, qos: .atLeastOnce,
                retain: message.isRetained))
    }

    func finish() throws {
        try tool.finish(waitMax: .seconds(120))
    }
}

/// Runs `body` on a thread of its own; `join` gives back what it threw.
final class Background: Sendable {
    private let ended = DispatchSemaphore(value: 0)
    private let failure = Mutex<(any Error)?>(nil)

    init(_ body: @escaping @Sendable () throws -> Void) {
        let thread = Thread { [self] in
            do { try body() } catch { failure.withLock { $0 = error } }
            ended.signal()
        }
        thread.stackSize = 4 << 20
        thread.start()
    }

    func join() throws {
        ended.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
