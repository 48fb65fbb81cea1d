import Foundation
import Signals
import SimulatedPlant

/// What a plant did, taken apart for the tests.
struct Recorded {
    var events: [PlantEvent] = []
    var messages: [Heard] = []
    var faults: [Fault] = []

    struct Heard: Equatable {
        var asset: String
        var sense: Sense
        var payload: [UInt8]
        var stamp: EventTime
        var left: EventTime
        var values: [Double]
        var line: String

        /// The recipe a log line names.
        var recipe: String? {
            let words = line.split(separator: " ")
            guard let i = words.firstIndex(of: "recipe"), i + 1 < words.count else { return nil }
            return String(words[i + 1])
        }
    }

    init(_ settings: PlantSettings) throws {
        for event in Plant(settings: settings) {
            events.append(event)
            switch event.kind {
            case .faultBegan(let fault): faults.append(fault)
            case .faultEnded: break
            case .message(let message): messages.append(try Self.heard(message, at: event.at))
            }
        }
    }

    func of(_ sense: Sense, asset: String = "press-1") -> [Heard] {
        messages.filter { $0.asset == asset && $0.sense == sense }
    }

    private static func heard(_ message: Message, at left: EventTime) throws -> Heard {
        let topic = message.topic.split(separator: "/")
        let json = try JSONDecoder().decode(Payload.self, from: Data(message.payload))
        return Heard(
            asset: String(topic[1]), sense: Sense(rawValue: String(topic[2]))!,
            payload: message.payload, stamp: EventTime(milliseconds: json.ts), left: left,
            values: json.v ?? [], line: json.line ?? "")
    }

    struct Payload: Decodable {
        var ts: Int64
        var v: [Double]?
        var line: String?
        var severity: String?
    }
}

/// A plant small enough for a test of a second.
func smallPlant(seed: UInt64, seconds: Int) -> PlantSettings {
    var settings = PlantSettings(start: EventTime(milliseconds: 1_790_000_000_137))
    settings.seed = seed
    settings.assets = 1
    settings.duration = .seconds(seconds)
    settings.faultFree = .seconds(20)
    settings.camera.dimension = 6
    settings.audio.dimension = 5
    return settings
}
