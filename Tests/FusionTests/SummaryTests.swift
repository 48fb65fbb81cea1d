import Fusion
import Signals
import Testing

@Suite struct SummaryTests {
    @Test("Mean, spread, slope and last of a straight line are what they are defined to be")
    func lineIsSummarised() throws {
        let summary = try #require(VectorSummary(vectors: [[0], [1], [2], [3]]))
        #expect(summary.mean == [1.5])
        // Sixteen bits keep it within 0.4 %.
        #expect(abs(summary.spread[0] - 1.118034) < 1.118034 / 256)
        #expect(summary.slope == [3])
        #expect(summary.last == [1.5])
    }

    @Test("One frame has no spread, no slope and no last")
    func oneFrame() throws {
        let summary = try #require(VectorSummary(vectors: [[4, 5]]))
        #expect(summary.features == [4, 5, 0, 0, 0, 0, 0, 0])
    }

    @Test("A large offset does not eat the spread", arguments: [Float(0), 1000, 10_000])
    func offsetKeepsSpread(offset: Float) throws {
        let summary = try #require(
            VectorSummary(vectors: [[offset - 1], [offset + 1], [offset - 1], [offset + 1]]))
        #expect(summary.spread == [1])
    }

    @Test("An archived window is read back whole; cut anywhere it is refused")
    func archiveRoundTrip() throws {
        let records = (0..<5).map {
            LogRecord(template: Int32($0 % 2), isUnseen: false, terms: [7, 9], severity: .error)
        }
        let window = WindowSummary(
            start: EventTime(milliseconds: 5000), end: EventTime(milliseconds: 6000),
            streams: [
                StreamName("camera"): .vector(VectorSummary(vectors: [[1, 2], [3, 5]])!),
                StreamName("log"): .log(LogSummary(records: records)),
            ])
        let bytes = window.encoded
        #expect(try WindowSummary(encoded: bytes) == window)
        for cut in bytes.indices {
            #expect(throws: (any Error).self) { try WindowSummary(encoded: Array(bytes[..<cut])) }
        }
    }

    @Test("Template numbers and words never share a term")
    func termsAreApart() {
        let templates = Set((0..<5000).map { LogSummary.term(ofTemplate: Int32($0)) })
        #expect(templates.count == 5000)
    }
}
