import Signals
import Testing
import Windowing

@Suite("Streams whose stamps are taken earlier than they come")
struct MovedStampsTests {
    /// Camera and a log of twenty seconds; the log's stamps are two seconds old.
    private func played(expecting behind: Int64?) -> (assembler: WindowAssembler, windows: [Window])
    {
        var assembler = WindowAssembler()
        _ = assembler.ingest([sampleAt(0, of: "camera"), sampleAt(0, of: "log")])
        if let behind {
            let isKnown = assembler.expect(StreamName("log"), behind: behind)
            #expect(isKnown)
        }
        var windows: [Window] = []
        for step in Int64(1)...40 {
            windows += assembler.ingest([
                sampleAt(step * 500, of: "camera"),
                sampleAt(max(0, step * 500 - 2000), of: "log", arriving: step * 500),
            ])
        }
        return (assembler, windows)
    }

    @Test("A log that is moved back is waited for by as much, and none of it is late")
    func logsAreWaitedFor() {
        let plain = played(expecting: nil)
        #expect(plain.assembler.state[StreamName("log")]?.late ?? 0 > 20)
        let moved = played(expecting: 2_000_000_000)
        #expect(moved.assembler.state[StreamName("log")]?.late == 0)
        #expect(moved.windows.count == plain.windows.count - 2)
        #expect(
            moved.windows.dropFirst().allSatisfy {
                $0.streams[StreamName("log")]?.frames.count ?? 0 > 0
            })
    }

    @Test("What is expected survives a restart")
    func restart() throws {
        let assembler = played(expecting: 2_000_000_000).assembler
        var writer = ByteWriter()
        assembler.state.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        #expect(try WindowingState(from: &reader) == assembler.state)
    }

    @Test("A stream that was never heard is not expected")
    func strangers() {
        var assembler = WindowAssembler()
        let isKnown = assembler.expect(StreamName("log"), behind: 1)
        #expect(!isKnown)
    }
}
