import Detection
import Fusion
import Learning
import Signals
import TestSupport
import Testing

@testable import Daemon

/// Models trained for a moment on three senses of one hidden state.
@Suite("A trained model comes to a site")
struct NetworkFitTests {
    private static let settings = FusionSettings()

    private static func model(
        on windows: [WindowSummary], epochs: Int = 25, objective: Objective? = nil,
        attention: Int = 0
    ) throws -> NetworkModel {
        let folder = try TemporaryFolder()
        let corpus = try TrainingCorpus(folder: folder.path("."), windowsMax: 10_000)
        for window in windows { try corpus.spool.add(window, of: AssetName("press-1")) }
        var plan = TrainingPlan()
        plan.training.dimension = 6
        plan.training.hidden = [16]
        plan.training.epochs = epochs
        plan.training.batch = 64
        plan.training.rate = 5e-3
        plan.training.noise = 0.2
        if let objective { plan.training.objective = objective }
        plan.training.attention = attention
        if epochs == 1 { plan.training.rate = 1e-9 }
        return try ModelTraining.run(corpus, plan: plan).model
    }

    private static let windows: [WindowSummary] = {
        var senses = SyntheticSenses(seed: 3)
        return senses.windows(400)
    }()

    private static let good = Result { try model(on: windows) }
    private static let poor = Result { try model(on: windows, epochs: 1) }

    private func fit(_ network: NetworkModel, _ windows: [WindowSummary]) throws -> FusionModel {
        let linear = try #require(LinearFit.fit(windows, settings: Self.settings))
        return try NetworkFit.fit(
            windows, linear: linear, network: network, translations: [:],
            settings: Self.settings)
    }

    @Test("Its senses agree on windows it was not trained on, and it comes back from its bytes")
    func agreesAndComesBack() throws {
        let network = try Self.good.get()
        var senses = SyntheticSenses(seed: 3)
        let later = Array(senses.windows(600).suffix(200))
        let model = try fit(network, later)
        #expect(model.networkID == network.id)
        #expect(model.alignedStreams == SyntheticSenses.names)
        let again = try FusionModel(encoded: model.encoded) { $0 == network.id ? network : nil }
        #expect(again == model)
        #expect(again.embed(later[7]) == model.embed(later[7]))
        #expect(throws: FusionModel.Malformed.self) { try FusionModel(encoded: model.encoded) }
    }

    @Test("Models of many assets share the arrays of one network")
    func shared() throws {
        let network = try Self.good.get()
        let bytes = try fit(network, Self.windows).encoded
        let models = try (0..<3).map { _ in
            try FusionModel(encoded: bytes) { _ in network }
        }
        let name = SyntheticSenses.names[0]
        let places = Set(
            try models.map { model in
                try #require(model.encoders[name]?.network).network.parameters
                    .withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
            })
        #expect(places.count == 1)
    }

    @Test("A sense that sees another state leaves the disagreement")
    func leaves() throws {
        let network = try Self.good.get()
        var senses = SyntheticSenses(seed: 3)
        let windows = (0..<200).map { senses.window(at: $0, swapped: 2) }
        let model = try fit(network, windows)
        #expect(model.alignedStreams == Array(SyntheticSenses.names.prefix(2)))
        #expect(model.agreements.count == 3)
    }

    @Test("A sense that leaves the disagreement keeps what it alone knows, over its bytes too")
    func keepsItsOwnPart() throws {
        let network = try Self.model(on: Self.windows, epochs: 10, objective: .decAlign)
        var senses = SyntheticSenses(seed: 3)
        let windows = (0..<200).map { senses.window(at: $0, swapped: 2) }
        let model = try fit(network, windows)
        let name = try #require(SyntheticSenses.names.last)
        #expect(!model.alignedStreams.contains(name))
        let embedding = try #require(model.embed(windows[7]).senses[name])
        #expect(embedding.common == nil)
        #expect(embedding.own[.mixture] != nil)
        let again = try FusionModel(encoded: model.encoded) { $0 == network.id ? network : nil }
        #expect(again == model)
        #expect(again.embed(windows[7]) == model.embed(windows[7]))
    }

