import Signals
import Testing

@testable import Daemon

@Suite struct AlarmBoardTests {
    private func at(_ second: Int64) -> EventTime { EventTime(milliseconds: second * 1000) }

    @Test("Alarms close behind each other name the first of them; a later one stands alone")
    func firstOut() {
        var board = AlarmBoard(firstOutWithin: .seconds(60))
        board.ring(AssetName("b"), at: at(100))
        board.ring(AssetName("a"), at: at(150))
        board.ring(AssetName("c"), at: at(205))
        board.ring(AssetName("d"), at: at(300))
        let first = ["a", "b", "c", "d"].map { board.firstOut(of: AssetName($0))?.asset.text }
        #expect(first == ["b", "b", "b", "d"])
    }

    @Test("An earlier one that is heard later becomes the first of those after it")
    func earlierHeardLater() {
        var board = AlarmBoard(firstOutWithin: .seconds(60))
        board.ring(AssetName("a"), at: at(100))
        board.ring(AssetName("b"), at: at(90))
        #expect(board.firstOut(of: AssetName("b"))?.asset == AssetName("b"))
        board.ring(AssetName("c"), at: at(101))
        #expect(board.firstOut(of: AssetName("c"))?.asset == AssetName("b"))
    }

    @Test("More than ten within ten minutes are a flood, and it passes")
    func flood() {
        var board = AlarmBoard(firstOutWithin: .seconds(60))
        for second in 0..<10 { board.ring(AssetName("a"), at: at(Int64(second))) }
        #expect(!board.isFlood)
        board.ring(AssetName("b"), at: at(10))
        #expect(board.isFlood && board.recent == 11)
        board.pass(at(600))
        #expect(!board.isFlood && board.recent == 10)
        board.pass(at(5000))
        #expect(board.recent == 0)
    }
}
