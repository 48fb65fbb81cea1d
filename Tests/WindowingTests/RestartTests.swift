import Signals
import Testing
import Windowing

@Suite("What a restart needs, and what it does not")
struct RestartTests {
    private let camera = StreamName("camera")
    private let slow = StreamName("slow")

    @Test("A sample is needed until the last window it reaches has closed")
    func samplesAreNeededForTheirLookback() {
        var assembler = WindowAssembler()
        assembler.declare(slow, kind: .vector, lookback: .seconds(3))
        _ = assembler.play(
            """
            camera oooooooooo
            slow   oooooooooo
            """)  // up to 4.5 s, so the next window to close is [4, 5)
        let origin = EventTime(milliseconds: Drawing.origin)
        #expect(assembler.neededFrom(of: camera) == origin + .seconds(4))
        #expect(assembler.neededFrom(of: slow) == origin + .seconds(2))
        #expect(assembler.neededFrom == origin + .seconds(2))
        #expect(!assembler.needs(camera, at: origin + .milliseconds(3_999)))
        #expect(assembler.needs(camera, at: origin + .seconds(4)))
        #expect(assembler.needs(slow, at: origin + .seconds(2)))
    }

    @Test("A stamp refused as too far ahead does not stay in the journal until its day comes")
    func refusedStampsAreNotNeeded() {
        var assembler = WindowAssembler()
        let samples = Drawing("camera oo^-oo\naudio oooooo").samples
        let ahead = EventTime(milliseconds: Drawing.origin + 86_400_000 + 1_000)
        for sample in samples {
            _ = assembler.ingest(sample)
            // Until its own stream refutes it, it may still turn out right.
            if sample.arrival == arrival(1_500) { #expect(assembler.needs(camera, at: ahead)) }
        }
        #expect(assembler.state[camera]?.future == 1)
        #expect(!assembler.needs(camera, at: ahead))
    }

    @Test("A stamp nobody judges holds the journal for a minute of windows, not for ever")
    func unjudgedStampsAreLetGo() {
        var assembler = WindowAssembler()
        _ = assembler.play("camera oooo^\naudio  oooo-")
        _ = assembler.tick(arrival(10_000), isDrained: true)
        let ahead = EventTime(milliseconds: Drawing.origin + 86_400_000 + 2_000)
        _ = assembler.tick(arrival(61_999), isDrained: true)
        #expect(!assembler.hadTickEffect)
        #expect(assembler.needs(camera, at: ahead))
        #expect(assembler.state[camera]?.future == 0)

        _ = assembler.tick(arrival(62_000), isDrained: true)
        #expect(assembler.hadTickEffect)
        #expect(!assembler.needs(camera, at: ahead))
        #expect(assembler.state[camera]?.future == 1)
        _ = assembler.tick(arrival(90_000), isDrained: true)
        #expect(!assembler.hadTickEffect)

        // Refuted by its own stream, it is not counted again.
        _ = assembler.play("camera oo\naudio  oo", startingAt: 240)
        #expect(assembler.state[camera]?.future == 1)
    }

    @Test("A stamp let go still proves its stream's next one")
    func stampsLetGoBearWitness() {
        var assembler = WindowAssembler(settings { $0.gapWindowsMax = 0 })
        for minute in Int64(0)..<3 {
            _ = assembler.ingest(sampleAt(minute * 150_000, of: "camera"))
        }
        var windows: [Window] = []
        var ingested: [Sample] = []
        for minute in Int64(3)..<6 {
            let now = minute * 150_000
            let sample = sampleAt(now + 86_400_000, of: "camera", arriving: now)
            ingested.append(sample)
            windows += assembler.ingest(sample)
            windows += assembler.tick(arrival(now + 100_000), isDrained: true)
        }
        #expect(assembler.state[camera]?.future == 1)
        #expect(
            windows.flatMap { $0.streams.values.map(\.frames.count) }.reduce(0, +) == 3,
            "the last before the jump, and the two after the one that was let go")
        var restarted = WindowAssembler(
            restoring: assembler.state, settings: settings { $0.gapWindowsMax = 0 })
        for sample in ingested { restarted.refill(sample) }
        #expect(restarted.flush() == assembler.flush())
    }

    @Test("A held vector survives without its sample")
    func heldVectorsAreState() {
        var assembler = WindowAssembler()
        assembler.declare(slow, kind: .vector, cadence: .sporadic, hold: .seconds(60))
        _ = assembler.play("camera oooooooo\nslow ---o----")
        var restarted = WindowAssembler(restoring: assembler.state, settings: settings())
        let lines = described(restarted.ingest(Drawing("camera oooo", startingAt: 8).samples))
        #expect(lines == ["3 slow:held", "4 camera:2 slow:held"])
    }

    @Test("A refill moves no clock and no counter, and brings nothing back twice")
    func refillMovesNothing() {
        var assembler = WindowAssembler()
        let samples = Drawing("camera oooooooov\naudio ooooooooo").samples
        _ = assembler.ingest(samples)
        let state = assembler.state
        var restarted = WindowAssembler(restoring: state, settings: settings())
        for sample in samples { restarted.refill(sample) }
        #expect(restarted.state == state)
        #expect(restarted.flush() == assembler.flush())
    }

    @Test("A refill does not bring back what a wild first stamp left behind")
    func refillLeavesWildStampsOut() {
        var assembler = WindowAssembler()
        let samples = Drawing("camera ^oooo\naudio -oooo").samples
        _ = assembler.ingest(samples)
        var restarted = WindowAssembler(restoring: assembler.state, settings: settings())
        for sample in samples { restarted.refill(sample) }
        let nextDay = Drawing("camera ooo\naudio ooo", startingAt: 2 * 86_400).samples
        let windows = restarted.ingest(nextDay) + restarted.flush()
        #expect(windows == assembler.ingest(nextDay) + assembler.flush())
        #expect(described(windows).last == "86401 audio:1 camera:1")
    }

    @Test("After a reboot, windows that had begun say that they may not be whole")
    func rebootsAreSaid() {
        var assembler = WindowAssembler()
        _ = assembler.play("camera oooooooo\naudio oooooooo")
        var restarted = WindowAssembler(restoring: assembler.state, settings: settings())
        restarted.markOpenIncomplete()
        // The clock of arrivals starts over with the machine.
        restarted.resumed(Arrival(wall: 0, elapsed: 0))
        var windows: [Window] = []
        for sample in Drawing("camera oooooo\naudio oooooo", startingAt: 10).samples {
            var sample = sample
            sample.arrival = Arrival(wall: 0, elapsed: sample.arrival.elapsed - 5_000_000_000)
            windows += restarted.ingest(sample)
        }
        windows += restarted.tick(Arrival(wall: 0, elapsed: 7_500_000_000), isDrained: true)
        #expect(
            described(windows) == [
                "3", "4", "5 audio:2 camera:2", "6 audio:2 camera:2",
                "7 audio:2 camera:2", "8",
            ])
        #expect(windows.map(\.isIncomplete) == [true, false, false, false, false, false])
    }

    @Test("However long a wild stream talks, little is remembered of it")
    func stateStaysSmall() throws {
        var assembler = WindowAssembler()
        for i in Int64(0)..<5_000 {
            let time = i * 100
            _ = assembler.ingest(sampleAt(time, of: "audio"))
            _ = assembler.ingest(sampleAt(time, of: "camera"))
            _ = assembler.ingest(sampleAt(time + 86_400_000, of: "camera", arriving: time))
        }
        #expect(assembler.state[camera]?.future == 4_999)
        #expect("\(assembler.state)".count < 40_000)
    }
}
