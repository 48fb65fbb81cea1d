import Fusion
import LinearAlgebra
import Signals
import TestSupport
import Testing

@Suite struct LinearFitTests {
    private let settings = FusionSettings()

    @Test(
        "Senses that share a state agree; a sense that sees another one does not",
        arguments: UInt64(0)..<6)
    func swappedSenseDisagrees(seed: UInt64) throws {
        var senses = SyntheticSenses(seed: seed)
        let model = try #require(LinearFit.fit(senses.windows(300), settings: settings))
        #expect(model.alignedStreams == SyntheticSenses.names)
        var matched: [Double] = []
        var swapped: [Double] = []
        for second in 300..<400 {
            for (bad, into) in [(nil, 0), (1, 1)] as [(Int?, Int)] {
                let window = model.embed(senses.window(at: second, swapped: bad))
                let anchor = window.anchor(of: Set(SyntheticSenses.names), vanishing: 0)
                let agreement = try #require(anchor?.agreement[StreamName("b")] ?? nil)
                if into == 0 { matched.append(agreement) } else { swapped.append(agreement) }
            }
        }
        let wins = matched.reduce(0) { sum, m in sum + swapped.count { $0 < m } }
        #expect(Double(wins) / Double(matched.count * swapped.count) > 0.95)
    }

    @Test(
        "Senses that share nothing leave the disagreement, and are reported",
        arguments: UInt64(0)..<6)
    func independentSensesLeave(seed: UInt64) throws {
        var senses = SyntheticSenses(seed: seed, independent: true)
        let model = try #require(LinearFit.fit(senses.windows(300), settings: settings))
        #expect(model.dimensions == 0)
        #expect(model.alignedStreams.isEmpty)
        #expect(Set(model.agreements.keys) == Set(SyntheticSenses.names))
        #expect(model.agreements.values.contains { $0.pValue > settings.permutationLevel })
    }

    @Test("The same windows give the same model, byte for byte", arguments: UInt64(0)..<3)
    func fitIsDeterministic(seed: UInt64) throws {
        var senses = SyntheticSenses(seed: seed)
        let windows = senses.windows(200)
        let first = try #require(LinearFit.fit(windows, settings: settings))
        let second = try #require(LinearFit.fit(windows, settings: settings))
        #expect(first.encoded == second.encoded)
    }

    @Test("A stored model is read back whole; cut anywhere it is refused")
    func modelRoundTrip() throws {
        var senses = SyntheticSenses(seed: 5)
        let model = try #require(LinearFit.fit(senses.windows(120), settings: settings))
        let bytes = model.encoded
        #expect(try FusionModel(encoded: bytes) == model)
        for cut in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 50)) {
            #expect(throws: (any Error).self) { try FusionModel(encoded: Array(bytes[..<cut])) }
        }
    }

    @Test("What a window yields does not depend on which windows it was embedded beside")
    func embeddingIsOfOneWindow() throws {
        var senses = SyntheticSenses(seed: 8)
        let windows = senses.windows(150)
        let model = try #require(LinearFit.fit(windows, settings: settings))
        let forward = windows.map { model.embed($0) }
        let backward = Array(windows.reversed().map { model.embed($0) }.reversed())
        #expect(forward == backward)
    }

    @Test("Missing senses in part of the warm-up still give one space", arguments: UInt64(0)..<4)
    func missingRowsAreWeighted(seed: UInt64) throws {
        var senses = SyntheticSenses(seed: seed)
        let windows = (0..<300).map { second in
            senses.window(at: second, missing: second % 5 == 0 ? second / 5 % 3 : nil)
        }
        let model = try #require(LinearFit.fit(windows, settings: settings))
        #expect(model.alignedStreams == SyntheticSenses.names)
    }

    @Test("Where nothing ever moved there is no model")
    func stillSensesGiveNoModel() {
        let still = VectorSummary(vectors: [[1, 2, 3]])!
        let windows = (0..<100).map { second in
            let start = EventTime(milliseconds: Int64(second) * 1000)
            return WindowSummary(
                start: start, end: start + .seconds(1),
                streams: [StreamName("a"): .vector(still)])
        }
        #expect(LinearFit.fit(windows, settings: settings) == nil)
    }

    @Test("A sense that never moved while it was learnt is odd as soon as it moves")
    func stillSenseMoves() throws {
        var senses = SyntheticSenses(seed: 4)
        let name = StreamName("valve")
        func adding(_ value: Float, to window: WindowSummary) -> WindowSummary {
            var window = window
            window.streams[name] = .vector(VectorSummary(vectors: [[value, 2]])!)
            return window
        }
        let windows = senses.windows(200).map { adding(1, to: $0) }
        let model = try #require(LinearFit.fit(windows, settings: settings))
        #expect(!model.alignedStreams.contains(name))
        let window = senses.window(at: 200)
        let still = try #require(model.embed(adding(1, to: window)).senses[name])
        let moved = try #require(model.embed(adding(1.5, to: window)).senses[name])
        #expect(moved.residual > still.residual + 5)
        #expect(moved.hotelling == still.hotelling)
    }

    @Test("Roles interleave: half of the windows fit, a quarter each calibrates")
    func rolesInterleave() {
        let roles = (0..<320).map { LinearFit.role(ofWindow: $0, of: 320) }
        #expect(roles.count { $0 == .fit } == 160)
        #expect(roles.count { $0 == .parts } == 80)
        #expect(roles.count { $0 == .combination } == 80)
        #expect(roles.first == .fit)
    }

    @Test(
        "A number that stood still in the fit up to rounding cannot turn its sense's direction",
        arguments: UInt64(0)..<3)
    func stillNumberDoesNotTurnTheSense(seed: UInt64) throws {
        var senses = SyntheticSenses(seed: seed)
        let name = SyntheticSenses.names[1]
        func adding(_ value: Float, to window: WindowSummary) -> WindowSummary {
            var window = window
            guard case .vector(var vector)? = window.streams[name] else { return window }
            vector.mean.append(0.19118)
            vector.spread.append(0)
            // What the sums of equal numbers leave.
            vector.slope.append(value)
            vector.last.append(value)
            window.streams[name] = .vector(vector)
            return window
        }
        let windows = senses.windows(200).enumerated().map { index, window in
            adding(index.isMultiple(of: 2) ? 1e-17 : -1e-17, to: window)
        }
        let model = try #require(LinearFit.fit(windows, settings: settings))
        let window = senses.window(at: 200)
        let calm = model.embed(adding(0, to: window)).senses[name]?.common
        let moved = model.embed(adding(0.05, to: window)).senses[name]?.common
        #expect(cosine(try #require(calm), try #require(moved)) > 0.9)
    }
}
