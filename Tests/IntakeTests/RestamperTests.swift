import Signals
import Testing

@testable import Intake

/// Moving event times: what the reader takes for the time moves, and not one other byte changes.
@Suite("The restamper")
struct RestamperTests {
    private func moved(
        _ payload: String, by seconds: Int64, topic: String = "features/press-1/camera",
        settings: IntakeSettings = IntakeSettings()
    ) -> String {
        var restamper = Restamper(settings: settings, seconds: seconds)
        return String(decoding: restamper.restamp(message(payload, topic)).payload, as: UTF8.self)
    }

    private func message(_ payload: String, _ topic: String) -> Message {
        Message(
            topic: topic, payload: Array(payload.utf8), arrival: Arrival(wall: 0, elapsed: 0))
    }

    @Test(
        "A stamp moves in its own unit, and keeps its digits and its place",
        arguments: [
            (#"{"ts":1790000000123,"v":[1,2]}"#, #"{"ts":1790000060123,"v":[1,2]}"#),
            (#"{"v":[1e3, 2],"ts" : 1790000000.5 }"#, #"{"v":[1e3, 2],"ts" : 1790000060.5 }"#),
            (#"{"ts":1790000000123456}"#, #"{"ts":1790000060123456}"#),
            (#"{"ts":1790000000123456789}"#, #"{"ts":1790000060123456789}"#),
            (#"{"ts":"1790000000","line":"a"}"#, #"{"ts":"1790000060","line":"a"}"#),
            (
                #"{"ts":"2026-12-31T23:59:30.25+02:00","v":[1]}"#,
                #"{"ts":"2027-01-01T00:00:30.25+02:00","v":[1]}"#
            ),
            (#"{"ts":"2026-02-28 23:59:59Z"}"#, #"{"ts":"2026-03-01 00:00:59Z"}"#),
        ])
    func stampsMove(before: String, after: String) {
        #expect(moved(before, by: 60) == after)
        #expect(moved(after, by: -60) == before)
    }

    @Test(
        "What has no time of its own stays as it is, and is counted",
        arguments: [
            "", "plain text", "[1,2,3]", #"{"v":[1]}"#, #"{"meta":{"ts":1790000000}}"#,
            #"{"line":"\"ts\":1790000000"}"#, #"{"ts":null}"#, #"{"ts":1.79e9}"#, #"{"ts":"noon"}"#,
            #"{"ts":1790000000"#,
        ])
    func nothingToMove(payload: String) {
        var restamper = Restamper(settings: IntakeSettings(), seconds: 60)
        let before = message(payload, "features/press-1/log")
        #expect(restamper.restamp(before) == before)
        #expect(restamper.untouchedTotal == 1 && restamper.movedTotal == 0)
    }

    @Test("The reader sees every stamp later by exactly the shift", arguments: UInt64(0)..<64)
    func readerAgrees(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let stamp = Int64.random(in: 1_000_000_000_000...1_900_000_000_000, using: &random)
        let shift = Int64.random(in: -900_000_000...900_000_000, using: &random)
        let text = moved("{\"a\":[{\"ts\":1}],\"ts\":\(stamp)}", by: shift)
        #expect(text == "{\"a\":[{\"ts\":1}],\"ts\":\(stamp + shift * 1000)}")
    }

    @Test("Raw numbers move by the milliseconds before them, where the settings say so")
    func headsMove() {
        var stream = StreamDeclaration(name: StreamName("vibration"), topic: "raw/{asset}")
        stream.encoding = .f32le
        stream.dimension = 1
        stream.timestamp.source = .head
        var settings = IntakeSettings()
        settings.streams = [stream]
        let head = withUnsafeBytes(of: UInt64(1_790_000_000_123).littleEndian) { Array($0) }
        let later = withUnsafeBytes(of: UInt64(1_790_000_060_123).littleEndian) { Array($0) }
        var restamper = Restamper(settings: settings, seconds: 60)
        let arrival = Arrival(wall: 0, elapsed: 0)
        let raw = Message(topic: "raw/pump", payload: head + [1, 2, 3, 4], arrival: arrival)
        #expect(restamper.restamp(raw).payload == later + [1, 2, 3, 4])
        let short = Message(topic: "raw/pump", payload: [1, 2], arrival: arrival)
        #expect(restamper.restamp(short) == short)
    }

    @Test("A field by another name moves where its stream declares it")
    func declaredField() {
        var stream = StreamDeclaration(name: StreamName("camera"), topic: "cell/{asset}/cam")
        stream.timestamp.field = "when"
        stream.timestamp.unit = .s
        var settings = IntakeSettings()
        settings.streams = [stream]
        let before = #"{"ts":1,"when":100}"#
        #expect(
            moved(before, by: 60, topic: "cell/a/cam", settings: settings)
                == #"{"ts":1,"when":160}"#)
    }
}
