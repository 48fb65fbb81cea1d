import Signals
import Testing

@testable import Tools

@Suite("The pace")
struct PaceTests {
    private let began = Arrival(wall: 0, elapsed: 1000)

    @Test("Spans shrink by the speed and begin with the first")
    func spans() {
        let pace = Pace(began: began, first: 500_000, speed: 20)
        #expect(pace.due(500_000) == nil)
        #expect(pace.due(400_000) == nil)
        #expect(pace.due(700_000) == 11_000)
    }

    @Test("Speed 0 never waits, and a century at a snail's pace does not overflow")
    func extremes() {
        #expect(Pace(began: began, first: 0, speed: 0).due(.max) == nil)
        #expect(Pace(began: began, first: 0, speed: 1e-6).due(.max) == .max)
    }
}
