import Detection
import Fusion
import Signals
import TestSupport
import Testing
import Windowing

@Suite struct AssetDetectorTests {
    private func detector(
        on windows: [WindowSummary], detection: DetectionSettings = DetectionSettings()
    ) throws -> AssetDetector {
        let fusion = FusionSettings()
        let model = try #require(LinearFit.fit(windows, settings: fusion))
        let calibration = Calibration(
            model: model, windows: windows, anchorWeight: 0.01,
            vanishing: detection.vanishingAnchor)
        var detector = AssetDetector(
            asset: AssetName("press-1"), detection: detection, alarms: AlarmSettings(),
            fusion: fusion, hop: .seconds(1))
        detector.adopt(.init(model: model, modelID: "m", calibration: calibration))
        return detector
    }

    @Test("What raises the alarm says why, also below the score from which others are explained")
    func raisedIsExplained() throws {
        var senses = SyntheticSenses(seed: 1)
        var settings = DetectionSettings()
        settings.explainAbove = 1000
        var detector = try detector(on: senses.windows(400), detection: settings)
        let verdicts = (400..<440).map { second in
            judge(&detector, senses.window(at: second, swapped: 1))
        }
        #expect(verdicts.contains { $0.alarm.isRaised })
        for verdict in verdicts where verdict.score! >= verdict.threshold! {
            #expect(verdict.blame != nil && verdict.reason != "Normal.")
        }
    }

    private func header(_ summary: WindowSummary) -> WindowHeader {
        let frames = summary.streams.mapValues { _ in
            StreamWindow(
                kind: .vector,
                frames: [.init(time: summary.start, value: .vector([0]))], age: .seconds(1))
        }
        return WindowHeader(
            Window(
                asset: AssetName("press-1"), start: summary.start, end: summary.end,
                streams: frames))
    }

    private func judge(
        _ detector: inout AssetDetector, _ summary: WindowSummary
    ) -> Verdict {
        detector.judge(header(summary), summary: summary).verdict
    }

    @Test(
        "A disturbed number is blamed on its sense and named, also in the sentence",
        arguments: UInt64(0)..<5)
    func disturbedNumberIsNamed(seed: UInt64) throws {
        var senses = SyntheticSenses(seed: seed)
        var detector = try detector(on: senses.windows(400))
        let name = StreamName("b")
        let map = try #require(detector.service?.model.encoders[name]?.linear.map)
        let calm = (390..<400).map { judge(&detector, senses.window(at: $0)) }
        #expect(calm.count { $0.explanation == nil } >= 8)
        var right = 0
        var explained = 0
        for second in 400..<450 {
            var window = senses.window(at: second)
            guard case .vector(var vector)? = window.streams[name] else { continue }
            let number = second % vector.dimension
            vector.mean[number] += 15 * map.scale[number]
            window.streams[name] = .vector(vector)
            var verdict = judge(&detector, window)
            guard verdict.explanation != nil else { continue }
            explained += 1
            #expect(verdict.blame == .stream(name))
            verdict.explain { $0 == .number(number, .mean) ? "pressure" : nil }
            let first = verdict.explanation?.namedFeatures.first
            guard first?.index == number else { continue }
            #expect(first?.name == "pressure" && first?.aspect == "mean")
            #expect(verdict.reason.contains("Mostly pressure too high"))
            right += 1
        }
        #expect(explained >= 20)
        #expect(Double(right) >= 0.95 * Double(explained))
    }

    @Test(
        "A sense that sees another state scores high and is the one blamed",
        arguments: UInt64(0)..<5)
    func contradictionIsBlamed(seed: UInt64) throws {
        var senses = SyntheticSenses(seed: seed)
        var detector = try detector(on: senses.windows(400))
        var blamed = 0
        var wrong = 0
        for second in 400..<500 {
            let verdict = judge(&detector, senses.window(at: second, swapped: 1))
            guard case .stream(let name) = verdict.blame else { continue }
            if name == StreamName("b") { blamed += 1 } else { wrong += 1 }
        }
        #expect(blamed > 60)
        #expect(wrong < blamed / 6)
    }

    @Test(
        "Normal windows score as their p-value says: one in ten above 1", arguments: UInt64(0)..<5)
    func normalScoresAreCalibrated(seed: UInt64) throws {
        var senses = SyntheticSenses(seed: seed)
        var detector = try detector(on: senses.windows(800))
        let high = (800..<1800).count { second in
            judge(&detector, senses.window(at: second)).score! > 1
        }
        // 200 calibration windows leave the true level uncertain by about 0.02.
        #expect(Double(high) / 1000 < 0.1 + 0.08)
    }

