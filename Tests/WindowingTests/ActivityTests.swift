import Signals
import Testing
import Windowing

/// A window of one second with one stream in it.
private func window(
    _ second: Int, _ stream: String = "audio", vectors: [[Float]]? = nil, lines: [[UInt64]]? = nil
) -> Window {
    let start = EventTime(milliseconds: Int64(second) * 1000)
    let values =
        (vectors ?? []).map { Sample.Value.vector($0) }
        + (lines ?? []).map {
            .log(LogRecord(template: 0, isUnseen: false, terms: $0, severity: .info))
        }
    let frames = values.enumerated().map { k, value in
        StreamWindow.Frame(time: start + .milliseconds(10 + k), value: value)
    }
    let kind: StreamKind = vectors == nil ? .log : .vector
    let share = StreamWindow(kind: kind, frames: frames, age: .milliseconds(500))
    let isThere = vectors != nil || lines != nil
    return Window(
        asset: AssetName("press"), start: start, end: start + .seconds(1),
        streams: isThere ? [StreamName(stream): share] : [:])
}

private func monitor(
    _ when: String, until: String? = nil, hold: Duration = .seconds(3),
    grace: Duration = .seconds(2)
) throws -> ActivityMonitor {
    var settings = ActivitySettings()
    let condition = try #require(ActivityCondition(when) as ActivityCondition?)
    settings.activeWhen = condition
    settings.activeUntil = until.flatMap { ActivityCondition($0) }
    settings.hold = hold
    settings.grace = grace
    return ActivityMonitor(settings: settings) { $0.split(separator: " ").map { UInt64($0.count) } }
}

private let second: Int64 = 1_000_000_000

extension ActivityMonitor {
    /// One letter a window: `a`ctive, `i`dle, `s`tarting.
    fileprivate mutating func course(_ windows: [Window]) -> String {
        String(windows.map { observe($0, hop: second).rawValue.first! })
    }

    /// Levels from a drawing: `#` works, `.` does not, a blank says nothing.
    fileprivate mutating func course(drawn: String) -> String {
        course(
            drawn.enumerated().map { k, sign in
                window(k, vectors: sign == " " ? nil : [[sign == "#" ? 1 : 0]])
            })
    }
}

@Suite("Whether a machine works")
struct ActivityTests {
    @Test(
        "What a condition says is what it reads",
        arguments: [
            "audio[3] > 0.2", "audio[0] <= -1.5", "audio level >= 2", "pump-1.x spread < 0.05",
            "log rate > 1 per minute", "log rate < 2.5 per hour", "camera speaks",
            "log contains 'cycle start'", "log contains \"it's done\"",
        ])
    func conditionsAreReadBack(text: String) throws {
        let condition = try #require(ActivityCondition(text))
        #expect(condition.description == text)
    }

    @Test(
        "Anything else is no condition",
        arguments: [
            "", "audio", "audio > 1", "audio[x] > 1", "audio[1] > nan", "audio[1] = 1", "[1] > 2",
            "log rate > 1", "log rate > 1 per week", "log contains", "log contains 'a",
            "log contains '12'",
            "audio level", "audio speaks loudly", "audio[1] level > 2", "log rate > -1 per hour",
        ])
    func othersAreNot(text: String) {
        #expect(ActivityCondition(text) == nil)
    }

