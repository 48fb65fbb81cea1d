import Foundation
import Intake
import Signals
import Testing

@Suite struct LogTemplateTests {
    private let asset = AssetName("a")

    private func read(_ line: String, _ reader: inout SignalReader) -> LogRecord? {
        reader.read(message("features/a/log", line)).log
    }

    @Test("Plain text and JSON are the same line")
    func textAndJSONAgree() {
        var reader = SignalReader(settings: settings())
        let text = read("ERROR pump 3 stalled", &reader)
        let json = read("{\"ts\":\(morning),\"line\":\"ERROR pump 4 stalled\"}", &reader)
        #expect(text == json)
        #expect(text?.severity == .error)
        #expect(text?.terms.count == 3)
    }

    @Test(
        "Lines that differ in masked parts share a template and all terms",
        arguments: UInt64(0)..<16)
    func maskedPartsDoNotCount(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var reader = SignalReader(settings: settings())
        func line() -> String {
            let number = Int.random(in: -9999...9999, using: &random)
            let fraction = Double.random(in: 0...99, using: &random)
            let hex = String(Int.random(in: 0..<1 << 40, using: &random), radix: 16)
            let group = Int.random(in: 0...255, using: &random)
            return "axis \(number) at \(fraction)mm by 10.0.\(group).7:\(group + 1) reg=0x\(hex) "
                + "from /var/log/\(hex)/x.log (\(group)%)"
        }
        let records = (0..<50).compactMap { _ in read(line(), &reader) }
        #expect(records.count == 50)
        #expect(Set(records.map(\.template)) == [0])
        #expect(Set(records.map(\.terms)).count == 1)
        #expect(records.first?.terms.count == 5)
    }

    @Test("A different word is a different term though the template is one")
    func wordsStayApart() {
        var reader = SignalReader(settings: settings())
        let birch = read("PLC-1 recipe birch step 3 done in 530 ms", &reader)
        let elm = read("PLC-1 recipe elm step 4 done in 512 ms", &reader)
        #expect(birch?.template == elm?.template)
        #expect(birch?.terms.count == elm?.terms.count)
        #expect(birch?.terms != elm?.terms)
    }

    @Test("Terms are the same in every run and on every machine")
    func termsAreStable() {
        var reader = SignalReader(settings: settings())
        // FNV-1a of "a", as its authors publish it.
        #expect(read("a 17", &reader)?.terms == [0xAF63_DC4C_8601_EC8C])
    }

    @Test("A code is a term of its own")
    func codeIsTerm() {
        var reader = SignalReader(settings: settings())
        let one = read("{\"line\":\"stopped\",\"code\":\"E17\"}", &reader)
        let other = read("{\"line\":\"stopped\",\"code\":18}", &reader)
        #expect(one?.terms.count == 2)
        #expect(one?.terms.first == other?.terms.first)
        #expect(one?.terms.last != other?.terms.last)
    }

    @Test("Frozen templates do not change, new ones are unseen, and unfreezing adopts them")
    func freezingHolds() {
        var reader = SignalReader(settings: settings())
        let known = read("drive started after reset", &reader)
        reader.freezeTemplates(asset: asset)
        let frozen = reader.state(of: asset)
        #expect(read("drive started after stop", &reader)?.template == known?.template)
        #expect(reader.state(of: asset) == frozen)
        let new = read("spindle bearing too hot", &reader)
        #expect(new?.isUnseen == true)
        #expect(new?.template == 1)
        #expect(read("spindle bearing too hot", &reader)?.isUnseen == true)
        #expect(read("drive started after reset", &reader) == known)
        reader.unfreezeTemplates(asset: asset)
        #expect(read("spindle bearing too hot", &reader)?.isUnseen == false)
        #expect(read("spindle bearing too hot", &reader)?.template == 1)
    }

    @Test("A log stream heard only after the freeze is unseen from its first line")
    func lateStreamIsUnseen() {
        var reader = SignalReader(settings: settings())
        _ = read("drive started", &reader)
        reader.freezeTemplates(asset: asset)
        #expect(reader.read(message("features/a/plc", "cold start")).log?.isUnseen == true)
    }

    @Test("A restart in the middle changes nothing that comes after", arguments: UInt64(0)..<24)
    func restartIsInvisible(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let words = ["pump", "valve", "open", "shut", "hot", "17", "x9", "level", "low", "trip"]
        func line() -> String {
            (0..<Int.random(in: 1...6, using: &random))
                .map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
        }
        let small = settings {
            $0.logs.childrenMax = 4
            $0.logs.templatesMax = 40
        }
        var reader = SignalReader(settings: small)
        let freezeAt = Int.random(in: 0..<200, using: &random)
        for i in 0..<200 {
            _ = read(line(), &reader)
            if i == freezeAt { reader.freezeTemplates(asset: asset) }
        }
        let saved = try JSONEncoder().encode(reader.takeDirtyState()[asset])
        var restarted = SignalReader(settings: small)
        restarted.restore(try JSONDecoder().decode(IntakeState.self, from: saved), for: asset)
        for _ in 0..<200 {
            let line = line()
            #expect(read(line, &reader) == read(line, &restarted), "\(line)")
        }
        #expect(reader.state(of: asset) == restarted.state(of: asset))
    }

