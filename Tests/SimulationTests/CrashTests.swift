import Foundation
import Signals
import Store
import Testing

/// Seeds that are always run, or those from `ANCHORD_SIMULATION_SEED` on, for fresh ones.
private let seeds: Range<UInt64> = {
    let first = ProcessInfo.processInfo.environment["ANCHORD_SIMULATION_SEED"].flatMap(UInt64.init)
    return (first ?? 1)..<(first ?? 1) + 6
}()

/// The same traffic, once undisturbed and once with crashes at random moments, in another rhythm of
/// batches. A failure names its seed: run it again with `ANCHORD_SIMULATION_SEED`.
@Test("A daemon that crashes says what one says that never did", arguments: seeds)
func crashingDaemonSaysTheSame(seed: UInt64) throws {
    let traffic = SimulatedTraffic(seed: seed)
    let calm = try SimulatedGateway(traffic, seed: seed)
    try calm.live(crashes: 0, turnsBetween: 1...1)
    let shaken = try SimulatedGateway(traffic, seed: ~seed)
    try shaken.live(crashes: 20, turnsBetween: 1...60)

    let expected = try calm.verdicts()
    let found = try shaken.verdicts()
    #expect(expected.count >= 300, "two assets, 150 windows each")
    #expect(expected.contains { $0.contains(#""state":"scoring""#) }, "a model went into service")
    #expect(found.count == expected.count, "seed \(seed)")
    for (found, expected) in zip(found, expected) where found != expected {
        Issue.record("seed \(seed):\n  crashed:     \(found)\n  undisturbed: \(expected)")
        break
    }
    #expect(try shaken.alarms() == calm.alarms(), "seed \(seed)")
    #expect(shaken.contradictedTotal == 0 && calm.contradictedTotal == 0, "seed \(seed)")
}

@Test("A replay of what a daemon heard says what the daemon said", arguments: seeds)
func replaySaysWhatTheDaemonSaid(seed: UInt64) throws {
    let live = try SimulatedGateway(SimulatedTraffic(seed: seed), seed: seed)
    try live.live(crashes: 0, turnsBetween: 1...1)
    let replayed = try live.replayed()
    #expect(replayed.count >= 300, "two assets, 150 windows each")
    // The daemon's are read asset by asset, the replay's come as they were decided.
    let byAsset = try live.verdicts()
    #expect(Set(replayed).subtracting(byAsset).isEmpty, "seed \(seed): only replayed")
    #expect(Set(byAsset).subtracting(replayed).isEmpty, "seed \(seed): only live")
    #expect(replayed.count == byAsset.count, "seed \(seed)")
}

@Test(
    "A daemon that crashes around trials and shadows contradicts nothing it has said",
    arguments: seeds)
func crashesAroundModels(seed: UInt64) throws {
    let traffic = SimulatedTraffic(seed: seed)
    let teacher = try SimulatedGateway(traffic, seed: seed)
    try teacher.live(crashes: 0, turnsBetween: 1...1)
    let shaken = try SimulatedGateway(traffic, seed: ~seed, model: try teacher.trained())
    try shaken.live(crashes: 20, turnsBetween: 1...60)
    let verdicts = try shaken.verdicts()
    #expect(shaken.contradictedTotal == 0, "seed \(seed)")
    #expect(try verdicts.count == teacher.verdicts().count, "seed \(seed)")
    #expect(verdicts.contains { $0.contains(#""state":"scoring""#) })
}

/// A machine that is at work now and then, by its log, in stretches of all lengths.
private let restless = """
    [activity]
    active_when = "log contains 'running for'"
    hold = "2s"
    grace = "1s"
    """

@Test(
    "A machine that works and rests is judged alike over crashes and in a replay", arguments: seeds)
func restsAlikeOverCrashes(seed: UInt64) throws {
    let traffic = SimulatedTraffic(seed: seed)
    let calm = try SimulatedGateway(traffic, seed: seed, more: restless)
    try calm.live(crashes: 0, turnsBetween: 1...1)
    let shaken = try SimulatedGateway(traffic, seed: ~seed, more: restless)
    try shaken.live(crashes: 20, turnsBetween: 1...60)
    let expected = try calm.verdicts()
    for state in ["idle", "starting"] {
        #expect(
            expected.contains { $0.contains("\"state\":\"\(state)\"") }, "seed \(seed): \(state)")
    }
    #expect(try shaken.verdicts() == expected, "seed \(seed)")
    #expect(try shaken.alarms() == calm.alarms(), "seed \(seed)")
    #expect(try Set(calm.replayed()) == Set(expected), "seed \(seed)")
    #expect(shaken.contradictedTotal == 0 && calm.contradictedTotal == 0, "seed \(seed)")
}

@Test("Data-health alarms are raised and cleared in turn, over crashes too", arguments: seeds)
func healthAlternates(seed: UInt64) throws {
    let hasty = """
        [health]
        silent_after = "400ms"
        silent_off = "0s"
        """
    let shaken = try SimulatedGateway(SimulatedTraffic(seed: seed), seed: seed, more: hasty)
    try shaken.live(crashes: 20, turnsBetween: 1...60)
    let steps = try shaken.healthSteps()
    #expect(steps.count > 10, "seed \(seed)")
    for (place, steps) in Dictionary(grouping: steps, by: { "\($0.asset) \($0.stream) \($0.kind)" })
    {
        for (k, step) in steps.enumerated() {
            #expect(step.isRaised == k.isMultiple(of: 2), "seed \(seed): \(place), step \(k)")
        }
    }
}

@Test(
    "Machines of a group lend each other windows alike over crashes and in a replay",
    // Plants in which the test lets somebody borrow.
    arguments: [1, 2, 4, 6] as [UInt64])
func lendsAlikeOverCrashes(seed: UInt64) throws {
    let group = """
        [detection]
        groups = ["press-*"]
        """
    let traffic = SimulatedTraffic(seed: seed)
    let calm = try SimulatedGateway(traffic, seed: seed, more: group)
    try calm.live(crashes: 0, turnsBetween: 1...1)
    let shaken = try SimulatedGateway(traffic, seed: ~seed, more: group)
    try shaken.live(crashes: 20, turnsBetween: 1...60)
    let expected = try calm.verdicts()
    #expect(try shaken.verdicts() == expected, "seed \(seed)")
    #expect(try shaken.alarms() == calm.alarms(), "seed \(seed)")
    #expect(try Set(calm.replayed()) == Set(expected), "seed \(seed)")
    #expect(shaken.contradictedTotal == 0 && calm.contradictedTotal == 0, "seed \(seed)")
    #expect(expected.contains { $0.contains(/"pooled":[1-9]/) }, "seed \(seed): nobody borrowed")
}
