import Signals
import Testing
import Windowing

@Suite("Silence is reported, not waited for")
struct SilenceTests {
    private func spoken() -> WindowAssembler {
        var assembler = WindowAssembler()
        _ = assembler.play(
            """
            camera ooooo
            audio  ooooo
            log    -x---
            """)  // up to 2 s; the watermark is at 1.5 s, so [0, 1) is closed
        return assembler
    }

    @Test("After close_after without a sample all begun windows close, then one empty, then none")
    func silenceClosesWindowsOnce() {
        var assembler = spoken()
        #expect(assembler.tick(arrival(6_999), isDrained: true) == [])
        #expect(
            described(assembler.tick(arrival(7_000), isDrained: true)) == [
                "1 audio:2 camera:2 log:0", "2 audio:1 camera:1 log:0", "3 log:0",
            ])
        #expect(assembler.tick(arrival(60_000), isDrained: true) == [])
    }

    @Test("A backlog is not silence")
    func backlogIsNotSilence() {
        var assembler = spoken()
        #expect(assembler.tick(arrival(60_000), isDrained: false) == [])
        // Silence counts from the first tick after it.
        #expect(assembler.tick(arrival(60_050), isDrained: true) == [])
        #expect(assembler.tick(arrival(65_049), isDrained: true) == [])
        #expect(assembler.tick(arrival(65_050), isDrained: true).count == 3)
    }

    @Test("A connection that comes back starts the silence anew")
    func resumedStartsSilenceAnew() {
        var assembler = spoken()
        assembler.resumed(arrival(60_000))
        #expect(assembler.tick(arrival(64_999), isDrained: true) == [])
        #expect(assembler.tick(arrival(65_000), isDrained: true).count == 3)
    }

    @Test("An asset that never spoke has no windows")
    func nothingIsNothing() {
        var assembler = WindowAssembler()
        #expect(assembler.tick(arrival(60_000), isDrained: true) == [])
        #expect(assembler.flush() == [])
        #expect(assembler.neededFrom == nil)
    }

    @Test("When it speaks again, the windows between are reported empty, each once")
    func gapsAreReported() {
        var assembler = spoken()
        var lines = described(assembler.tick(arrival(7_000), isDrained: true))
        lines += assembler.play(
            """
            camera ooo
            audio  ooo
            """, startingAt: 16)
        lines += described(assembler.flush())
        #expect(
            lines.suffix(7) == [
                "3 log:0", "4 log:0", "5 log:0", "6 log:0", "7 log:0", "8 audio:2 camera:2 log:0",
                "9 audio:1 camera:1 log:0",
            ])
        #expect(assembler.state.gapWindowsSkipped == 0)
    }

    @Test("Of a long gap gap_windows_max are reported; the rest is skipped and counted")
    func longGapsAreSkipped() {
        var assembler = WindowAssembler(settings { $0.gapWindowsMax = 4 })
        var windows = assembler.ingest(Drawing("camera ooo\naudio ooo").samples)
        windows += assembler.tick(arrival(6_000), isDrained: true)
        windows += assembler.ingest(
            Drawing("camera ooo\naudio ooo", startingAt: 7_200).samples)
        windows += assembler.flush()
        #expect(
            described(windows) == [
                "0 audio:2 camera:2", "1 audio:1 camera:1", "2", "3", "4", "5",
                "3600 audio:2 camera:2", "3601 audio:1 camera:1",
            ])
        #expect(assembler.state.gapWindowsSkipped == 3_594)
        #expect(assembler.state.windowsClosed == windows.count)
    }

    @Test("A sample after the silence that still has an open window is not late")
    func speechAfterSilence() {
        var assembler = spoken()
        _ = assembler.tick(arrival(7_000), isDrained: true)
        _ = assembler.ingest(sampleAt(3_999, of: "camera", arriving: 7_100))
        #expect(assembler.state[StreamName("camera")]?.late == 1)
        _ = assembler.ingest(sampleAt(4_000, of: "camera", arriving: 7_100))
        #expect(assembler.state[StreamName("camera")]?.late == 1)
        #expect(described(assembler.flush()) == ["4 camera:1 log:0 late:1"])
    }

    @Test("A second silence is reported like the first")
    func everySilenceIsReported() {
        var assembler = spoken()
        _ = assembler.tick(arrival(7_000), isDrained: true)
        _ = assembler.play("camera o\naudio o", startingAt: 20)
        #expect(
            described(assembler.tick(arrival(15_000), isDrained: true)) == [
                "9 log:0", "10 audio:1 camera:1 log:0", "11 log:0",
            ])
    }
}
