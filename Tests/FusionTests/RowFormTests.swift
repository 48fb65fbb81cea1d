import Signals
import Testing

@testable import Fusion

@Suite("Rows that networks read")
struct RowFormTests {
    private func log(_ templates: [Int32], words: [UInt64] = []) -> StreamSummary {
        .log(
            LogSummary(
                records: templates.map {
                    LogRecord(template: $0, isUnseen: false, terms: words, severity: .info)
                }))
    }

    private let texts = ["press started", "press <*> stopped", "door open"]

    @Test("A template has its place by its text, whatever its number at a site")
    func portable() throws {
        let form = RowForm.log(
            terms: texts.prefix(2).map(LogTerms.term).sorted(), inverseFrequency: [1, 1],
            buckets: 4)
        let here = RowReader(form, translation: LogTerms.translation(ofTemplates: texts))
        let there = RowReader(
            form, translation: LogTerms.translation(ofTemplates: texts.reversed()))
        // The third has no place of its own: its text says which bucket it goes to.
        for number in Int32(0)..<3 {
            let row = try #require(here.row(of: log([number, number])))
            #expect(row == there.row(of: log([2 - number, 2 - number])))
            #expect(row.count == form.width)
            #expect(row.count { $0 > 0 } == 2, "one place and one severity")
        }
    }

    @Test(
        "Words without a place fall into buckets by their hash; without buckets they are left out")
    func buckets() throws {
        let words: [UInt64] = [100, 101, 102]
        let form = RowForm.log(terms: [100], inverseFrequency: [2], buckets: 3)
        let row = try #require(
            RowReader(form, translation: [LogSummary.term(ofTemplate: 0): 100])
                .row(of: log([0], words: words)))
        #expect(row[0] == Float(2 * 1.0986123))
        #expect(row[1 + Int(101 % 3)] > 0 && row[1 + Int(102 % 3)] > 0)
        let none = RowForm.log(terms: [100], inverseFrequency: [2], buckets: 0)
        #expect(RowReader(none).row(of: log([0], words: words))?.count == 1 + RowForm.severities)
    }

    @Test("Frames are read from the first one to as many as there is room for")
    func frames() throws {
        var summary = try #require(VectorSummary(vectors: [[1, 2], [3, 4], [5, 6]]))
        summary.kept = [1, 2, 3, 4, 5, 6]
        func row(_ countMax: Int) -> [Float]? {
            RowReader(.frames(dimension: 2, countMax: countMax)).row(of: .vector(summary))
        }
        #expect(row(2) == [2, 1, 2, 3, 4])
        #expect(row(4) == [3, 1, 2, 3, 4, 5, 6, 0, 0])
        summary.kept = []
        #expect(row(2) == nil, "no frames were kept")
    }

    @Test("A summary of another kind or dimension has no row")
    func mismatch() throws {
        let vector = StreamSummary.vector(try #require(VectorSummary(vectors: [[1, 2]])))
        #expect(RowReader(.summary(dimension: 2)).row(of: vector)?.count == 8)
        #expect(RowReader(.summary(dimension: 3)).row(of: vector) == nil)
        #expect(RowReader(.summary(dimension: 2)).row(of: log([1])) == nil)
        let form = RowForm.log(terms: [], inverseFrequency: [], buckets: 2)
        #expect(RowReader(form).row(of: vector) == nil)
    }

    @Test("A reader comes back from its bytes as it was, and not for a smaller form")
    func roundTrip() throws {
        let form = RowForm.log(
            terms: texts.map(LogTerms.term).sorted(), inverseFrequency: [1, 2, 3], buckets: 2)
        let reader = RowReader(form, translation: LogTerms.translation(ofTemplates: texts))
        var writer = ByteWriter()
        reader.write(to: &writer)
        var bytes = ByteReader(writer.bytes)
        #expect(try RowReader(form, from: &bytes) == reader)
        #expect(throws: FusionModel.Malformed.self) {
            var bytes = ByteReader(writer.bytes)
            _ = try RowReader(.summary(dimension: 0), from: &bytes)
        }
    }
}