    @Test("With attention a window that lacks a sense is hardly odder for it, and bytes come back")
    func attention() throws {
        let network = try Self.model(
            on: Self.windows, epochs: 10, objective: .decAlign, attention: 2)
        let model = try fit(network, Self.windows)
        let again = try FusionModel(encoded: model.encoded) { $0 == network.id ? network : nil }
        #expect(again == model)
        var senses = SyntheticSenses(seed: 3)
        let later = senses.windows(600).suffix(200)
        let name = SyntheticSenses.names[0]
        func oddness(without missing: StreamName?) throws -> [Double] {
            try later.map { window in
                let window = WindowSummary(
                    start: window.start, end: window.end,
                    streams: window.streams.filter { $0.key != missing })
                #expect(again.embed(window) == model.embed(window))
                return try #require(model.embed(window).senses[name]?.own[.mixture])
            }.sorted()
        }
        let whole = try oddness(without: nil)
        for missing in SyntheticSenses.names.dropFirst() {
            let some = try oddness(without: missing)
            #expect(some != whole)
            // Half of them lie no further out than one in ten of the whole.
            #expect(some[100] < whole[180], "without \(missing)")
        }
    }

    @Test("A model that can read fewer than two senses is refused with what it reads")
    func unsuitable() throws {
        let network = try Self.good.get()
        let one = NetworkModel(
            senses: network.senses.filter { $0.key == SyntheticSenses.names[0] }, metadata: [:])
        let linear = try #require(LinearFit.fit(Self.windows, settings: Self.settings))
        do throws(NetworkFit.Unsuitable) {
            _ = try NetworkFit.fit(
                Self.windows, linear: linear, network: one, translations: [:],
                settings: Self.settings)
            Issue.record("a model of one sense was taken")
        } catch {
            #expect(
                error.description
                    == "the model reads a (vector of 24); of this asset's senses a, b, c "
                    + "it can read a, and needs two")
        }
    }

    private func service(_ model: FusionModel) -> AssetDetector.Service {
        AssetDetector.Service(
            model: model, modelID: "x",
            calibration: Calibration(
                model: model, windows: Self.windows, anchorWeight: 0.01, vanishing: 0.1))
    }

    @Test("A trial lets a good model take a poor one's place and not the other way round")
    func trial() throws {
        let good = service(try fit(try Self.good.get(), Self.windows))
        let poor = service(try fit(try Self.poor.get(), Self.windows))
        func trial(_ a: AssetDetector.Service, _ b: AssetDetector.Service) -> AdoptionTrial? {
            AdoptionTrial(
                candidate: a, current: b, windows: Self.windows, detection: DetectionSettings())
        }
        let forth = try #require(trial(good, poor))
        let back = try #require(trial(poor, good))
        #expect(forth.isPassed && !back.isPassed, "\(forth.gain) \(back.gain)")
        #expect(forth.rows.map(\.fault) == [.repairing, .lag, .noise])
        #expect(forth == trial(good, poor), "the same inputs, the same table")
        #expect(trial(good, good)?.isPassed == false, "not better")
        #expect(
            AdoptionTrial(
                candidate: good, current: poor, windows: Array(Self.windows.prefix(60)),
                detection: DetectionSettings()) == nil, "too few to tell")
    }

    @Test("A model that is not in the store, or whose rival is not, is refused")
    func missing() throws {
        var settings = PipelineSettings()
        settings.fusion = Self.settings
        let archive = Self.windows.map(\.encoded)
        func fit(_ network: NetworkModel?, toBeat: String?) throws -> FitResult {
            try Fitter.fit(
                FitRequest(
                    asset: AssetName("press-1"), number: 2, network: "n", isProposed: true,
                    toBeat: toBeat), archive: archive, settings: settings, network: network)
        }
        for result in [
            try fit(nil, toBeat: "m"), try fit(nil, toBeat: nil),
            try fit(try Self.good.get(), toBeat: "m"),
        ] {
            #expect(result.service == nil)
            guard case .unsuitable? = result.trial else {
                Issue.record("a model that is not there was tried")
                continue
            }
        }
        #expect(try fit(try Self.good.get(), toBeat: nil).service != nil)
    }
}