    @Test("After a stop there is a start-up; after a pause within hold there is none")
    func graceAndHold() throws {
        var monitor = try monitor("audio[0] > 0.5")
        #expect(
            monitor.course(drawn: "..####..###....#####.#")
                == "iissaaiiaaaiiiissaaaia")
        #expect(monitor.state.idleWindows == 9)
        #expect(monitor.state.startingWindows == 4)
    }

    @Test("A stream that says nothing leaves it as it was")
    func silenceIsUnknown() throws {
        var monitor = try monitor("audio[0] > 0.5")
        #expect(monitor.course(drawn: ".  ###  ##.  #") == "iiissaaaaaiiia")
    }

    @Test("Two levels: what lies between changes nothing")
    func hysteresis() throws {
        var monitor = try monitor("audio[0] > 0.8", until: "audio[0] < 0.2", grace: .zero)
        let levels: [Float] = [0.5, 0.9, 0.5, 0.3, 0.1, 0.5, 0.7, 0.9]
        let windows = levels.enumerated().map { window($0, vectors: [[$1]]) }
        #expect(monitor.course(windows) == "iaaaiiia")
    }

    @Test("A line begins a cycle and another one ends it, the later one of a window deciding")
    func linesBeginAndEnd() throws {
        var monitor = try monitor(
            "log contains 'ab abc'", until: "log contains 'abcd'", grace: .zero)
        let lines: [[[UInt64]]] = [
            [], [[2, 3]], [], [[9, 2, 3, 1]], [[4]], [[3, 2]], [[2, 3], [4]], [[4], [2, 3]], [],
        ]
        let windows = lines.enumerated().map { window($0, "log", lines: $1) }
        #expect(monitor.course(windows) == "iaaaiiiaa")
    }

    @Test("A line alone keeps the machine working for hold")
    func linesLast() throws {
        var monitor = try monitor("log contains 'ab'", grace: .zero)
        let windows = (0..<9).map { window($0, "log", lines: $0 == 1 ? [[2]] : []) }
        #expect(monitor.course(windows) == "iaaaiiiii")
    }

    @Test("A rate counts the messages of the last minute, each once though windows slide")
    func ratesCountOnce() throws {
        var monitor = try monitor("log rate >= 2 per minute", grace: .zero)
        let half: Int64 = second / 2
        var states: [Activity] = []
        for k in 0..<260 {
            let start = EventTime(nanoseconds: Int64(k) * half)
            // A line at 10 s and one at 40 s, each in two windows.
            let times = [10, 40].map { EventTime(milliseconds: $0 * 1000 + 600) }
                .filter { start <= $0 && $0 < start + .seconds(1) }
            let frames = times.map {
                StreamWindow.Frame(
                    time: $0,
                    value: .log(LogRecord(template: 0, isUnseen: false, terms: [], severity: .info))
                )
            }
            let window = Window(
                asset: AssetName("press"), start: start, end: start + .seconds(1),
                streams: [StreamName("log"): StreamWindow(kind: .log, frames: frames, age: .zero)])
            states.append(monitor.observe(window, hop: half))
        }
        let active = states.indices.filter { states[$0] == .active }
        // From the second line on, until the first one is a minute old.
        #expect(active.first == 80)
        #expect(active.count > 50 && active.count < 64)
        #expect(active == Array(active.first!...active.last!))
    }

    @Test(
        "State written and read again goes on alike, wherever that happens",
        arguments: UInt64(0)..<40)
    func stateSurvives(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var whole = try monitor(
            seed.isMultiple(of: 2) ? "audio[0] > 0.5" : "audio rate > 3 per minute")
        var broken = whole
        for k in 0..<120 {
            let isThere = Int.random(in: 0..<8, using: &random) > 0
            let level = Float.random(in: 0...1, using: &random)
            let next = window(k, vectors: isThere ? [[level]] : nil)
            var writer = ByteWriter()
            broken.state.write(to: &writer)
            var reader = ByteReader(writer.bytes)
            let state = try ActivityMonitor.State(from: &reader)
            #expect(state == broken.state)
            #expect(reader.isAtEnd)
            broken = ActivityMonitor(settings: broken.settings, state: state) { _ in [] }
            #expect(whole.observe(next, hop: second) == broken.observe(next, hop: second))
        }
    }

    @Test(
        "Random courses: no window is active within grace of a stop longer than hold",
        arguments: UInt64(0)..<60)
    func startUpsAreKept(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let hold = Int.random(in: 0...5, using: &random)
        let grace = Int.random(in: 0...6, using: &random)
        var monitor = try monitor("audio[0] > 0.5", hold: .seconds(hold), grace: .seconds(grace))
        var drawing = ""
        while drawing.count < 200 {
            let sign = drawing.last == "#" ? "." : "#"
            drawing += String(repeating: sign, count: Int.random(in: 1...9, using: &random))
        }
        var stopped = Int.max / 2
        var since = 0
        for (k, (sign, state)) in zip(drawing, monitor.course(drawn: drawing)).enumerated() {
            if sign == "." {
                stopped += 1
                #expect(state == "i")
                continue
            }
            if stopped > hold { since = k }
            stopped = 0
            #expect(state == (k - since < grace ? "s" : "a"), "window \(k)")
        }
    }

    @Test("Without a condition every machine works")
    func nothingAsked() {
        var monitor = ActivityMonitor(settings: ActivitySettings()) { _ in [] }
        #expect(monitor.course(drawn: "..# ") == "aaaa")
    }

    @Test("What one asset has of its own replaces what is for all, key by key")
    func overrides() throws {
        var all = ActivitySettings()
        all.activeWhen = ActivityCondition("audio speaks")
        all.activeUntil = ActivityCondition("log contains 'end'")
        var own = AssetOverride()
        own.grace = .seconds(1)
        #expect(own.applied(to: all).activeWhen == all.activeWhen)
        #expect(own.applied(to: all).grace == .seconds(1))
        own.activeWhen = .some(nil)
        #expect(own.applied(to: all).activeWhen == nil)
        #expect(own.applied(to: all).activeUntil == nil)
        #expect(own.keys == ["active_when", "grace"])
    }
}
