import Fusion
import Signals
import Testing

@Suite struct FilterPeaksTests {
    private func numbers(_ count: Int, _ dice: inout SeededGenerator) -> [Float] {
        // Coarse, so that equal answers come up too.
        (0..<count).map { _ in Float(Int.random(in: -3...3, using: &dice)) / 2 }
    }

    /// The maxima over the newest `span` frames, computed from all of them.
    private func direct(
        _ frames: [[Float]], span: Int, kernel: Int, filters: Int, _ W: [Float]
    ) -> [Float] {
        var seen = Array(frames.suffix(span))
        while seen.count < kernel { seen.append([Float](repeating: 0, count: seen[0].count)) }
        return (0..<filters).map { c in
            (0...seen.count - kernel).map { place in
                let y = seen[place..<place + kernel].flatMap(\.self)
                return y.indices.reduce(Float(0)) { $0 + y[$1] * W[$1 * filters + c] }
            }.max()!
        }
    }

    @Test(arguments: UInt64(0)..<40)
    func aStreamsPeaksAreTheMaximaOverItsNewestFrames(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        let (width, kernel, filters) = (
            Int.random(in: 1...4, using: &dice), Int.random(in: 1...4, using: &dice),
            Int.random(in: 1...9, using: &dice)
        )
        let span = kernel + Int.random(in: 0...6, using: &dice)
        let W = numbers(kernel * width * filters, &dice)
        var peaks = FilterPeaks(span: span, width: width, kernel: kernel, filters: filters)
        var frames: [[Float]] = []
        for _ in 0..<50 {
            frames.append(numbers(width, &dice))
            peaks.push(frames[frames.count - 1], W)
            let found = peaks.maxima(W)
            #expect(found == direct(frames, span: span, kernel: kernel, filters: filters, W))
        }
    }

    @Test func aRowsPlaceFromItsPeaksIsThatOfTheRow() {
        var dice = SeededGenerator(seed: 2)
        let architecture = SenseArchitecture(
            front: .frames(countMax: 4, width: 2, kernel: 2, filters: 5), hidden: [],
            dimension: 5, peaks: 5)
        let network = SenseNetwork(
            architecture: architecture, mean: [0, 0], scale: [1, 1],
            parameters: numbers(architecture.parameterCount, &dice))
        for frames in 1...4 {
            var row = numbers(architecture.rowWidth, &dice)
            row[0] = Float(frames)
            #expect(network.place(ofPeaks: network.peaks(row)) == network.project(row))
        }
    }

    @Test func aModelWithStatesSurvivesItsFileAndOthersKeepTheirBytes() throws {
        let architecture = SenseArchitecture(
            front: .frames(countMax: 4, width: 2, kernel: 2, filters: 3), hidden: [],
            dimension: 3, peaks: 3)
        var dice = SeededGenerator(seed: 1)
        let sense = NetworkModel.Sense(
            form: .frames(dimension: 2, countMax: 4),
            network: SenseNetwork(
                architecture: architecture, mean: [0, 0], scale: [1, 1],
                parameters: numbers(architecture.parameterCount, &dice)))
        let senses: [StreamName: NetworkModel.Sense] = [
            StreamName("camera"): sense, StreamName("audio"): sense,
        ]
        let states = StatePredictor(
            names: ["birch", "elm"], weights: numbers(6, &dice), temperature: 0.5,
            floors: [StreamName("camera"): 0.3])
        let model = NetworkModel(senses: senses, metadata: [:], states: states)
        let read = try NetworkModel(encoded: model.file.encoded)
        #expect(read == model)
        #expect(NetworkModel(senses: senses, metadata: [:]).id != model.id)
        let plain = String(
            decoding: try NetworkModel(senses: senses, metadata: [:]).file.encoded, as: UTF8.self)
        #expect(!plain.contains("states"))
    }

    @Test func theRightStateIsLikeliestAndSensesThatDisagreeAreNamed() {
        let (camera, log) = (StreamName("camera"), StreamName("log"))
        let predictor = StatePredictor(
            names: ["birch", "elm"], weights: [1, -1, -1, 1], temperature: 0.5,
            floors: [camera: 0.5, log: 0.5])
        let (birch, elm) = (predictor.scores([0.9, 0.1]), predictor.scores([0.1, 0.9]))
        func reading(_ scores: [StreamName: [Double]]) -> StateReading {
            StateReading(
                whole: predictor.likeliest(scores.keys.sorted().map { scores[$0]! }),
                senses: scores.mapValues { predictor.likeliest([$0]) },
                plausible: Dictionary(
                    uniqueKeysWithValues: scores.map { ($0, predictor.plausible($1, by: $0)) }))
        }
        let divided = reading([camera: birch, log: elm])
        #expect(predictor.likeliest([birch, birch, elm]).label == "birch")
        #expect(divided.contradiction == "camera says birch, log says elm")
        #expect(predictor.likeliest([birch]).probability > 0.9)
        #expect(reading([camera: birch, log: birch]).contradiction == nil)
        // A sense that sees nothing it knows names no state, however likely one is beside the others.
        let vague = predictor.scores([0.1, 0.2])
        #expect(predictor.likeliest([vague]).label == "elm")
        #expect(reading([camera: birch, log: vague]).contradiction == nil)
        #expect(reading([log: elm]).contradiction == nil)
    }

    @Test func aSenseThatRulesNothingOutContradictsNobody() {
        let predictor = StatePredictor(
            names: ["birch", "elm"], weights: [1, -1, -1, 1], temperature: 0.5,
            floors: [StreamName("camera"): -2])
        let scores = predictor.scores([0.9, 0.1])
        #expect(predictor.plausible(scores, by: StreamName("camera")) == ["birch", "elm"])
        #expect(predictor.plausible(scores, by: StreamName("log")).isEmpty)
    }
}
