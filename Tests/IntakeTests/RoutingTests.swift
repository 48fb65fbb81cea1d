import Intake
import Signals
import Testing

@Suite struct RoutingTests {
    @Test(
        "Names that could break a topic, a quote or a path are refused",
        arguments: [
            "", " ", "a b", "a\u{0}b", "a\tb", "a\"b", "a\\b", "+", "#", "a+b", ".", "..", "\u{7f}",
            "a\u{FFFD}", "a\u{200B}b", "a\u{202E}b", "'; drop", "`id`",
            String(repeating: "x", count: 65), String(repeating: "ä", count: 33),
        ])
    func badNames(name: String) {
        var reader = SignalReader(settings: settings())
        #expect(reader.read(message("features/\(name)/s", "[1]")).rejection == .badAssetName)
        #expect(reader.read(message("features/a/\(name)", "[1]")).rejection == .badAssetName)
        #expect(reader.assets == [])
        #expect(reader.rejectedTotal(.badAssetName) == 2)
    }

    @Test(
        "Ordinary names of any language pass",
        arguments: [
            "press-1", "P_01.A:3", "Öfen", "压机", "пресс", "x", "a@b",
            String(repeating: "x", count: 64),
        ])
    func goodNames(name: String) {
        var reader = SignalReader(settings: settings())
        let sample = reader.read(message("features/\(name)/\(name)", "[1]")).samples.first
        #expect(sample?.asset.text == name)
        #expect(sample?.stream.text == name)
    }

    @Test(
        "Topics that fit no template are counted and not read",
        arguments: [
            "", "features", "features/a", "features/a/b/c", "Features/a/b", "/features/a/b",
        ])
    func unknownTopics(topic: String) {
        var reader = SignalReader(settings: settings())
        #expect(reader.read(message(topic, "[1]")).rejection == .unknownTopic)
        #expect(reader.rejectedTotal(.unknownTopic) == 1)
    }

    @Test("Declared streams come before discovery, and one entry may name several")
    func declaredComeFirst() {
        var reader = SignalReader(
            settings: settings {
                $0.streams = [
                    StreamDeclaration(name: StreamName("cam"), topic: "features/{asset}/camera"),
                    StreamDeclaration(
                        name: StreamName("any"), topic: "site/+/{asset}/audio/{stream}"),
                ]
            })
        func stream(_ topic: String) -> String? {
            reader.read(message(topic, "[1]")).samples.first?.stream.text
        }
        #expect(stream("features/a/camera") == "cam")
        #expect(stream("features/a/audio") == "audio")
        #expect(stream("site/north/a/audio/left") == "left")
        let streams = reader.streams(of: AssetName("a"))
        #expect(streams.map(\.name.text) == ["audio", "cam", "left"])
        #expect(streams.map(\.isDeclared) == [false, true, true])
        #expect(streams.map(\.cadence) == [.regular, .regular, .regular])
    }

    @Test("A declared stream is expected of every asset before it speaks")
    func declaredIsExpected() {
        let reader = SignalReader(
            settings: settings {
                $0.streams = [
                    declared("plc") {
                        $0.kind = .log
                        $0.lookback = .seconds(9)
                    }
                ]
            })
        let stream = reader.streams(of: AssetName("new")).first
        #expect(stream?.kind == .log)
        #expect(stream?.cadence == .sporadic)
        #expect(stream?.lookback == .seconds(9))
    }

    @Test("Assets and streams are limited, each loss counted, those known go on")
    func limitsHold() {
        var reader = SignalReader(
            settings: settings {
                $0.assetsMax = 2
                $0.streamsPerAssetMax = 2
            })
        func read(_ topic: String) -> Rejection? { reader.read(message(topic, "[1]")).rejection }
        #expect(read("features/a/x") == nil)
        #expect(read("features/b/x") == nil)
        #expect(read("features/c/x") == .tooManyAssets)
        #expect(read("features/a/y") == nil)
        #expect(read("features/a/z") == .tooManyStreams)
        #expect(read("features/a/x") == nil)
        #expect(reader.rejectedTotal(.tooManyAssets) == 1)
        #expect(reader.rejectedTotal(.tooManyStreams, asset: "a") == 1)
        reader.forget(asset: AssetName("a"))
        #expect(read("features/c/x") == nil)
        #expect(reader.assets.map(\.text) == ["b", "c"])
    }

    @Test("Forgetting one asset leaves the others as they were", arguments: UInt64(0)..<16)
    func forgettingIsLocal(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func feed(_ reader: inout SignalReader, _ asset: Int, _ stream: Int) {
            _ = reader.read(
                message(
                    "features/a\(asset)/s\(stream)", "[1\(String(repeating: ",2", count: stream))]")
            )
        }
        var reader = SignalReader(settings: IntakeSettings())
        var without = SignalReader(settings: IntakeSettings())
        for _ in 0..<60 {
            let (asset, stream) = (
                Int.random(in: 0..<4, using: &random), Int.random(in: 0..<3, using: &random)
            )
            feed(&reader, asset, stream)
            if asset != 2 { feed(&without, asset, stream) }
        }
        reader.forget(asset: AssetName("a2"))
        for asset in [0, 1, 3] {
            for stream in 0..<3 {
                feed(&reader, asset, stream)
                feed(&without, asset, stream)
            }
        }
        #expect(reader.counters == without.counters)
        #expect(reader.takeDirtyState() == without.takeDirtyState())
        let late = message("", "", at: morning + 60_000).arrival
        #expect(reader.settle(at: late).count == without.settle(at: late).count)
    }

