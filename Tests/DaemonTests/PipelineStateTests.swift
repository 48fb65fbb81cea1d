import Daemon
import Intake
import Signals
import Store
import Testing

@Suite struct PipelineStateTests {
    private func fed() -> Pipeline {
        var pipeline = Pipeline(settings: PipelineSettings())
        for second in Int64(0)..<20 {
            for (stream, payload) in [("camera", #""v":[1,2]"#), ("log", #""line":"step done""#)] {
                let time = 1_790_000_000_000 + second * 1000
                let arrival = Arrival(wall: time * 1_000_000, elapsed: second * 1_000_000_000)
                _ = pipeline.take(
                    Message(
                        topic: "features/press-1/\(stream)",
                        payload: Array(#"{"ts":\#(time),\#(payload)}"#.utf8), arrival: arrival),
                    sequence: UInt64(second + 1))
            }
        }
        return pipeline
    }

    @Test("States are taken once; when they did not reach the store, they are all taken again")
    func lostStatesComeAgain() throws {
        var pipeline = fed()
        let first = try pipeline.takeChangedStates()
        #expect(Set(first.map(\.kind)).count == 2)
        #expect(try pipeline.takeChangedStates().isEmpty)
        pipeline.forgetWhatIsStored()
        #expect(try pipeline.takeChangedStates() == first)
    }
}
