import Signals
import Testing
import Windowing

/// One asset's health, with ticks twenty times a second as the daemon has them.
private struct Bench {
    var health = AssetHealth(settings: HealthSettings())
    var assembler = WindowAssembler(asset: AssetName("press"), settings: WindowingSettings())
    var now: Int64 = 0
    var told: [String] = []
    var isResting = false
    /// The streams' clocks behind the gateway's.
    var offset: Int64 = 0
    /// Survives a restart at every tick.
    var isRestarting = false

    private var arrival: Arrival { Arrival(wall: Drawing.origin * 1_000_000 + now, elapsed: now) }

    mutating func send(_ stream: String, _ value: Float) {
        send(stream, [value, 1, 2])
    }

    mutating func send(_ stream: String, _ vector: [Float]) {
        let time = EventTime(nanoseconds: arrival.wall - offset)
        let sample = Sample(
            asset: AssetName("press"), stream: StreamName(stream), time: time, arrival: arrival,
            value: .vector(vector))
        _ = assembler.ingest(sample)
        health.accept(sample, windowing: assembler.state, isResting: isResting)
    }

    mutating func refuse(_ stream: String, misfit: String? = nil) {
        health.refuse(
            StreamName(stream),
            .init(reason: misfit == nil ? "not_finite" : "wrong_dimension", misfit: misfit),
            at: now)
    }

    /// `seconds` of ticks; `each` at every half second.
    mutating func pass(
        _ seconds: Int, isDrained: Bool = true, each: (inout Bench, Int) -> Void = { _, _ in }
    ) throws {
        for tick in 0..<seconds * 20 {
            now += 50_000_000
            if tick.isMultiple(of: 10) { each(&self, tick / 10) }
            if isRestarting {
                var writer = ByteWriter()
                health.write(to: &writer)
                var reader = ByteReader(writer.bytes)
                health = try AssetHealth(from: &reader)
                #expect(reader.isAtEnd)
                health.settings = HealthSettings()
            }
            _ = assembler.tick(arrival, isDrained: isDrained)
            let before = health
            let (changes, hasEffect) = health.tick(arrival, isDrained: isDrained)
            #expect(hasEffect || health == before, "a tick without effect changed something")
            told += changes.map {
                "\(now / 1_000_000_000) \($0.stream) \($0.kind.rawValue) \($0.isRaised ? "raised" : "cleared")"
            }
        }
    }

    func reason(_ kind: HealthKind, of stream: String = "audio") -> String {
        health[StreamName(stream)]?[kind].reason ?? "-"
    }
}

@Suite("Data-health alarms")
struct HealthTests {
    @Test(
        "A stream that falls silent is told of after its delay, and cleared when it has spoken again",
        arguments: [false, true])
    func silence(isRestarting: Bool) throws {
        var bench = Bench()
        bench.isRestarting = isRestarting
        try bench.pass(20) {
            $0.send("audio", Float($1))
            $0.send("camera", Float($1))
        }
        try bench.pass(80) { $0.send("camera", Float($1)) }
        #expect(bench.told == ["79 audio silent raised"])
        #expect(bench.reason(.silent) == "nothing heard for 60 s")
        try bench.pass(20) {
            $0.send("audio", Float($1))
            $0.send("camera", Float($1))
        }
        #expect(bench.told.last == "110 audio silent cleared")
        #expect(bench.told.count == 2)
    }

    @Test("Silence while the broker has a backlog or is away is nobody's")
    func backlog() throws {
        var bench = Bench()
        try bench.pass(20) { $0.send("audio", Float($1)) }
        try bench.pass(300, isDrained: false)
        try bench.pass(50)
        #expect(bench.told == [])
        try bench.pass(20)
        #expect(bench.told == ["380 audio silent raised"])
    }

