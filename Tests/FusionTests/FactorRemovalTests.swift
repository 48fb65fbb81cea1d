import Signals
import Testing

@testable import Fusion

/// Directions that a model does not look at.
@Suite("What follows a factor is taken out of everything that is measured")
struct FactorRemovalTests {
    private static let a = StreamName("a")
    private static let b = StreamName("b")
    private static let light = StreamName("light")
    private static let d = 16

    /// Of ±1, so that adding it to a frame of short fractions rounds nothing.
    private static func pattern(_ seed: UInt64) -> [Float] {
        var dice = SeededGenerator(seed: seed)
        return (0..<d).map { _ in Bool.random(using: &dice) ? 1 : -1 }
    }

    private static func projection(_ seeds: [UInt64], centre: Float = 0.5) -> NumberProjection {
        // Made orthogonal by flipping no sign: halves of one pattern against each other.
        let first = pattern(seeds[0])
        let rows = seeds.indices.map { k in
            first.indices.map { j in
                first[j] * (k == 1 && j % 2 == 1 ? -1 : 1) / Float(d).squareRoot()
            }
        }
        return NumberProjection(
            centre: [Float](repeating: centre, count: d), scale: [Float](repeating: 0.5, count: d),
            directions: rows.flatMap(\.self))!
    }

