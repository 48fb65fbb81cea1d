import Signals
import Testing
import Windowing

@Suite("Windows are cut in event time")
struct WindowAssemblerTests {
    @Test("Windows lie on a grid from the Unix epoch, before 1970 too")
    func windowsLieOnTheEpochGrid() {
        var assembler = WindowAssembler(settings { $0.length = .seconds(10) })
        let times: [Int64] = [-25_000, -20_001, -20_000, -1, 0, 9_999, 10_000]
        let asset = AssetName("press")
        var windows: [Window] = []
        for time in times {
            windows += assembler.ingest(
                Sample(
                    asset: asset, stream: StreamName("camera"), time: EventTime(milliseconds: time),
                    arrival: arrival(time), value: .vector([0])))
        }
        windows += assembler.flush()
        #expect(windows.map(\.start.milliseconds) == [-30_000, -20_000, -10_000, 0, 10_000])
        #expect(windows.map { $0.streams[StreamName("camera")]?.frames.count } == [2, 1, 1, 2, 1])
        #expect(windows.allSatisfy { $0.end - $0.start == .seconds(10) })
    }

    @Test("A window closes when the slowest regular stream has passed its end by the lateness")
    func theSlowestRegularStreamHoldsTheWatermark() {
        var assembler = WindowAssembler()
        var closed = assembler.ingest([sampleAt(0, of: "camera"), sampleAt(0, of: "audio")])
        closed += assembler.ingest(sampleAt(2_400, of: "camera"))
        #expect(closed == [])
        closed += assembler.ingest(sampleAt(1_499, of: "audio"))
        #expect(closed == [])
        closed += assembler.ingest(sampleAt(1_500, of: "audio"))
        #expect(described(closed) == ["0 audio:1 camera:1"])
    }

