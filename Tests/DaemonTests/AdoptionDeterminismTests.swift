import Detection
import Foundation
import Fusion
import Signals
import Testing

@testable import Daemon

/// What operators ask for takes effect at a window that the order of inputs fixes, however long fits
/// take and whenever the process begins anew.
@Suite("Trained models come into service by the inputs alone")
struct AdoptionDeterminismTests {
    private let models = ProposedPlant.networks

    /// Three commands at any moments, after the first fit as a rule.
    private func commands(_ random: inout SeededGenerator) -> [Int: [ProposedPlant.Command]] {
        var commands: [Int: [ProposedPlant.Command]] = [:]
        for _ in 0..<3 {
            let command: ProposedPlant.Command =
                switch Int.random(in: 0..<5, using: &random) {
                case 0: .relearn
                case 1: .propose(models[0], isForced: true)
                case 2: .propose(models[1], isForced: false)
                default: .propose(models[0], isForced: false)
                }
            commands[.random(in: 350..<1200, using: &random), default: []].append(command)
        }
        return commands
    }

    @Test(
        "Slow fits and restarts show in no verdict, whenever models are proposed",
        arguments: UInt64(0)..<12)
    func anyMoment(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var script = ProposedPlant.Script()
        script.commands = commands(&random)
        script.isPassing = seed % 4 != 3
        let prompt = try ProposedPlant(script)
        for _ in 0..<3 {
            script.fitTakes = .random(in: 1...100, using: &random)
            script.restarts = Set(
                (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    Int.random(in: 350..<1390, using: &random)
                })
            let other = try ProposedPlant(script)
            expectSame(prompt, other, "seed \(seed), fits take \(script.fitTakes)")
        }
    }

