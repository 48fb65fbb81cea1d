import Testing

@testable import Tools

@Suite("The watch board")
struct WatchBoardTests {
    private var board = WatchBoard(scoreMin: 3, beganMs: 0)

    private func verdict(
        _ second: Int64, _ score: Double?, blame: String? = nil, alarm: String = "normal",
        isCameraPresent: Bool = true, state: String = "scoring"
    ) -> WatchedVerdict {
        WatchedVerdict(
            asset: "a", startMs: second * 1000, endMs: second * 1000 + 1000, score: score,
            state: state, streams: ["camera": .init(present: isCameraPresent)], blame: blame,
            reason: "Because.", alarm: alarm)
    }

    private mutating func kinds(_ verdict: WatchedVerdict) -> [WatchBoard.Line.Kind] {
        board.take(verdict, atMs: verdict.endMs).map(\.kind)
    }

    @Test("Calm verdicts say nothing, odd ones and changes one line each")
    func lines() {
        var test = self
        #expect(test.kinds(verdict(0, nil, state: "warming_up")) == [.note])
        #expect(test.kinds(verdict(1, nil, state: "warming_up")) == [])
        #expect(test.kinds(verdict(2, 0.4)) == [.note])
        #expect(test.board.firstScoreAfterMs == 3000)
        #expect(test.kinds(verdict(3, 0.5)) == [])
        #expect(test.kinds(verdict(4, 3.2, blame: "camera")) == [.odd])
        #expect(test.kinds(verdict(5, 5, blame: "camera", alarm: "raised")) == [.odd, .alarm])
        #expect(test.kinds(verdict(6, 0.1, alarm: "clearing")) == [])
        #expect(test.kinds(verdict(7, 0.1)) == [.cleared])
        #expect(test.kinds(verdict(8, 0.1, isCameraPresent: false)) == [.note])
        #expect(test.kinds(verdict(9, 0.1, isCameraPresent: false)) == [])
        #expect(test.kinds(verdict(10, 0.1)) == [.note])
    }

    @Test("Without a least score, those at the alarm threshold have a line")
    func atThreshold() {
        var board = WatchBoard(scoreMin: nil, beganMs: 0)
        func kinds(_ verdict: WatchedVerdict) -> [WatchBoard.Line.Kind] {
            board.take(verdict, atMs: verdict.endMs).map(\.kind)
        }
        #expect(kinds(verdict(1, 9)) == [.note])
        #expect(kinds(verdict(2, 2, alarm: "pending")) == [.odd])
        #expect(kinds(verdict(3, 2, alarm: "raised")) == [.odd, .alarm])
        #expect(kinds(verdict(4, 1, alarm: "clearing")) == [])
        #expect(kinds(verdict(5, nil, alarm: "pending")) == [.cleared])
    }

    @Test("A verdict delivered twice, or late, is told once")
    func duplicates() {
        var test = self
        #expect(test.kinds(verdict(4, 5)).contains(.odd))
        #expect(test.kinds(verdict(4, 5)) == [])
        #expect(test.kinds(verdict(3, 5)) == [])
    }

    @Test("A retained alarm from before is told, and not again by its verdict")
    func retained() {
        var board = board
        let json =
            #"{"asset":"a","raised":true,"score":5,"blame":"camera","reason":"Because.","window_start_ms":2000}"#
        #expect(board.takeAlarm(json: Array(json.utf8), atMs: 9000).map(\.kind) == [.alarm])
        #expect(board.takeAlarm(json: Array(json.utf8), atMs: 9000) == [])
        // The first verdict of an asset is told as its first score.
        let next = verdict(3, 1, alarm: "raised")
        #expect(board.take(next, atMs: 9000).map(\.kind) == [.note])
    }

    @Test("A calm plant shows its scores now and then")
    func calm() {
        var board = board
        _ = board.take(verdict(2, 0.44), atMs: 3000)
        #expect(board.calmLine(nowMs: 5000) == nil)
        #expect(board.calmLine(nowMs: 10_000)?.text == "scores    a 0.4")
        #expect(board.calmLine(nowMs: 12_000) == nil)
    }

    @Test("Verdicts of the contract are read, anything else is not")
    func contract() {
        let json = """
            {"schema":"anchord.verdict/1","asset":"press-1","window_start_ms":1000,\
            "window_end_ms":2000,"score":null,"p_value":null,"extrapolated":false,"quality":"bad",\
            "state":"warming_up","parts":{},"streams":{"camera":{"present":false,"samples":0}},\
            "blame":null,"reason":"Warming up.","alarm":{"state":"normal","raised":false}}
            """
        let read = WatchedVerdict(json: Array(json.utf8))
        #expect(read?.missing == ["camera"])
        #expect(read?.score == nil && read?.endMs == 2000)
        #expect(WatchedVerdict(json: Array("{}".utf8)) == nil)
    }
}
