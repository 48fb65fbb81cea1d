import Foundation
import Intake
import Signals
import TestSupport
import Testing

@Suite struct RecordingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ bytes: some Sequence<UInt8>, gzip: Bool = false) throws -> String {
        let path = folder.path("recording")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        guard gzip else { return path }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-f", path]
        try process.run()
        process.waitUntilExit()
        return path + ".gz"
    }

    private func readAll(_ path: String) throws -> ([Message], BadLines) {
        var reader = try RecordingReader(path: path)
        var messages: [Message] = []
        while let message = try reader.next() { messages.append(message) }
        return (messages, reader.badLines)
    }

    private func read(_ text: String) throws -> ([Message], BadLines) {
        try readAll(write(text.utf8))
    }

    @Test("What is written comes back byte for byte, plain and gzip", arguments: UInt64(0)..<24)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let texts = [
            "{\"ts\":1,\"v\":[1.50,2e3]}", "[1, 2]", " [1]", "[1]\n", "{\"a\":\"\\u00e9\"}",
            "plain", "",
            "\"quoted\"", "{\"a\":1,\"a\":2}", "{\"cut\":", "tab\there", "nul\0l", "42", "[1e999]",
            "é\u{2028}",
            "{\"x\":{\"y\":[[]]} }", "\\", "\u{7f}",
        ]
        var wall = morning * 1_000_000
        let messages = (0..<Int.random(in: 1...60, using: &random)).map { _ -> Message in
            var payload = Array((texts.randomElement(using: &random) ?? "").utf8)
            if Bool.random(using: &random) {
                payload += (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            }
            wall += Int64.random(in: 0...3_000_000_000, using: &random)
            return Message(
                topic: "features/é\"\\/\(Int.random(in: 0..<9, using: &random))", payload: payload,
                qos: [.atMostOnce, .atLeastOnce, .exactlyOnce].randomElement(using: &random)
                    ?? .atMostOnce,
                isRetained: Bool.random(using: &random), arrival: Arrival(wall: wall, elapsed: wall)
            )
        }
        var writer = RecordingWriter()
        let bytes = messages.flatMap { writer.line(for: $0) }
        #expect(bytes.count { $0 == 0x0A } == messages.count)
        let (read, bad) = try readAll(write(bytes, gzip: seed % 2 == 0))
        #expect(read.count == messages.count)
        for (read, written) in zip(read, messages) { #expect(read == written) }
        #expect(bad.total == 0)
    }

    @Test("JSON on one line is embedded, other text quoted, the rest hexadecimal")
    func payloadForms() {
        var writer = RecordingWriter()
        func form(_ payload: [UInt8]) -> String {
            let line = String(decoding: writer.line(for: message("t", payload)), as: UTF8.self)
            return String(line.drop { $0 != "0" }.split(separator: "\"retain\":0,")[1].dropLast(2))
        }
        #expect(form(Array("{\"v\":[1]}".utf8)) == "\"payload\":{\"v\":[1]}")
        #expect(form(Array("[1] ".utf8)) == "\"payload\":\"[1] \"")
        #expect(form(Array("hot".utf8)) == "\"payload\":\"hot\"")
        #expect(form([0xFF, 0]) == "\"payload_hex\":\"ff00\"")
    }

    @Test("Both forms of mosquitto's lines, with their dates, mean the same message")
    func mosquittoForms() throws {
        let lines = [
            // %J and %j of mosquitto_sub 2.0.11, then what other tools print.
            #"{"tst":"2026-11-21T01:49:05.811710Z+0000","topic":"features/a/cam","qos":1,"retain":0,"payloadlen":11,"mid":1,"payload":{"v":[1,2]}}"#,
            #"{"tst":"2026-11-21T01:49:05.811710Z+0000","topic":"features/a/cam","qos":1,"retain":0,"payloadlen":11,"mid":1,"payload":"{\"v\":[1,2]}"}"#,
            #"{"tst":"2026-11-21T02:49:05.811710Z+0100","topic":"features/a/cam","qos":1,"retain":0,"payload":{"v":[1,2]}}"#,
            #"{"tst":"2026-11-20T20:19:05.81171-05:30","topic":"features/a/cam","qos":1,"retain":false,"payload":{"v":[1,2]}}"#,
            #" {"payload_hex":"7b2276223a5b312C325D7d","retain":false,"topic":"features\/a\/cam","tst":"2026-11-21T01:49:05.811710Z"} "#,
        ]
        let (messages, bad) = try read(lines.joined(separator: "\n"))
        #expect(bad.first == [])
        #expect(messages.count == lines.count)
        #expect(Set(messages.map(\.payload)) == [Array("{\"v\":[1,2]}".utf8)])
        #expect(Set(messages.map(\.topic)) == ["features/a/cam"])
        #expect(Set(messages.map(\.arrival.wall)) == [1_795_225_745_811_710_000])
        var reader = SignalReader(settings: settings())
        #expect(messages.compactMap { reader.read($0).vector } == messages.map { _ in [1, 2] })
    }

    @Test("A payload of no bytes, which mosquitto prints as null, stays one")
    func emptyPayload() throws {
        let (messages, bad) = try read(
            #"{"tst":"2026-11-21T01:49:05Z","topic":"t","payloadlen":0,"payload":null}"#)
        #expect(messages.map(\.payload) == [[]])
        #expect(bad.total == 0)
    }

    @Test("A bad line is told by number and reason, and the next one is read")
    func badLinesAreTold() throws {
        let good = #"{"tst":"2026-11-21T01:49:05Z","topic":"t","payload":"x"}"#
        let lines: [(String, BadLines.Reason?)] = [
            (good, nil), ("", nil), ("{\"tst\":", .notJSON), ("[]", .notJSON),
            (good + "x", .notJSON), (good.replacing("tst", with: "time"), .noTime),
            (good.replacing("05Z", with: "05"), .noTime), (good, nil),
            (good.replacing("topic", with: "topi"), .noTopic),
            (good.replacing("payload", with: "load"), .noPayload),
            (good.replacing("payload", with: "payload_hex"), .badHex),
            (good.replacing("\"topic\"", with: "\"qos\":3,\"topic\""), .badQoS), (good, nil),
        ]
        let (messages, bad) = try read(lines.map(\.0).joined(separator: "\n"))
        #expect(messages.count == 3)
        let expected = zip(1..., lines).compactMap { number, line in
            line.1.map { "line \(number) \($0.rawValue)" }
        }
        #expect(bad.first.map(\.description) == expected)
        #expect(bad.total == expected.count)
    }

    @Test("Bytes that are not UTF-8 spoil one line only")
    func brokenTextSpoilsOneLine() throws {
        let good = Array(#"{"tst":"2026-11-21T01:49:05Z","topic":"t","payload":"x"}"#.utf8) + [0x0A]
        var broken = good
        broken[good.count - 4] = 0xFF
        let (messages, bad) = try readAll(write(good + broken + good))
        #expect(messages.count == 2)
        #expect(
            bad.first.map(\.description) == [
                "line 2 is not UTF-8; binary payloads belong into payload_hex"
            ])
    }

    @Test("A compressed file that stops in the middle gives all it has and says so")
    func cutFileIsRead() throws {
        var random = SeededGenerator(seed: 1)
        let lines = (0..<5000).map { _ in
            #"{"tst":"2026-11-21T01:49:05Z","topic":"t","payload":"\#(random.next())"}"#
        }
        let path = try write(lines.joined(separator: "\n").utf8, gzip: true)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
        let (messages, bad) = try readAll(path)
        #expect(messages.count > 1000)
        #expect(messages.count < 5000)
        #expect(bad.byReason[.cutOff] == 1)
    }

    @Test("Lines longer than the reading buffer come whole, and the silence clock never goes back")
    func longLines() throws {
        let payload = String(repeating: "0123456789abcdef", count: 200_000)
        let stamps = ["05", "04", "06"]
        let lines = stamps.map {
            #"{"tst":"2026-11-21T01:49:\#($0)Z","topic":"t","payload":"\#(payload)"}"#
        }
        let (messages, bad) = try read(lines.joined(separator: "\n"))
        #expect(bad.total == 0)
        #expect(messages.map(\.payload.count) == [3_200_000, 3_200_000, 3_200_000])
        let first = messages[0].arrival.wall
        #expect(messages.map { $0.arrival.wall - first } == [0, -1_000_000_000, 1_000_000_000])
        #expect(messages.map { $0.arrival.elapsed - first } == [0, 0, 1_000_000_000])
    }

    @Test("A recording that is not there is named with what to do")
    func missingFile() {
        let error = #expect(throws: RecordingError.self) {
            _ = try RecordingReader(path: "/nowhere/plant.ndjson")
        }
        #expect(error?.description.contains("/nowhere/plant.ndjson: No such file") == true)
    }
}

