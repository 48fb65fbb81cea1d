import Signals
import Testing
import Windowing

@Suite("One wild clock does not move an asset's time")
struct ClockGuardTests {
    private let camera = StreamName("camera")
    private let audio = StreamName("audio")

    private func total(_ streams: [StreamState], _ count: KeyPath<StreamState, Int>) -> Int {
        streams.reduce(0) { $0 + $1[keyPath: count] }
    }

    @Test("A single wild stamp does nothing and is counted")
    func oneWildStamp() {
        var assembler = WindowAssembler()
        var lines = assembler.play(
            """
            camera oooo^oooo
            audio  ooooooooo
            """)
        lines += described(assembler.flush())
        #expect(
            lines == [
                "0 audio:2 camera:2", "1 audio:2 camera:2", "2 audio:2 camera:1",
                "3 audio:2 camera:2", "4 audio:1 camera:1",
            ])
        #expect(assembler.state[camera]?.future == 1)
        #expect(assembler.state[audio]?.future == 0)
        #expect(total(assembler.state.streams, \.late) == 0)
    }

    @Test(
        "A stream a day ahead for good moves nothing, whenever it is heard first",
        arguments: [
            "wild ^^^^^^^^^^\ncamera oooooooooo\naudio oooooooooo",
            "camera oooooooooo\nwild ^^^^^^^^^^\naudio oooooooooo",
            "camera oooooooooo\naudio oooooooooo\nwild ^^^^^^^^^^",
            "camera oooooooooo\naudio oooooooooo\nwild ----^^^^^^",
            "wild ^^^^^^^^^^\ncamera --oooooooo\naudio ---ooooooo",
        ])
    func aStreamADayAhead(drawing: String) {
        var assembler = WindowAssembler()
        let windows = assembler.ingest(Drawing(drawing).samples) + assembler.flush()
        let honest = Drawing(drawing).samples.filter { $0.stream != StreamName("wild") }
        #expect(
            windows.flatMap { $0.streams.values.map(\.frames.count) }.reduce(0, +) == honest.count)
        #expect(windows.allSatisfy { $0.streams[StreamName("wild")] == nil })
        #expect(total(assembler.state.streams, \.late) == 0)
        #expect(
            assembler.state[StreamName("wild")]?.future == drawing.filter { $0 == "^" }.count)
        #expect(assembler.idleStreams == [StreamName("wild")])
    }

    @Test("All streams jump an hour while they speak: two that agree prove it")
    func allJumpTogether() {
        var assembler = WindowAssembler(settings { $0.gapWindowsMax = 1 })
        var lines = assembler.play(
            """
            camera oooo>>>>
            audio  oooo>>>>
            """)
        lines += described(assembler.flush())
        #expect(
            lines == [
                "0 audio:2 camera:2", "1 audio:2 camera:2", "2", "3602 audio:2 camera:2",
                "3603 audio:2 camera:2",
            ])
        #expect(total(assembler.state.streams, \.future) == 0)
    }

    @Test("An asset silent for an hour resumes without losing a sample")
    func silenceIsNotAJump() {
        var assembler = WindowAssembler(settings { $0.gapWindowsMax = 0 })
        let drawing = "camera oo\naudio oo\nlog x-"
        var lines =
            assembler.play(drawing) + described(assembler.tick(arrival(9_000), isDrained: true))
        lines += assembler.play(drawing, startingAt: 7_200) + described(assembler.flush())
        #expect(lines == ["0 audio:2 camera:2 log:1", "1 log:0", "3600 audio:2 camera:2 log:1"])
        #expect(total(assembler.state.streams, \.future) == 0)
    }

    @Test("A backlog with an hour's hole in it flows on")
    func aHoleInABacklog() {
        var assembler = WindowAssembler(settings { $0.gapWindowsMax = 0 })
        let before = Drawing("camera ooooo\naudio ooooo").samples
        let after = Drawing("camera ooooo\naudio ooooo", startingAt: 7_200).samples
        let windows = assembler.ingest(
            (before + after).map { sample in
                var sample = sample
                sample.arrival = arrival(0)
                return sample
            })
        let frames = (windows + assembler.flush()).flatMap { $0.streams.values.map(\.frames.count) }
        #expect(frames.reduce(0, +) == before.count + after.count)
    }

    @Test("A lone stream's jump is proved by its own next sample, if the others are quiet")
    func aLoneStreamJumps() {
        var assembler = WindowAssembler(settings { $0.gapWindowsMax = 0 })
        let lines = assembler.play("camera oooooooooooooooo>>>>") + described(assembler.flush())
        #expect(lines.suffix(2) == ["3608 camera:2", "3609 camera:2"])
        #expect(assembler.state[camera]?.future == 0)

        var beside = WindowAssembler()
        _ = beside.play("camera oooooooooooooooo>>>>\naudio oooooooooooooooooooo")
        _ = beside.flush()
        #expect(beside.state[camera]?.future == 4)
    }

    @Test("Two wild stamps of a lone stream that are far apart prove nothing")
    func wildStampsFarApart() {
        var assembler = WindowAssembler()
        for day in Int64(0)..<3 {
            _ = assembler.ingest(sampleAt(day * 86_400_000, of: "camera", arriving: day))
        }
        _ = assembler.ingest(sampleAt(1_000, of: "camera"))
        #expect(assembler.state[camera]?.future == 2)
        #expect(described(assembler.flush()) == ["0 camera:1", "1 camera:1"])
    }

    @Test("A slow lone stream is refused no sample, though each comes after a minute and more")
    func slowStreamsFlow() {
        var assembler = WindowAssembler()
        for i in Int64(0)..<20 { _ = assembler.ingest(sampleAt(i * 150_000, of: "camera")) }
        #expect(assembler.state[camera]?.future == 0)
        #expect(assembler.state[camera]?.late == 0)
    }

    @Test(
        "A wild first stamp is dropped once two samples agree on an earlier time",
        arguments: [
            ("camera ^oooooooo", 8), ("camera ^^^oooooo\naudio -oooooooo", 14),
            ("camera ^oooooooo\naudio ooooooooo\nlog -x-x-----", 19),
        ])
    func wildFirstStamp(drawing: String, honest: Int) {
        var assembler = WindowAssembler()
        let windows = assembler.ingest(Drawing(drawing).samples) + assembler.flush()
        let frames = windows.flatMap { $0.streams.values.map(\.frames.count) }.reduce(0, +)
        #expect(frames == honest)
        #expect(windows.first?.start.milliseconds == Drawing.origin)
        #expect(total(assembler.state.streams, \.late) == 0)
        #expect(assembler.state[camera]?.future == drawing.filter { $0 == "^" }.count)
    }

    @Test("A wild old first stamp costs that stamp only")
    func wildOldFirstStamp() {
        var assembler = WindowAssembler(settings { $0.gapWindowsMax = 0 })
        let windows =
            assembler.ingest(Drawing("camera vooooo\naudio oooooo").samples) + assembler.flush()
        #expect(
            described(windows).suffix(3) == [
                "0 audio:2 camera:1", "1 audio:2 camera:2", "2 audio:2 camera:2",
            ])
    }

    @Test("A stream set back is late and holds nothing; it alone is not the machine's clock")
    func oneStreamSetBack() {
        var assembler = WindowAssembler()
        let windows = assembler.ingest(
            Drawing("camera oooovvvvvvvvvvvvvvvvvvvv\naudio oooooooooooooooooooooooo").samples)
        #expect(windows.last?.streams[audio]?.frames.count == 2)
        #expect(windows.count == 11)
        #expect(assembler.state[camera]?.late == 20)
        #expect(assembler.state[audio]?.late == 0)
        #expect(!assembler.isClockSteppedBack)
    }

    @Test("All streams set back stay late, counted, and the step is said")
    func allStreamsSetBack() {
        var assembler = WindowAssembler()
        var windows = assembler.ingest(
            Drawing("camera oooovvvvvvvvvvvvvvvvvvvv\naudio oooovvvvvvvvvvvvvvvvvvvv").samples)
        #expect(assembler.isClockSteppedBack)
        #expect(assembler.state[camera]?.late == 20)
        // Its windows do not wait for it.
        windows += assembler.tick(arrival(12_000), isDrained: true)
        #expect(described(windows) == ["0 audio:2 camera:2", "1 audio:2 camera:2 late:40", "2"])
        _ = assembler.ingest(sampleAt(12_000, of: "camera"))
        #expect(!assembler.isClockSteppedBack)
    }

    @Test("After an hour of silence an hour's step needs no proof; a day's step does")
    func arrivalExplainsAStep() {
        var assembler = WindowAssembler()
        _ = assembler.play("camera oo\naudio oo")
        _ = assembler.ingest(sampleAt(3_600_000 + 86_400_000, of: "audio", arriving: 3_600_000))
        _ = assembler.ingest(sampleAt(3_600_100, of: "camera"))
        let origin = EventTime(milliseconds: Drawing.origin)
        #expect(assembler.state[camera]?.newestTime == origin + .milliseconds(3_600_100))
        #expect(assembler.state[audio]?.newestTime == origin + .milliseconds(500))
    }

    @Test("A wild stamp is not proved by time getting there")
    func timeProvesNothing() {
        var assembler = WindowAssembler()
        _ = assembler.play("camera ooo-\naudio ooo^")
        for hour in Int64(1)...24 {
            for step in Int64(0)..<4 {
                _ = assembler.ingest(sampleAt(hour * 3_600_000 + step * 500, of: "camera"))
            }
        }
        #expect(assembler.state[audio]?.future == 1)
        #expect(assembler.state[audio]?.newestTime?.milliseconds == Drawing.origin + 1_000)
    }

    @Test("A log whose clock runs twice as fast does not run ahead of the camera without bound")
    func aFastLogIsBounded() {
        var assembler = WindowAssembler(settings { $0.futureMax = .seconds(60) })
        for second in Int64(0)..<300 {
            _ = assembler.ingest(sampleAt(second * 1_000, of: "camera"))
            _ = assembler.ingest(
                sampleAt(second * 2_000, of: "log", arriving: second * 1_000 + 500))
        }
        let log = assembler.state[StreamName("log")]
        #expect(log?.newestTime?.milliseconds == Drawing.origin + 122_000)
        #expect(log?.future == 237)
        #expect(assembler.state[camera]?.late == 0)
    }
}
