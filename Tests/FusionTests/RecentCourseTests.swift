import Fusion
import Signals
import Testing

@Suite struct RecentCourseTests {
    private static let sense = StreamName("audio")
    private static let log = StreamName("log")

    private func window(
        _ second: Int, _ value: Float?, templates: [Int32] = [], length: Int = 1
    ) -> WindowSummary {
        let start = EventTime(milliseconds: Int64(second) * 1000)
        var streams: [StreamName: StreamSummary] = [:]
        if let value { streams[Self.sense] = .vector(VectorSummary(vectors: [[value, -value]])!) }
        streams[Self.log] = .log(
            LogSummary(
                records: templates.map {
                    LogRecord(template: $0, isUnseen: false, terms: [], severity: .info)
                }))
        return WindowSummary(start: start, end: start + .seconds(length), streams: streams)
    }

    private func vector(_ window: WindowSummary) -> VectorSummary? {
        if case .vector(let vector)? = window.streams[Self.sense] { vector } else { nil }
    }

    private func lines(_ window: WindowSummary) -> LogSummary? {
        if case .log(let log)? = window.streams[Self.log] { log } else { nil }
    }

    @Test("Levels and motions are the exponential means they are defined to be")
    func means() throws {
        var course = RecentCourse()
        var level = 0.0
        var motion = 0.0
        var previous = 0.0
        for second in 0..<200 {
            let x = Double(second % 7) + Double(second % 3) * 0.5
            var summary = window(second, Float(x))
            course.advance(&summary)
            if second > 1 {
                let told = try #require(vector(summary)?.course)
                #expect(abs(Double(told.levelShort[0]) - (level - x)) < 0.1)
                #expect(abs(Double(told.step[1]) - abs(x - previous)) < 0.02)
                let expected =
                    motion + max(1.0 / 32, 1 / Double(second)) * (abs(x - previous) - motion)
                #expect(abs(Double(told.motion[0]) - expected) < 0.1)
            } else {
                #expect(vector(summary)?.course == nil)
            }
            if second > 0 {
                let weight = max(1.0 / 32, 1 / Double(second))
                motion += weight * (abs(x - previous) - motion)
            }
            level += max(1.0 / 8, 1 / Double(second + 1)) * (x - level)
            previous = x
        }
    }

    @Test("Restored from its bytes between any two windows, it gives the same courses")
    func restored() throws {
        var course = RecentCourse()
        var other = RecentCourse()
        for second in 0..<120 {
            let value = second % 11 == 0 ? nil : Float(second % 13) * 0.37
            var first = window(second, value, templates: second % 4 == 0 ? [] : [Int32(second % 5)])
            var again = first
            course.advance(&first)
            var writer = ByteWriter()
            other.write(to: &writer)
            var reader = ByteReader(writer.bytes)
            other = try RecentCourse(from: &reader)
            #expect(reader.isAtEnd)
            other.advance(&again)
            #expect(first == again)
            #expect(try WindowSummary(encoded: first.encoded) == first)
        }
        #expect(course == other)
    }

    @Test("A sense away for long begins anew; one away for a moment goes on")
    func absence() {
        for (gap, goesOn) in [(5, true), (40, false)] {
            var course = RecentCourse()
            for second in 0..<20 {
                var summary = window(second, Float(second))
                course.advance(&summary)
            }
            for second in 20..<(20 + gap) {
                var summary = window(second, nil)
                course.advance(&summary)
            }
            var back = window(20 + gap, 1)
            course.advance(&back)
            #expect((vector(back)?.course != nil) == goesOn)
        }
    }

    @Test("A log's window knows the line before it and how long it was quiet")
    func logs() throws {
        var course = RecentCourse()
        var summaries: [LogSummary] = []
        for (second, templates) in [[1, 2], [], [], [3], [4]].enumerated() {
            var summary = window(second, nil, templates: templates.map(Int32.init))
            course.advance(&summary)
            summaries.append(try #require(lines(summary)))
        }
        #expect(summaries.map(\.before) == [nil, 2, 2, 2, 3])
        #expect(summaries.map(\.quiet) == [0, 1, 2, 0, 0])
    }

    @Test("Of overlapping windows no line is said to come before")
    func overlap() throws {
        var course = RecentCourse()
        for second in 0..<5 {
            var summary = window(second, nil, templates: [7], length: 2)
            course.advance(&summary)
            #expect(try #require(lines(summary)).before == nil)
        }
    }

    @Test("The frame farthest from the mean is kept, in units of each number's own spread")
    func farthestFrame() throws {
        let frames: [[Float]] = (0..<9).map { [1000 * Float($0 % 3), 1] } + [[1000, 1.5]]
        let summary = try #require(VectorSummary(vectors: frames))
        let single = try #require(summary.singleFrames.first)
        #expect(summary.singleFrames.count == 1)
        #expect(abs(single[1] - 1.5) < 0.01)
        #expect(abs(single[0] - 1000) < 5)
    }

    @Test("Two frames are both looked at, one frame is its own mean")
    func fewFrames() throws {
        let two = try #require(VectorSummary(vectors: [[1, 5], [3, 2]]))
        #expect(two.singleFrames == [[1, 5], [3, 2]])
        #expect(try #require(VectorSummary(vectors: [[4, 4]])).singleFrames == [[4, 4]])
    }
}