@Suite struct LabelsTests {
    @Test("Labels are read as they stand")
    func labelsAreRead() throws {
        let labels = try LabelsReader.parse(
            "asset,window_start_ms,split,label,stream\r\ncell-1,1790000000000,train,normal,\r\ncell-1,1790000001000,test,mismatch,audio\r\n",
            name: "cells.csv")
        #expect(labels.map(\.split) == [.train, .test])
        #expect(labels.map(\.stream) == ["", "audio"])
        #expect(labels[1].windowStart == EventTime(milliseconds: morning + 1000))
    }

    @Test("Every faulty line is named with its number and what to write")
    func faultsAreNamed() {
        let text =
            LabelsReader.header + "\na,1,train,normal,\na,x,train,normal,\na,1,later,normal,\na,1\n"
        let error = #expect(throws: RecordingError.self) {
            _ = try LabelsReader.parse(text, name: "l.csv")
        }
        #expect(
            error?.description.split(separator: "\n").map(String.init) == [
                "l.csv:3: window_start_ms is \"x\"; write whole milliseconds since 1970.",
                "l.csv:4: split is \"later\"; write train or test.",
                "l.csv:5: found 2 fields, but a label has 5: asset,window_start_ms,split,label,stream.",
            ])
        #expect(throws: RecordingError.self) { _ = try LabelsReader.parse("a,b\n", name: "l.csv") }
    }
}