    @Test("Templates are bounded, and what would need another is counted")
    func templatesAreBounded() {
        var reader = SignalReader(settings: settings { $0.logs.templatesMax = 2 })
        _ = read("alpha", &reader)
        _ = read("beta", &reader)
        #expect(read("gamma", &reader)?.template == -1)
        let repaired = reader.counters.last?.repairedTotal
        #expect(repaired == [.templatesFull: 1])
        reader.freezeTemplates(asset: asset)
        #expect(read("gamma", &reader)?.isUnseen == true)
        #expect(read("alpha", &reader)?.isUnseen == false)
    }

    @Test(
        "Nothing that is masked is kept, and no line as it came unless settings say so",
        arguments: [false, true])
    func rawLinesAreKeptOnlyOnRequest(storesRawLines: Bool) throws {
        var reader = SignalReader(settings: settings { $0.logs.storeRawLines = storesRawLines })
        _ = read("login of 5551234 from 10.1.2.3 reading /home/eve/plan", &reader)
        let saved = try JSONEncoder().encode(reader.takeDirtyState()[asset])
        let text = String(decoding: saved, as: UTF8.self)
        #expect(text.contains("login"))
        for secret in ["5551234", "10.1.2.3", "eve"] {
            #expect(text.contains(secret) == storesRawLines)
        }
    }

    @Test("A mask that is off leaves the text alone")
    func masksAreSettings() {
        var reader = SignalReader(settings: settings { $0.logs.mask = [.numbers] })
        _ = read("open /etc/passwd 12", &reader)
        #expect(
            reader.state(of: asset).streams[0].templates?.templates[0].words
                == ["open", "/etc/passwd", "<num>"])
    }

    @Test("State is offered when it changed and not again")
    func dirtyStateIsTakenOnce() {
        var reader = SignalReader(settings: settings())
        _ = read("alpha beta gamma", &reader)
        #expect(reader.takeDirtyState().keys.map(\.text) == ["a"])
        _ = read("alpha beta gamma", &reader)
        #expect(reader.takeDirtyState().isEmpty)
        _ = read("alpha beta delta", &reader)
        #expect(reader.takeDirtyState().count == 1)
        reader.freezeTemplates(asset: asset)
        #expect(reader.takeDirtyState()[asset]?.isFrozen == true)
    }
}

@Suite struct LogLineTests {
    @Test(
        "A line's severity is found where a line says one",
        arguments: [
            ("2026-11-21 ERROR spindle: overload", Severity.error), ("[warn] low oil", .warning),
            ("error: no air", .error), ("no error found", .unknown), ("FATAL stop", .critical),
            ("level=debug tick", .debug), ("<11>drive: gone", .error), ("<34>x", .critical),
            ("the info desk", .unknown), ("NOTICE shift change", .info), ("plain", .unknown),
            ("ALERT: door", .critical), ("INFORMATION", .info), ("errorless", .unknown),
        ])
    func severityInText(line: String, severity: Severity) {
        var reader = SignalReader(settings: settings())
        #expect(reader.read(message("features/a/log", line)).log?.severity == severity)
    }

    @Test(
        "A severity field wins over the text, by word or by syslog's number",
        arguments: [
            ("\"warning\"", Severity.warning), ("3", .error), ("\"7\"", .debug), ("0", .critical),
            ("\"Err\"", .error), ("\"purple\"", .info), ("99", .info), ("{}", .info),
        ])
    func severityField(field: String, severity: Severity) {
        var reader = SignalReader(settings: settings())
        let reading = reader.read(
            message("features/a/log", "{\"severity\":\(field),\"line\":\"INFO ready\"}"))
        #expect(reading.log?.severity == severity)
    }

    @Test("A line of a megabyte is cut and counted, its beginning counts")
    func longLineIsCut() {
        var reader = SignalReader(settings: settings { $0.lineBytesMax = 24 })
        let short = reader.read(message("features/a/log", "valve three is stuck open"))
        // The cut falls into the two bytes of the last letter.
        let long = reader.read(
            message(
                "features/a/log",
                "valve three is stuck opé" + String(repeating: "x", count: 1_000_000)))
        #expect(long.log?.template == short.log?.template)
        #expect(reader.counters.last?.repairedTotal == [.lineCut: 2])
    }

    @Test("Text that is not quite UTF-8 is mended and counted, in text and in JSON")
    func brokenTextIsMended() {
        var reader = SignalReader(settings: settings())
        let latin = Array("Temperatur der K".utf8) + [0xFC] + Array("hlung hoch".utf8)
        let text = reader.read(message("features/a/log", latin)).log
        let json = reader.read(
            message("features/a/log", Array("{\"line\":\"".utf8) + latin + Array("\"}".utf8))
        ).log
        #expect(text?.terms.count == 4)
        #expect(text == json)
        #expect(reader.counters.last?.repairedTotal == [.utf8Repaired: 2])
    }

    @Test("Empty lines are refused, binary is no line, and a vector is none either")
    func notLines() {
        var reader = SignalReader(settings: settings())
        #expect(reader.read(message("features/a/log", "first words")).log != nil)
        #expect(
            reader.read(message("features/a/log", "{\"line\":\"  \"}")).rejection == .emptyPayload)
        #expect(reader.read(message("features/a/log", [0, 1, 2, 3])).rejection == .malformed)
        #expect(reader.read(message("features/a/log", "{\"v\":[1]}")).rejection == .wrongKind)
        #expect(reader.read(message("features/a/log", "[error] 1, 2")).log?.severity == .error)
        #expect(reader.read(message("features/a/log", "42")).log?.terms == [])
    }
}
