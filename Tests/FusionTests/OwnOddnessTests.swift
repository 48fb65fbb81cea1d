import Fusion
import LinearAlgebra
import Signals
import TestSupport
import Testing

/// What one sense shows by itself, on a sense of six numbers that wander a little, ten frames a
/// window, and a log.
@Suite struct OwnOddnessTests {
    private static let camera = StreamName("camera")
    private static let log = StreamName("log")
    private static let dimension = 6

    /// Windows in order; `change` may alter the frames and the templates of a window.
    private static func windows(
        _ count: Int, seed: UInt64,
        change: (Int, inout [[Float]], inout [Int32]) -> Void = { _, _, _ in }
    ) -> [WindowSummary] {
        var dice = SeededGenerator(seed: seed)
        func noise(_ scale: Float) -> Float {
            (0..<6).reduce(Float(-3)) { sum, _ in sum + Float.random(in: 0..<1, using: &dice) }
                * scale
        }
        var course = RecentCourse()
        return (0..<count).map { second in
            let level = (0..<dimension).map { _ in noise(1) }
            var frames = (0..<10).map { _ in level.map { $0 + noise(0.5) } }
            var templates: [Int32] = [0, 1, 2, 3].flatMap { [$0, $0 + 10] }
            if Bool.random(using: &dice) { templates += [4, 14] }
            change(second, &frames, &templates)
            let records = templates.map {
                LogRecord(template: $0, isUnseen: false, terms: [], severity: .info)
            }
            let start = EventTime(milliseconds: Int64(second) * 1000)
            var window = WindowSummary(
                start: start, end: start + .seconds(1),
                streams: [
                    camera: .vector(VectorSummary(vectors: frames)!),
                    log: .log(LogSummary(records: records)),
                ])
            course.advance(&window)
            return window
        }
    }

