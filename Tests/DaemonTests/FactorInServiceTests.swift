import Detection
import Foundation
import Fusion
import Learning
import Signals
import TestSupport
import Testing

@testable import Daemon

/// A light that rises beyond anything the training has seen.
@Suite("With misalignment use a factor that shifts rings no alarm")
struct FactorInServiceTests {
    private static let ambient = StreamName("ambient")
    private static let learning = 600
    private static let asset = AssetName("press-1")

    /// Three senses of one state; the light adds to two of them, and has a meter.
    private struct Plant {
        var senses = SyntheticSenses(seed: 3)

        mutating func window(at second: Int, rise: Float = 0, swapped: Int? = nil) -> WindowSummary
        {
            var window = senses.window(at: second, swapped: swapped)
            let light = rise + Float(Foundation.sin(Double(second) / 29))
            for (m, name) in SyntheticSenses.names.prefix(2).enumerated() {
                guard case .vector(var vector) = window.streams[name] else { continue }
                for j in vector.mean.indices {
                    vector.mean[j] += 0.9 * light * ((j + m) % 3 == 0 ? -1 : 1)
                }
                window.streams[name] = .vector(vector)
            }
            window.streams[FactorInServiceTests.ambient] = VectorSummary(vectors: [[light]])
                .map { .vector($0) }
            return window
        }
    }

    private static func request(network: String?) -> FitRequest {
        FitRequest(asset: asset, number: 1, network: network)
    }

    private struct Trained {
        let windows: [WindowSummary]
        let network: NetworkModel
        var plant: Plant
        let said: [String]
    }

    private static let trained = Result { () throws -> Trained in
        var plant = Plant()
        let windows = (0..<learning).map { plant.window(at: $0) }
        let folder = try TemporaryFolder()
        let corpus = try TrainingCorpus(folder: folder.path("."), windowsMax: 10_000)
        for window in windows { try corpus.spool.add(window, of: asset) }
        var plan = TrainingPlan()
        plan.training.dimension = 6
        plan.training.hidden = [16]
        plan.training.epochs = 15
        plan.training.batch = 64
        plan.training.rate = 5e-3
        plan.training.noise = 0.2
        plan.misalignment = try MisalignmentPolicy(words: ["use"], factors: ["ambient"])
        var said: [String] = []
        let network = try ModelTraining.run(
            corpus, plan: plan,
            progress: { if case .misalignment(let lines) = $0 { said += lines } }
        ).model
        return Trained(windows: windows, network: network, plant: plant, said: said)
    }

    /// Shares of windows beyond 1 % before and after the light rises by four, and of windows after it in
    /// which a sense shows another state.
    private static func shares(
        _ service: AssetDetector.Service, _ trained: Trained
    ) -> (before: Double, after: Double, faulty: Double) {
        var plant = trained.plant
        var detector = AssetDetector(
            asset: asset, detection: DetectionSettings(), alarms: AlarmSettings(),
            fusion: FusionSettings(), hop: .seconds(1), service: service)
        func share(_ seconds: Range<Int>, rise: Float, swapped: Int? = nil) -> Double {
            let odd = seconds.count { second in
                let summary = plant.window(at: second, rise: rise, swapped: swapped)
                let scored = detector.judge(WindowHeader(of: summary), summary: summary)
                return scored.verdict.pValue ?? 1 < 0.01
            }
            return Double(odd) / Double(seconds.count)
        }
        return (
            share(600..<800, rise: 0), share(800..<1000, rise: 4),
            share(1000..<1100, rise: 4, swapped: 1)
        )
    }

    @Test(
        "False alarms after the rise are a small part of those without, and faults are still found")
    func claim() throws {
        let trained = try Self.trained.get()
        let archive = trained.windows.map(\.encoded)
        let with = try #require(
            try Fitter.fit(
                Self.request(network: trained.network.id), archive: archive,
                settings: PipelineSettings(), network: trained.network
            ).service)
        #expect(with.model.removal == trained.network.removal)
        #expect(with.model.encoders[Self.ambient] == nil)
        // Without, and without the meter, which would ring by itself.
        let blind = trained.windows.map { window in
            var window = window
            window.streams[Self.ambient] = nil
            return window.encoded
        }
        let without = try #require(
            try Fitter.fit(
                Self.request(network: nil), archive: blind, settings: PipelineSettings()
            ).service)
        #expect(without.model.removal == nil)
        let (indifferent, usual) = (
            Self.shares(with, trained), Self.shares(without, trained)
        )
        #expect(usual.after > 0.5)
        #expect(indifferent.after < 0.1)
        #expect(indifferent.before < 0.05)
        #expect(indifferent.faulty > 0.5)
    }

    @Test(
        "A refit keeps it, also when the networks cannot serve, and the training says what it took out"
    )
    func refit() throws {
        let trained = try Self.trained.get()
        let removal = try #require(trained.network.removal)
        #expect(removal.factors == [Self.ambient])
        #expect(Set(removal.senses.keys) == Set(SyntheticSenses.names.prefix(2)))
        #expect(trained.said.contains { $0.hasPrefix("a: 1 of 24 directions follow the factors") })
        #expect(
            trained.said.contains(
                "c: nothing in it follows the factors beyond chance; nothing is taken out."))
        #expect(trained.said.contains { $0.hasPrefix("ambient: a factor") })
        let one = NetworkModel(
            senses: trained.network.senses.filter { $0.key == SyntheticSenses.names[0] },
            metadata: [:], removal: removal)
        let refitted = try Fitter.fit(
            Self.request(network: one.id), archive: trained.windows.map(\.encoded),
            settings: PipelineSettings(), network: one)
        #expect(refitted.service?.model.networkID == nil)
        #expect(refitted.service?.model.removal == removal)
    }
}