    @Test("A restored asset knows its dimension at once")
    func restoredKnows() {
        var reader = SignalReader(settings: IntakeSettings())
        for _ in 0..<2 { _ = reader.read(message("features/a/cam", "[1,2]")) }
        var restarted = SignalReader(settings: IntakeSettings())
        for (asset, state) in reader.takeDirtyState() { restarted.restore(state, for: asset) }
        #expect(
            restarted.streams(of: AssetName("a"))
                == reader.streams(of: AssetName("a")).map {
                    var stream = $0
                    stream.isDeclared = false
                    return stream
                })
        #expect(restarted.read(message("features/a/cam", "[1]")).rejection == .wrongDimension)
        #expect(restarted.read(message("features/a/cam", "[5,6]")).vector == [5, 6])
    }

    @Test("A copy reads on by itself")
    func copiesAreApart() {
        var reader = SignalReader(settings: settings())
        _ = reader.read(message("features/a/cam", "[1,2]"))
        var copy = reader
        _ = copy.read(message("features/b/cam", "[1,2,3]"))
        #expect(reader.assets.map(\.text) == ["a"])
        #expect(copy.assets.map(\.text) == ["a", "b"])
    }

    @Test("The same messages give the same readings, counters and state", arguments: UInt64(0)..<8)
    func readingIsDeterministic(seed: UInt64) {
        func run() -> ([Reading], [IntakeCount], [AssetName: IntakeState]) {
            var random = SeededGenerator(seed: seed)
            var reader = SignalReader(settings: IntakeSettings())
            let payloads = ["[1,2]", "[1]", "{\"line\":\"ERROR 5\"}", "hello 7 world", "{", "3"]
            let readings = (0..<300).map { _ in
                let topic =
                    "features/a\(Int.random(in: 0..<5, using: &random))/s\(Int.random(in: 0..<4, using: &random))"
                return reader.read(message(topic, payloads.randomElement(using: &random) ?? ""))
            }
            return (readings, reader.counters, reader.takeDirtyState())
        }
        #expect(run() == run())
    }
}

@Suite struct IntakeSettingsTests {
    @Test("The defaults are good and subscribe to discovery")
    func defaultsAreGood() {
        #expect(IntakeSettings().problems() == [])
        #expect(IntakeSettings().topicFilters == ["features/+/+"])
    }

    @Test("A filter that another one covers is not subscribed: its messages would come twice")
    func coveredFiltersAreLeftOut() {
        var settings = IntakeSettings()
        settings.streams = [
            declared("cam") { $0.topic = "features/{asset}/cam" },
            declared("mic") { $0.topic = "plant/{asset}/mic" },
            declared("any") { $0.topic = "plant/{asset}/{stream}/raw" },
        ]
        #expect(settings.topicFilters == ["features/+/+", "plant/+/+/raw", "plant/+/mic"])
    }

    @Test("Every fault of the settings comes at once, in words")
    func faultsComeAtOnce() {
        var bad = IntakeSettings()
        bad.discover = "features/{asset}"
        bad.assetsMax = 0
        bad.logs.similarity = 1.5
        bad.streams = [
            declared("cam") { $0.encoding = .f32le },
            declared("mic") {
                $0.topic = "audio/#"
                $0.dimension = 0
            },
            declared("plc") {
                $0.timestamp.source = .head
                $0.hold = .seconds(-1)
            },
        ]
        let problems = bad.problems()
        for expected in [
            "intake.discover is \"features/{asset}\": exactly one level must be {stream}.",
            "intake.assets_max is 0, but must be from 1 to 1000000.",
            "intake.logs.similarity is 1.5, but a share is from 0 to 1.",
            "streams[0] (cam): encoding f32le needs a dimension: raw bytes do not tell their own.",
            "streams[0] (cam): timestamp.source field needs JSON; raw encodings have head or arrival.",
            "streams[1] (mic): topic is \"audio/#\": exactly one level must be {asset}.",
            "streams[1] (mic): dimension is 0, but must be from 1 to intake.dimension_max (4096).",
            "streams[2] (plc): timestamp.source head needs encoding f32le or f64le.",
            "streams[2] (plc): hold is -1.0 seconds, but cannot be negative.",
        ] {
            #expect(problems.contains(expected), "\(problems)")
        }
        #expect(problems.count == 9)
    }

    @Test("A gateway that would read nothing is told so")
    func nothingToRead() {
        var bad = IntakeSettings()
        bad.discover = nil
        #expect(bad.problems().count == 1)
    }
}