    @Test(
        "A frozen vector that used to change is stuck; one that never changed is not",
        arguments: [false, true])
    func stuck(isRestarting: Bool) throws {
        var bench = Bench()
        bench.isRestarting = isRestarting
        try bench.pass(30) {
            $0.send("audio", Float($1))
            $0.send("limit", 7)
        }
        try bench.pass(400) { bench, _ in
            bench.send("audio", 1)
            bench.send("limit", 7)
        }
        #expect(bench.told == ["330 audio stuck raised"])
        #expect(bench.reason(.stuck) == "the same 3 numbers for 5 min, though they used to change")
        try bench.pass(30) {
            $0.send("audio", Float($1))
            $0.send("limit", 7)
        }
        #expect(
            bench.told.last == "441 audio stuck cleared"
                || bench.told.last == "440 audio stuck cleared")
        #expect(bench.told.count == 2)
    }

    @Test("A busy plant, whose broker always has a little more, hides no silence")
    func flicker() throws {
        var bench = Bench()
        try bench.pass(20) { bench, k in
            bench.send("audio", Float(k))
            bench.send("camera", Float(k))
        }
        for _ in 0..<40 {
            try bench.pass(1, isDrained: false) { $0.send("camera", Float($1)) }
            try bench.pass(1) { $0.send("camera", Float($1)) }
        }
        #expect(bench.told.count == 1)
        #expect(bench.told.first?.hasSuffix("audio silent raised") ?? false)
    }

    @Test("A value that always stood still for long is stuck only when it does for much longer")
    func slowValues() throws {
        var bench = Bench()
        // A new value every two minutes.
        try bench.pass(1800) { $0.send("audio", Float($1 / 240)) }
        #expect(bench.told == [])
        try bench.pass(900) { bench, _ in bench.send("audio", -1) }
        #expect(bench.told.count == 1)
        #expect(bench.told.first?.hasSuffix("audio stuck raised") ?? false)
    }

    @Test("A machine at rest may stand still")
    func resting() throws {
        var bench = Bench()
        try bench.pass(30) { $0.send("audio", Float($1)) }
        bench.isResting = true
        try bench.pass(1000) { bench, _ in bench.send("audio", 0) }
        #expect(bench.told == [])
    }

    @Test("Stamps far from the gateway's clock are told of, one late delivery is not")
    func wrongClock() throws {
        var bench = Bench()
        try bench.pass(60) { $0.send("audio", Float($1)) }
        try bench.pass(60) { bench, k in
            bench.offset = k == 5 ? 7_200_000_000_000 : 0
            bench.send("audio", Float(k))
        }
        #expect(bench.told == [])
        bench.offset = 7_200_000_000_000
        try bench.pass(200) { $0.send("audio", Float($1)) }
        #expect(bench.told.count == 1)
        #expect(bench.told.first?.hasSuffix("audio wrong_clock raised") ?? false)
        #expect(bench.reason(.wrongClock) == "its stamps are 2 h behind the gateway's clock")
        bench.offset = 0
        try bench.pass(200) { $0.send("audio", Float($1)) }
        #expect(bench.told.last?.hasSuffix("audio wrong_clock cleared") ?? false)
    }

    @Test("Refused payloads are told of from a share on, not for a single one")
    func refused() throws {
        var bench = Bench()
        try bench.pass(100) { bench, k in
            bench.send("audio", Float(k))
            if k.isMultiple(of: 60) { bench.refuse("audio") }
        }
        #expect(bench.told == [])
        try bench.pass(60) { bench, k in
            if k.isMultiple(of: 3) { bench.refuse("audio") } else { bench.send("audio", Float(k)) }
        }
        #expect(bench.told.count == 1)
        #expect(bench.told.first?.hasSuffix("audio refused raised") ?? false)
        #expect(bench.reason(.refused).hasSuffix("messages were refused, last for not_finite"))
        try bench.pass(200) { $0.send("audio", Float($1)) }
        #expect(bench.told.last?.hasSuffix("audio refused cleared") ?? false)
    }

    @Test("Another dimension is told of as that, and not as refused")
    func changedDimension() throws {
        var bench = Bench()
        try bench.pass(60) { $0.send("audio", Float($1)) }
        try bench.pass(100) { bench, _ in
            bench.refuse("audio", misfit: "vectors of 2 numbers come where 3 are expected")
        }
        #expect(bench.told.contains { $0.hasSuffix("audio changed_dimension raised") })
        #expect(!bench.told.contains { $0.contains("refused") })
        #expect(
            bench.reason(.changedDimension) == "vectors of 2 numbers come where 3 are expected")
        try bench.pass(200) { $0.send("audio", Float($1)) }
        #expect(bench.told.contains { $0.hasSuffix("audio changed_dimension cleared") })
    }

    @Test(
        "Whatever comes, raised and cleared alternate for each stream and kind",
        arguments: UInt64(0)..<12)
    func alternation(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var bench = Bench()
        bench.isRestarting = seed.isMultiple(of: 3)
        for _ in 0..<12 {
            let mood = Int.random(in: 0..<6, using: &random)
            bench.offset = mood == 3 ? 3_600_000_000_000 : 0
            try bench.pass(
                Int.random(in: 5...120, using: &random), isDrained: mood != 5
            ) { bench, k in
                switch mood {
                case 0: break
                case 1: bench.send("audio", 4)
                case 2: bench.refuse("audio")
                case 4: bench.refuse("audio", misfit: "vectors of 2")
                default: bench.send("audio", Float(k))
                }
            }
        }
        for kind in HealthKind.allCases {
            let steps = bench.told.filter { $0.contains(" \(kind.rawValue) ") }
            for (k, step) in steps.enumerated() {
                #expect(step.hasSuffix(k.isMultiple(of: 2) ? "raised" : "cleared"), "\(steps)")
            }
        }
    }

    @Test(
        "One number that stops among others that go on is told of, and cleared when it moves again",
        arguments: [false, true])
    func stuckNumber(isRestarting: Bool) throws {
        var bench = Bench()
        bench.isRestarting = isRestarting
        func vector(_ step: Int, pressure: Int) -> [Float] {
            [Float(step), 7, Float(pressure), Float(step % 3)]
        }
        try bench.pass(100) { $0.send("audio", vector($1, pressure: $1)) }
        try bench.pass(400) { $0.send("audio", vector($1, pressure: 5)) }
        #expect(bench.told.count == 1 && bench.told[0].hasSuffix("audio stuck raised"))
        let second = try #require(bench.told.first?.split(separator: " ").first)
        #expect((400...401).contains(Int(second) ?? 0))
        #expect(
            bench.reason(.stuck)
                == "number 2 of 4, counted from 0, the same for 5 min, though the others go on and it "
                + "used to change")
        try bench.pass(20) { $0.send("audio", vector($1, pressure: $1)) }
        #expect(bench.told.count == 2 && bench.told[1].hasSuffix("audio stuck cleared"))
        // The same again: what was a fault has not become a habit.
        try bench.pass(400) { $0.send("audio", vector($1, pressure: 5)) }
        #expect(bench.told.count == 3)
    }

    @Test(
        "Constants, setpoints, counters and slow quantised numbers are never stuck",
        arguments: 1...4)
    func calmNumbers(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var bench = Bench()
        var setpoint: Float = 1
        var quantised: Float = 20
        try bench.pass(3600) { bench, step in
            if Int.random(in: 0..<300, using: &random) == 0 { setpoint += 1 }
            if Int.random(in: 0..<8, using: &random) == 0 { quantised += 0.5 }
            if step > 5400 { quantised = 20 }
            bench.send(
                "audio",
                [Float.random(in: 0..<1, using: &random), 3, setpoint, quantised, Float(step / 40)])
        }
        #expect(bench.told == [])
    }
}