    /// A model of the first 400 windows, and what it finds in the others.
    private func measured(
        of stream: StreamName = camera, seed: UInt64, until end: Int = 600,
        change: (Int, inout [[Float]], inout [Int32]) -> Void
    ) throws -> [OwnOddness] {
        let windows = Self.windows(end, seed: seed, change: change)
        let model = try #require(
            LinearFit.fit(Array(windows[..<400]), settings: FusionSettings()))
        return windows[400...].compactMap { model.embed($0).senses[stream]?.own }
    }

    private func measured(
        _ measure: OwnMeasure, of stream: StreamName = camera, seed: UInt64,
        change: (Int, inout [[Float]], inout [Int32]) -> Void
    ) throws -> [Double] {
        try measured(of: stream, seed: seed, change: change).compactMap { $0[measure] }
    }

    /// Share of pairs in which the later of both halves is the odder.
    private func shareAbove(_ odd: ArraySlice<Double>, _ normal: ArraySlice<Double>) -> Double {
        let wins = odd.reduce(0) { sum, o in sum + normal.count { $0 < o } }
        return Double(wins) / Double(max(1, odd.count * normal.count))
    }

    @Test("One bad frame among ten is seen", arguments: 0..<4)
    func oneBadFrame(seed: Int) throws {
        func spoil(_ second: Int, _ frames: inout [[Float]], _: inout [Int32]) {
            guard second >= 500 else { return }
            // Like any number of this sense, but of the wrong sign for its neighbours.
            for j in 0..<Self.dimension { frames[4][j] += j.isMultiple(of: 2) ? 2.5 : -2.5 }
        }
        let frame = try measured(.frame, seed: UInt64(seed), change: spoil)
        #expect(frame.count == 200)
        #expect(shareAbove(frame[100...], frame[..<100]) > 0.95)
    }

    @Test("A number that stops moving is seen, though its value is usual", arguments: 0..<4)
    func frozenNumber(seed: Int) throws {
        let frozen = try measured(.frozen, seed: UInt64(seed)) { second, frames, _ in
            guard second >= 500 else { return }
            for k in frames.indices { frames[k][2] = 0.25 }
        }
        // The long mean takes some thirty windows to know.
        #expect(shareAbove(frozen[160...], frozen[..<100]) > 0.95)
    }

    @Test(
        "A slow drift is seen while each window is still within its usual range", arguments: 0..<4)
    func slowDrift(seed: Int) throws {
        func drift(_ second: Int, _ frames: inout [[Float]], _: inout [Int32]) {
            guard second >= 500 else { return }
            let offset = min(1.2, Float(second - 500) * 0.02)
            for k in frames.indices {
                for j in 0..<Self.dimension {
                    frames[k][j] += j.isMultiple(of: 2) ? offset : -offset
                }
            }
        }
        let odd = try measured(seed: UInt64(seed), change: drift)
        func share(_ measure: OwnMeasure) -> Double {
            let values = odd.compactMap { $0[measure] }
            return shareAbove(values[150...], values[..<100])
        }
        for measure in [OwnMeasure.shift, .drift] {
            #expect(share(measure) > 0.9)
            #expect(share(measure) > share(.neighbour))
        }
    }

    @Test("After a fault is over, what the past was like does not go on ringing", arguments: 0..<4)
    func pastFaultIsOver(seed: Int) throws {
        func fault(_ second: Int, _ frames: inout [[Float]], _: inout [Int32]) {
            guard (490..<500).contains(second) else { return }
            for k in frames.indices { frames[k][1] += 6 }
        }
        for measure in [OwnMeasure.shift, .turmoil] {
            let odd = try measured(measure, seed: UInt64(seed), change: fault)
            // The window after it steps back, and is as odd as the one that stepped away.
            #expect(shareAbove(odd[101..<121], odd[..<80]) < 0.75)
        }
    }

    @Test("A seldom succession of well-known templates is seen", arguments: 0..<4)
    func seldomSuccession(seed: Int) throws {
        let order = try measured(.order, of: Self.log, seed: UInt64(seed)) { second, _, templates in
            if second >= 500 { templates.swapAt(1, 4) }
        }
        #expect(shareAbove(order[100...], order[..<100]) == 1)
    }

    @Test("A log that falls silent grows odder with every window")
    func silence() throws {
        let silence = try measured(.silence, of: Self.log, seed: 1) { second, _, templates in
            if second >= 590 { templates = [] }
        }
        #expect(silence[..<190].allSatisfy { $0 == 0 })
        #expect(zip(silence[190...], silence[191...]).allSatisfy { $0 < $1 })
    }

    @Test(
        "Other units of a sense's numbers change none of its measures by more than rounding",
        arguments: 0..<3)
    func unitsDoNotMatter(seed: Int) throws {
        let factors: [Float] = [1024, 0.25, 1, 8, 0.0625, 64]
        let plain = try measured(seed: UInt64(seed), until: 450) { _, _, _ in }
        let scaled = try measured(seed: UInt64(seed), until: 450) { _, frames, _ in
            for k in frames.indices {
                for j in factors.indices { frames[k][j] *= factors[j] }
            }
        }
        for measure in OwnMeasure.allCases {
            for (a, b) in zip(plain, scaled) {
                #expect((a[measure] == nil) == (b[measure] == nil))
                guard let a = a[measure], let b = b[measure] else { continue }
                #expect(abs(a - b) < 0.02 + 0.02 * abs(a))
            }
        }
    }

    @Test("Every measure of a vector sense and of a log is there, and nothing else")
    func measuresPresent() throws {
        let windows = Self.windows(410, seed: 3)
        let model = try #require(
            LinearFit.fit(Array(windows[..<400]), settings: FusionSettings()))
        let senses = model.embed(windows[405]).senses
        let logs: Set<OwnMeasure> = [.prototype, .neighbour, .order, .silence]
        // Without a trained network there is no own part for a mixture.
        for measure in OwnMeasure.allCases where measure != .mixture {
            let isOfVectors = measure != .order && measure != .silence
            #expect((senses[Self.camera]?.own[measure] != nil) == isOfVectors)
            #expect((senses[Self.log]?.own[measure] != nil) == logs.contains(measure))
        }
    }
}