    private static func normal(_ dice: inout SeededGenerator) -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &dice) }
    }

    /// Two senses of one state, in fractions of 1/64, and the light's meter.
    private static func windows(_ count: Int, seed: UInt64 = 1) -> [WindowSummary] {
        frames(count, seed: seed).enumerated().map { second, senses in
            window(second, senses.map { $0 })
        }
    }

    private static func frames(_ count: Int, seed: UInt64) -> [[[[Float]]]] {
        var dice = SeededGenerator(seed: seed)
        var maps: [[[Double]]] = []
        for _ in 0..<2 {
            var map: [[Double]] = []
            for _ in 0..<d { map.append((0..<3).map { _ in normal(&dice) }) }
            maps.append(map)
        }
        return (0..<count).map { _ -> [[[Float]]] in
            let state: [Double] = (0..<3).map { _ in normal(&dice) }
            return maps.map { map in
                (0..<4).map { _ in map.map { row in seen(state, by: row, &dice) } }
            }
        }
    }

    private static func seen(
        _ state: [Double], by row: [Double], _ dice: inout SeededGenerator
    ) -> Float {
        var x = 0.3 * normal(&dice)
        for k in row.indices { x += row[k] * state[k] }
        return Float((x * 64).rounded() / 64)
    }

    private static func window(_ second: Int, _ senses: [[[Float]]]) -> WindowSummary {
        let start = EventTime(milliseconds: Int64(second) * 1000)
        var streams: [StreamName: StreamSummary] = [:]
        for (name, frames) in zip([a, b], senses) {
            streams[name] = VectorSummary(vectors: frames).map { .vector($0) }
        }
        streams[light] = VectorSummary(vectors: [[Float(second % 7)]]).map { .vector($0) }
        return WindowSummary(start: start, end: start + .seconds(1), streams: streams)
    }

    private static let removal = FactorRemoval(
        factors: [light],
        senses: [a: .init(level: projection([3, 4]), spread: projection([5]))!])

    @Test("Done twice it is done once, and a direction that is taken out cannot be seen")
    func idempotent() throws {
        var dice = SeededGenerator(seed: 9)
        let projection = Self.projection([3, 4])
        for _ in 0..<50 {
            var x = (0..<Self.d).map { _ in Float(10 * Self.normal(&dice)) }
            var moved = x
            let along = Float(Self.normal(&dice))
            for j in moved.indices {
                moved[j] += along * projection.scale[j] * projection.directions[j]
            }
            projection.project(&x)
            var twice = x
            projection.project(&twice)
            projection.project(&moved)
            for j in x.indices {
                #expect(abs(twice[j] - x[j]) < 1e-5)
                #expect(abs(moved[j] - x[j]) < 1e-5)
            }
        }
    }

    @Test("A sense that moves along a removed direction gives the same scores")
    func sameScores() throws {
        let model = try #require(
            LinearFit.fit(
                Self.windows(300), settings: FusionSettings(), without: Self.removal))
        let plain = try #require(LinearFit.fit(Self.windows(300), settings: FusionSettings()))
        #expect(model.encoders[Self.light] == nil && plain.encoders[Self.light] != nil)
        let pattern = Self.pattern(3)
        for (second, senses) in Self.frames(40, seed: 1).enumerated() {
            let window = Self.window(second, senses)
            var lit = senses
            for k in lit[0].indices {
                for j in 0..<Self.d { lit[0][k][j] += 4 * pattern[j] }
            }
            let bright = Self.window(second, lit)
            let before = try #require(model.embed(window).senses[Self.a])
            let after = try #require(model.embed(bright).senses[Self.a])
            #expect(abs(before.hotelling - after.hotelling) < 1e-5)
            #expect(abs(before.residual - after.residual) < 1e-5)
            for measure in OwnMeasure.allCases {
                guard let value = before.own[measure] else { continue }
                #expect(abs(value - (after.own[measure] ?? .infinity)) < 1e-5, "\(measure)")
            }
            for (x, y) in zip(before.common ?? [], after.common ?? []) {
                #expect(abs(x - y) < 1e-5)
            }
            let seen = try #require(plain.embed(bright).senses[Self.a])
            #expect(seen.residual > before.residual + 2)
            #expect(model.embed(window).senses[Self.b] != nil)
            #expect(model.embed(window).senses[Self.light] == nil)
        }
    }

    @Test("A training sees the numbers that the service sees", arguments: [false, true])
    func rowsAreTheSame(hasFrames: Bool) throws {
        let form: RowForm =
            hasFrames ? .frames(dimension: Self.d, countMax: 4) : .summary(dimension: Self.d)
        let front: SenseArchitecture.Front =
            hasFrames
            ? .frames(countMax: 4, width: Self.d, kernel: 1, filters: 2)
            : .features(width: 4 * Self.d)
        let reader = RowReader(form)
        let sense = try #require(Self.removal.senses[Self.a])
        for (second, senses) in Self.frames(10, seed: 2).enumerated() {
            var window = Self.window(second, senses)
            guard case .vector(var vector) = window.streams[Self.a] else { continue }
            vector.kept = senses[0].dropLast().flatMap(\.self)
            window.streams[Self.a] = .vector(vector)
            var row = try #require(reader.row(of: .vector(vector)))
            row.withUnsafeMutableBufferPointer { sense.project(row: $0, front: front) }
            let seen = try #require(Self.removal.applied(to: window).streams[Self.a])
            #expect(reader.row(of: seen) == row)
        }
    }

    @Test("It comes back from a model's bytes, and a model without it has none")
    func bytes() throws {
        let windows = Self.windows(200)
        let model = try #require(
            LinearFit.fit(windows, settings: FusionSettings(), without: Self.removal))
        #expect(model.encoded.prefix(4).elementsEqual("AFM6".utf8))
        let again = try FusionModel(encoded: model.encoded)
        #expect(again == model && again.removal == Self.removal)
        #expect(again.embed(windows[3]) == model.embed(windows[3]))
        #expect(throws: (any Error).self) { try FusionModel(encoded: model.encoded.dropLast(3)) }

        let plain = try #require(LinearFit.fit(windows, settings: FusionSettings()))
        #expect(plain.removal == nil)
        #expect(try FusionModel(encoded: plain.encoded) == plain)
        // A factor that nothing follows leaves the others as they are.
        let unmoved = try #require(
            LinearFit.fit(
                windows, settings: FusionSettings(),
                without: FactorRemoval(factors: [Self.light], senses: [:])))
        #expect(unmoved.encoders[Self.a]?.linear.map == plain.encoders[Self.a]?.linear.map)
    }

    @Test("It comes back from a model file, which a model without it does not mention")
    func file() throws {
        let architecture = SenseArchitecture(
            front: .features(width: 4 * Self.d), hidden: [2], dimension: 2)
        let network = SenseNetwork(
            architecture: architecture, mean: [Float](repeating: 0, count: 4 * Self.d),
            scale: [Float](repeating: 1, count: 4 * Self.d),
            parameters: [Float](repeating: 0.5, count: architecture.parameterCount))
        let senses = [
            Self.a: NetworkModel.Sense(form: .summary(dimension: Self.d), network: network)
        ]
        let model = NetworkModel(senses: senses, metadata: [:], removal: Self.removal)
        let again = try NetworkModel(encoded: try model.file.encoded)
        #expect(again == model && again.removal == Self.removal)
        let plain = NetworkModel(senses: senses, metadata: [:])
        #expect(plain.id != model.id)
        #expect(plain.file.tensors.keys.allSatisfy { !$0.contains("removed") })
        #expect(try NetworkModel(encoded: try plain.file.encoded).removal == nil)

        var torn = model.file.tensors
        torn["removed.level/a"] = Tensor(
            shape: [2, Self.d], values: Array(repeating: 1, count: 32))
        #expect(throws: NetworkModel.Malformed.self) {
            try NetworkModel(ModelFile(metadata: model.file.metadata, tensors: torn))
        }
    }
}
