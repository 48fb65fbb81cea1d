import Detection
import Foundation
import Fusion
import Intake
import Signals
import SimulatedPlant
import TestSupport
import Testing

@testable import Daemon

@Test(
    "Operators are obeyed once and in their place, whatever crashes", arguments: UInt64(1)..<7)
func operatorsAreObeyedInPlace(seed: UInt64) throws {
    let traffic = SimulatedTraffic(seed: seed, hasOperators: true)
    let calm = try SimulatedGateway(traffic, seed: seed)
    try calm.live(crashes: 0, turnsBetween: 1...1)
    let shaken = try SimulatedGateway(traffic, seed: ~seed)
    try shaken.live(crashes: 20, turnsBetween: 1...60)

    let alarms = try calm.alarms()
    #expect(alarms.count { $0.contains("by anna") } >= 5)
    #expect(try calm.labels().count > 0)
    let found = try shaken.alarms()
    for (found, expected) in zip(found, alarms) where found != expected {
        Issue.record("seed \(seed):\n  crashed:     \(found)\n  undisturbed: \(expected)")
        break
    }
    #expect(found.count == alarms.count, "seed \(seed)")
    #expect(try shaken.labels() == calm.labels(), "seed \(seed)")
    #expect(try shaken.verdicts() == calm.verdicts(), "seed \(seed)")
    #expect(shaken.contradictedTotal == 0, "seed \(seed)")
}

/// Faults that come and go all the time; nobody acknowledges.
@Test("A replayed plant whose scores flap rings once for each asset", arguments: UInt64(1)..<4)
func flappingPlantRingsOnce(seed: UInt64) throws {
    var plant = PlantSettings(start: EventTime(milliseconds: 1_767_600_000_000))
    plant.seed = seed
    plant.assets = 2
    plant.duration = .seconds(400)
    plant.faultFree = .seconds(90)
    plant.faultEvery = .seconds(14)
    plant.faultLength = .seconds(5)
    plant.camera = .init(rate: 3, dimension: 6, clockOffset: .zero)
    plant.audio = .init(rate: 2, dimension: 5, clockOffset: .zero)
    plant.log.rate = 1
    let folder = try TemporaryFolder()
    var writer = RecordingWriter()
    var recording: [UInt8] = []
    for event in Plant(settings: plant) {
        if case .message(let message) = event.kind { recording += writer.line(for: message) }
    }
    try Data(recording).write(to: URL(fileURLWithPath: folder.path("plant.ndjson")))

    var settings = DaemonSettings()
    settings.fusion.warmupWindows = 80
    settings.alarms.falseAlarms = .init(count: 60, per: .hour)
    // It would bridge the pauses.
    settings.alarms.sustainedShare = 0
    var rang: Set<String> = []
    var replay = try Replay(
        settings: settings, settingsHash: "s", labels: nil, folder: folder.path("work")
    ) { line in
        if line.contains(#""state":"raised""#) {
            rang.insert(String(line.split(separator: "\"")[7]))
        }
    }
    try replay.feed(folder.path("plant.ndjson"))
    let summary = try replay.finish()
    #expect(rang.count == 2)
    #expect(summary.alarms > summary.rings, "\(summary.alarms) raises")
    #expect(summary.rings == rang.count)
}