    @Test("A log never holds the watermark, and its quiet is a count of zero")
    func sporadicStreamsDoNotHold() {
        var assembler = WindowAssembler()
        var lines = assembler.play(
            """
            camera oooooooooo
            audio  oooooooooo
            log    --x-------
            """)
        lines += described(assembler.flush())
        #expect(
            lines == [
                "0 audio:2 camera:2", "1 audio:2 camera:2 log:1", "2 audio:2 camera:2 log:0",
                "3 audio:2 camera:2 log:0", "4 audio:2 camera:2 log:0",
            ])
    }

    @Test("Where there are only logs, the newest of them is the watermark")
    func logsAloneMoveTheWatermark() {
        var assembler = WindowAssembler()
        let lines = assembler.play(
            """
            log1 x-x-x---
            log2 x------x
            """)
        #expect(lines == ["0 log1:1 log2:1", "1 log1:1 log2:0", "2 log1:1 log2:0"])
    }

    @Test("An idle regular stream is not waited for, is missing, and joins again when it speaks")
    func idleStreamsAreMissing() {
        var assembler = WindowAssembler()
        var lines = assembler.play(
            """
            camera oooooooooooooooooooo
            audio  oooo----------oooooo
            """)
        lines += described(assembler.flush())
        #expect(
            lines == [
                "0 audio:2 camera:2", "1 audio:2 camera:2", "2 camera:2", "3 camera:2",
                "4 camera:2", "5 camera:2", "6 camera:2", "7 audio:2 camera:2",
                "8 audio:2 camera:2", "9 audio:2 camera:2",
            ])
        #expect(assembler.state[StreamName("audio")]?.late == 0)
    }

    @Test("While it is idle a stream is named so")
    func idleStreamsAreNamed() {
        var assembler = WindowAssembler()
        _ = assembler.ingest([sampleAt(0, of: "camera"), sampleAt(0, of: "audio")])
        _ = assembler.ingest(sampleAt(2_999, of: "camera"))
        #expect(assembler.idleStreams == [])
        _ = assembler.ingest(sampleAt(3_000, of: "camera"))
        #expect(assembler.idleStreams == [StreamName("audio")])
        _ = assembler.ingest(sampleAt(3_000, of: "audio"))
        #expect(assembler.idleStreams == [])
    }

    @Test("A dead camera beside a living log holds no window open")
    func aDeadRegularStreamDoesNotHoldALog() {
        var assembler = WindowAssembler()
        let lines = assembler.play(
            """
            camera oooo----------------
            log    -x--xxxxxxxxxxxxxxxx
            """)
        #expect(lines.prefix(3) == ["0 camera:2 log:1", "1 camera:2 log:0", "2 log:2"])
        #expect(lines.count == 9)
    }

    @Test("A log whose clock is ahead does not make a slow camera idle")
    func aLogAheadMakesNobodyIdle() {
        var assembler = WindowAssembler()
        for second in Int64(0)..<30 {
            _ = assembler.ingest(sampleAt(second * 1_000, of: "camera"))
            _ = assembler.ingest(
                sampleAt(second * 1_000 + 30_000, of: "log", arriving: second * 1_000 + 500))
        }
        #expect(assembler.idleStreams == [])
        #expect(assembler.state[StreamName("camera")]?.late == 0)
    }

    @Test("A lookback lets a slow sense speak in every window it covers")
    func lookbackReachesBack() {
        var assembler = WindowAssembler()
        assembler.declare(StreamName("slow"), kind: .vector, lookback: .seconds(3))
        var lines = assembler.play(
            """
            camera oooooooooooo
            slow   -o-----o----
            """)
        lines += described(assembler.flush())
        #expect(
            lines == [
                "0 camera:2 slow:1", "1 camera:2 slow:1", "2 camera:2 slow:1", "3 camera:2 slow:1",
                "4 camera:2 slow:1", "5 camera:2 slow:1",
            ])
    }

    @Test("A lookback shorter than the window takes its end only, and says what it left out")
    func shortLookbackTakesTheEnd() {
        var assembler = WindowAssembler(
            settings {
                $0.lateness = .zero
                $0.closeAfter = .zero
            })
        assembler.declare(StreamName("camera"), kind: .vector, lookback: .milliseconds(500))
        var windows: [Window] = []
        for time: Int64 in [0, 500, 900, 1_100, 1_200, 1_700, 2_000] {
            windows += assembler.ingest(sampleAt(time, of: "camera"))
        }
        #expect(described(windows) == ["0 camera:2", "1 camera:1"])
        #expect(assembler.state[StreamName("camera")]?.outside == 4)
        #expect(assembler.state[StreamName("camera")]?.late == 0)
    }

    @Test("A slow vector's last value is carried up to its hold, with its age")
    func lastVectorIsHeld() {
        var assembler = WindowAssembler()
        assembler.declare(StreamName("slow"), kind: .vector, hold: .seconds(4))
        let windows = assembler.ingest(
            Drawing(
                """
                camera oooooooooooooooo
                slow   -o--------------
                """
            ).samples)
        #expect(
            described(windows) == [
                "0 camera:2 slow:1", "1 camera:2 slow:held", "2 camera:2 slow:held",
                "3 camera:2 slow:held", "4 camera:2", "5 camera:2", "6 camera:2",
            ])
        let ages = windows.compactMap { $0.streams[StreamName("slow")]?.age }
        #expect(ages == [500, 1_500, 2_500, 3_500].map { .milliseconds($0) })
        let held = windows[3].streams[StreamName("slow")]?.frames.first
        #expect(held?.value == .vector([500]))
    }

    @Test("Beyond frames_max the first to come stay, and the rest is counted")
    func framesAreBounded() {
        var assembler = WindowAssembler(settings { $0.framesMax = 3 })
        for time: Int64 in [100, 900, 200, 300, 50, 1_000] {
            _ = assembler.ingest(sampleAt(time, of: "camera"))
        }
        let share = assembler.flush()[0].streams[StreamName("camera")]
        #expect(share?.frames.map(\.value) == [.vector([100]), .vector([200]), .vector([900])])
        #expect(share?.overflow == 2)
        #expect(assembler.state[StreamName("camera")]?.overflow == 2)
    }

    @Test("Frames come in order of event time, ties in order of arrival")
    func framesAreOrdered() {
        var assembler = WindowAssembler()
        for (time, value): (Int64, Float) in [(300, 1), (100, 2), (300, 3), (100, 4), (200, 5)] {
            _ = assembler.ingest(sampleAt(time, of: "camera", value: value))
        }
        let frames = assembler.flush()[0].streams[StreamName("camera")]?.frames
        #expect(frames?.map(\.value) == [2, 4, 5, 1, 3].map { .vector([$0]) })
    }

    @Test("Late means every window is closed: counted by stream, reported by the next window")
    func lateSamplesAreCounted() {
        var assembler = WindowAssembler(
            settings {
                $0.length = .seconds(2)
                $0.hop = .seconds(1)
            })
        // Up to 3.5 s, so the watermark is at 3 s.
        _ = assembler.ingest(Drawing("camera oooooooo\naudio oooooooo").samples)
        _ = assembler.ingest(sampleAt(1_200, of: "camera", arriving: 3_600))  // [0,2) and [1,3)
        #expect(assembler.state[StreamName("camera")]?.late == 1)
        #expect(assembler.state[StreamName("camera")]?.lastLateBy == .milliseconds(1_800))
        // Late for [1, 3), in time for [2, 4).
        _ = assembler.ingest(sampleAt(2_700, of: "camera", arriving: 3_600))
        let lines = described(assembler.flush())
        #expect(lines == ["2 audio:4 camera:5 late:1", "3 audio:2 camera:2"])
        #expect(assembler.state[StreamName("camera")]?.late == 1)
    }

    @Test("The gateway's wall clock closes nothing: any wall clock gives the same windows")
    func wallClockDecidesNothing() {
        let samples = Drawing(
            """
            camera oooooo------oooooo
            audio  oooooooooo--oooooo
            log    --x-----x---------
            """
        ).samples
        var honest = WindowAssembler()
        var wrong = WindowAssembler()
        let expected = honest.ingest(samples) + honest.flush()
        let found = wrong.ingest(
            samples.map { sample in
                var sample = sample
                sample.arrival = Arrival(wall: 0, elapsed: sample.arrival.elapsed)
                return sample
            })
        #expect(found + wrong.flush() == expected)
        #expect(!honest.isGatewayClockSuspect)
        #expect(wrong.isGatewayClockSuspect)
    }

    @Test("A stream's clock offset is the least of the recent past, a backlog notwithstanding")
    func clockOffsetIsEstimated() {
        var assembler = WindowAssembler()
        for i in Int64(0)..<40 {
            let delay = i < 10 ? 60_000 - 1_000 * i : 250 + i % 3 * 100
            _ = assembler.ingest(
                sampleAt(i * 1_000, of: "camera", arriving: i * 1_000 + delay))
        }
        let offset = assembler.clockOffset(of: StreamName("camera"))
        #expect(offset?.minimum == .milliseconds(250))
        #expect(offset?.median == .milliseconds(350))
    }
}