    private func expectSame(
        _ a: ProposedPlant, _ b: ProposedPlant, _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(a.verdicts.count == b.verdicts.count, "\(what)", sourceLocation: sourceLocation)
        let differing = zip(a.verdicts, b.verdicts).first { $0 != $1 }
        #expect(
            differing == nil,
            """
            \(what):
            \(differing?.0 ?? "")
            \(differing?.1 ?? "")
            \(a.events)
            \(b.events)
            """, sourceLocation: sourceLocation)
        #expect(a.archived == b.archived, "\(what)", sourceLocation: sourceLocation)
    }

    @Test("Both models are heard in the shadow, and the new one alone from its last window on")
    func shadow() throws {
        var script = ProposedPlant.Script()
        script.fusion.refitAfter = []
        script.commands = [500: [.propose(models[0], isForced: false)]]
        let plant = try ProposedPlant(script)
        let shadowed = plant.verdicts.indices.filter { plant.verdicts[$0].contains(#""shadow":{"#) }
        let began = try #require(shadowed.first)
        #expect(shadowed == Array(began..<began + 15))
        // Asked for after the first window that closed with the proposal there.
        #expect(
            plant.events.suffix(3) == [
                "fit at \(began - 10)", "shadow at \(began)", "adopted at \(began + 15)",
            ])
        #expect(plant.pipeline.lines[0].progress.network == models[0].id)
        #expect(
            plant.pipeline.lines[0].detector.service?.model.networkID == models[0].id)
    }

    @Test("A proposal that is refused changes no verdict and nothing that later fits learn from")
    func refused() throws {
        var script = ProposedPlant.Script()
        script.isPassing = false
        // Full in the midst of a trial; and a refit after all of them shows what is in it.
        script.fusion.refitAfter = [.seconds(100)]
        script.seconds = 220
        let undisturbed = try ProposedPlant(script)
        let first = 70 * 7
        script.commands = [
            first: [.propose(models[0], isForced: false)],
            first + 105: [.propose(models[1], isForced: false)],
            first + 200: [.propose(models[0], isForced: false)],
        ]
        let proposed = try ProposedPlant(script)
        #expect(proposed.requests.count == undisturbed.requests.count + 3)
        expectSame(undisturbed, proposed, "three refused proposals")
    }

    @Test("A refit that is due during a shadow waits, and keeps to the new model")
    func refitWaits() throws {
        var script = ProposedPlant.Script()
        // Due at the 80th window, while the shadow lasts from the 79th on.
        script.fusion.refitAfter = [.seconds(20)]
        script.commands = [68 * 7: [.propose(models[0], isForced: false)]]
        let plant = try ProposedPlant(script)
        let tookOver = try #require(
            plant.events.first { $0.hasPrefix("adopted") && $0 > "adopted at 9" })
        #expect(plant.requests.map(\.isProposed) == [false, true, false])
        #expect(plant.requests.last?.network == models[0].id)
        let window = try #require(Int(tookOver.split(separator: " ").last ?? ""))
        #expect(plant.events.contains("fit at \(window + 1)"))
    }

    @Test("The last of several proposals that wait is the one that is tried")
    func lastProposalWins() throws {
        var script = ProposedPlant.Script()
        script.fusion.refitAfter = []
        script.commands = [
            100: [.propose(models[0], isForced: false)],
            200: [.propose(models[1], isForced: false)],
        ]
        let plant = try ProposedPlant(script)
        #expect(plant.requests.map(\.network) == [nil, models[1].id])
    }

    @Test("Forced, a model ends a shadow and is in service after the lag")
    func forced() throws {
        var script = ProposedPlant.Script()
        script.fusion.refitAfter = []
        script.fusion.shadowWindows = 100
        script.commands = [
            500: [.propose(models[0], isForced: false)], 600: [.propose(models[1], isForced: true)],
        ]
        let plant = try ProposedPlant(script)
        #expect(plant.pipeline.lines[0].shadow == nil)
        #expect(plant.pipeline.lines[0].progress.network == models[1].id)
        #expect(!plant.verdicts[98].contains(#""shadow":{"#), "\(plant.events)")
        #expect(plant.verdicts[90].contains(#""shadow":{"#), "\(plant.events)")
    }

    @Test("Relearning ends a shadow and forgets what was proposed", arguments: [505, 600])
    func relearning(at moment: Int) throws {
        var script = ProposedPlant.Script()
        script.fusion.refitAfter = []
        script.commands = [500: [.propose(models[0], isForced: false)], moment: [.relearn]]
        let plant = try ProposedPlant(script)
        #expect(plant.pipeline.lines[0].shadow == nil)
        #expect(plant.pipeline.lines[0].progress.network == nil)
        #expect(plant.requests.last?.isProposed == false)
        #expect(plant.requests.last?.network == nil)
        #expect(plant.pipeline.lines[0].detector.service?.model.networkID == nil)
    }

    @Test("Relearning keeps to the trained model in service")
    func relearningKeeps() throws {
        var script = ProposedPlant.Script()
        script.fusion.refitAfter = []
        script.commands = [450: [.propose(models[0], isForced: true)], 700: [.relearn]]
        let plant = try ProposedPlant(script)
        #expect(plant.requests.map(\.network) == [nil, models[0].id, models[0].id])
        #expect(
            plant.pipeline.lines[0].detector.service?.model.networkID == models[0].id)
    }

    @Test("An asset that is forgotten takes its proposal along")
    func forgotten() throws {
        var script = ProposedPlant.Script()
        script.commands = [500: [.propose(models[0], isForced: false)]]
        script.seconds = 72
        var pipeline = try ProposedPlant(script).pipeline
        #expect(pipeline.lines[0].networks == [models[0].id])
        let wasKnown = pipeline.forget(ProposedPlant.asset) != nil
        #expect(wasKnown)
        #expect(pipeline.awaitedFits.isEmpty)
        let isKnown = pipeline.propose(models[0].id, for: ProposedPlant.asset, isForced: false)
        #expect(!isKnown)
    }
}
