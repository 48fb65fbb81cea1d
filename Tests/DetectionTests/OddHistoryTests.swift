import Detection
import Signals
import Testing

@Suite struct OddHistoryTests {
    private static let audio = Statistic(.residual, StreamName("audio"))
    private static let camera = Statistic(.hotelling, StreamName("camera"))
    private let gapMax = Duration.seconds(5)

    private func time(_ second: Int64) -> EventTime { EventTime(milliseconds: second * 1000) }

    private func profile(_ excess: [Statistic: Double]) -> OddProfile {
        OddProfile(excess: StatisticTable(excess))
    }

    @Test("A stretch begins with its first window and bridges short gaps only")
    func stretches() {
        var history = OddHistory()
        for second in [10, 11, 16] as [Int64] {
            #expect(history.since(time(second), gapMax: gapMax) == time(10))
            history.note(
                time(second), score: 4, profile: profile([Self.audio: 5]), threshold: 3,
                gapMax: gapMax)
        }
        #expect(history.since(time(21), gapMax: gapMax) == time(10))
        #expect(history.since(time(22), gapMax: gapMax) == time(22))
    }

    @Test("The worst window of the earlier stretch that looked alike is found, others are not")
    func likeness() throws {
        var history = OddHistory()
        for (second, score, excess) in [
            (10, 4.0, [Self.audio: 5.0]), (11, 6.0, [Self.audio: 9, Self.camera: 1]),
            (100, 5.0, [Self.camera: 7]),
        ] as [(Int64, Double, [Statistic: Double])] {
            history.note(
                time(second), score: score, profile: profile(excess), threshold: 3, gapMax: gapMax)
        }
        let alike = history.nearest(
            to: profile([Self.audio: 20, Self.camera: 2]), at: time(200), gapMax: gapMax)
        #expect(alike?.start == time(11))
        let camera = history.nearest(to: profile([Self.camera: 3]), at: time(200), gapMax: gapMax)
        #expect(camera?.start == time(100))
        let other = Statistic(.rate, StreamName("log"))
        #expect(history.nearest(to: profile([other: 3]), at: time(200), gapMax: gapMax) == nil)
        // Its own stretch is not an earlier one.
        #expect(
            history.nearest(to: profile([Self.camera: 7]), at: time(102), gapMax: gapMax) == nil)
    }

    @Test("What never reached the threshold is not remembered, and memory is bounded")
    func bounded() {
        var history = OddHistory()
        history.note(
            time(0), score: 2.5, profile: profile([Self.audio: 5]), threshold: 3, gapMax: gapMax)
        history.note(
            time(100), score: 4, profile: profile([Self.camera: 5]), threshold: 3, gapMax: gapMax)
        #expect(history.nearest(to: profile([Self.audio: 5]), at: time(200), gapMax: gapMax) == nil)
        var writer = ByteWriter()
        for second in 2..<100 as Range<Int64> {
            history.note(
                time(second * 100), score: 4, profile: profile([Self.camera: Double(second)]),
                threshold: 3, gapMax: gapMax)
        }
        var state = AssetDetector.State()
        state.odd = history
        state.write(to: &writer)
        #expect(writer.bytes.count < 4096)
        var reader = ByteReader(writer.bytes)
        #expect((try? AssetDetector.State(from: &reader))?.odd == history)
    }
}