    @Test("Judging the same window twice gives the same score: scoring learns nothing")
    func scoringIsPure() throws {
        var senses = SyntheticSenses(seed: 3)
        var detector = try detector(on: senses.windows(300))
        let window = senses.window(at: 300)
        let first = judge(&detector, window)
        for second in 301..<320 { _ = judge(&detector, senses.window(at: second)) }
        #expect(judge(&detector, window).score == first.score)
    }

    @Test(
        "A missing sense is masked: the rest is scored, with quality uncertain",
        arguments: [0, 1, 2])
    func missingSenseIsMasked(missing: Int) throws {
        var senses = SyntheticSenses(seed: 4)
        var detector = try detector(on: senses.windows(400))
        let verdict = judge(&detector, senses.window(at: 400, missing: missing))
        #expect(verdict.score != nil)
        #expect(verdict.quality == .uncertain)
        #expect(verdict.streams[SyntheticSenses.names[missing]]?.isPresent == false)
    }

    @Test("With two senses left, a contradiction is seen and not localised")
    func twoSensesAreNotLocalised() throws {
        var senses = SyntheticSenses(seed: 6)
        var detector = try detector(on: senses.windows(400))
        var notLocalised = 0
        for second in 400..<440 {
            let verdict = judge(&detector, senses.window(at: second, swapped: 1, missing: 0))
            if verdict.blame == .notLocalised { notLocalised += 1 }
            #expect((verdict.parts[.disagreement] ?? nil) != nil)
        }
        #expect(notLocalised > 15)
    }

    @Test("The alarm says since when it is what it is, over any number of windows and a restart")
    func alarmKeepsItsTime() throws {
        var senses = SyntheticSenses(seed: 6)
        var detector = try detector(on: senses.windows(400))
        var since = EventTime(milliseconds: 401_000)
        var changes = 0
        for second in 400..<520 {
            let isOdd = (440..<470).contains(second)
            let summary = senses.window(at: second, swapped: isOdd ? 1 : nil)
            let judged = detector.judge(header(summary), summary: summary)
            if judged.change != nil {
                changes += 1
                since = summary.end
            }
            #expect(judged.verdict.alarmSince == since, "second \(second)")
            guard second % 10 == 5 else { continue }
            var saved = ByteWriter()
            detector.state.write(to: &saved)
            var stored = ByteReader(saved.bytes)
            let state = try AssetDetector.State(from: &stored)
            #expect(stored.isAtEnd && state == detector.state)
            detector = AssetDetector(
                asset: AssetName("press-1"), detection: DetectionSettings(),
                alarms: AlarmSettings(), fusion: FusionSettings(), hop: .seconds(1),
                service: detector.service, state: state)
        }
        #expect(changes == 2, "raised, and cleared")
    }

    @Test("An empty window is no data, with quality bad and no score")
    func emptyWindowIsNoData() throws {
        var senses = SyntheticSenses(seed: 7)
        var detector = try detector(on: senses.windows(200))
        let start = EventTime(milliseconds: 900_000)
        let verdict = judge(
            &detector, WindowSummary(start: start, end: start + .seconds(1), streams: [:]))
        #expect(verdict.state == .noData)
        #expect(verdict.score == nil)
        #expect(verdict.quality == .bad)
    }

    @Test("Contributions sum to one when anything is odd")
    func contributionsSumToOne() throws {
        var senses = SyntheticSenses(seed: 9)
        var detector = try detector(on: senses.windows(300))
        for second in 300..<330 {
            let verdict = judge(&detector, senses.window(at: second, swapped: second % 3))
            let sum = verdict.streams.values.reduce(0) { $0 + $1.contribution }
            #expect(abs(sum - 1) < 1e-9 || sum == 0)
        }
    }

    @Test("A stored calibration is read back whole; cut anywhere it is refused")
    func calibrationRoundTrip() throws {
        var senses = SyntheticSenses(seed: 2)
        let calibration = try #require(detector(on: senses.windows(80)).service?.calibration)
        let bytes = calibration.encoded
        #expect(try Calibration(encoded: bytes) == calibration)
        for cut in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
            #expect(throws: (any Error).self) { try Calibration(encoded: Array(bytes[..<cut])) }
        }
    }
}
