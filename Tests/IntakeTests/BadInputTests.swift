import Intake
import Signals
import Testing

/// A payload that must be refused, and why.
struct BadPayload: CustomTestStringConvertible, Sendable {
    let name: String
    let payload: [UInt8]
    let reason: Rejection

    init(_ name: String, _ payload: String, _ reason: Rejection) {
        self.init(name, bytes: Array(payload.utf8), reason)
    }

    init(_ name: String, bytes: [UInt8], _ reason: Rejection) {
        self.name = name
        self.payload = bytes
        self.reason = reason
    }

    var testDescription: String { name }

    static let all: [BadPayload] = [
        BadPayload("too few numbers", "{\"v\":[1]}", .wrongDimension),
        BadPayload("too many numbers", "{\"v\":[1,2,3]}", .wrongDimension),
        BadPayload("no numbers", "{\"v\":[]}", .wrongDimension),
        BadPayload(
            "five thousand numbers", "[" + String(repeating: "1,", count: 4999) + "1]",
            .dimensionTooLarge),
        BadPayload("NaN", "{\"v\":[1,NaN]}", .notFinite),
        BadPayload("Infinity", "{\"v\":[-Infinity,1]}", .notFinite),
        BadPayload("null", "{\"v\":[1,null]}", .notFinite),
        BadPayload("beyond a double", "{\"v\":[1,1e999]}", .notFinite),
        BadPayload("beyond a float", "{\"v\":[1,1e39]}", .notFinite),
        BadPayload("NaN in base64", "{\"v\":\"AADAfwAAwH8=\"}", .notFinite),
        BadPayload("cut off in a number", "{\"ts\":1790000000000,\"v\":[1,2", .malformed),
        BadPayload("cut off in a name", "{\"ts\":1790000000000,\"v", .malformed),
        BadPayload("cut off before the end", "{\"v\":[1,2]", .malformed),
        BadPayload("garbage after the end", "{\"v\":[1,2]}}", .malformed),
        BadPayload("two documents", "{\"v\":[1,2]}{\"v\":[1,2]}", .malformed),
        BadPayload("array with garbage after", "[1,2] 3", .malformed),
        BadPayload("no comma", "{\"v\":[1 2]}", .malformed),
        BadPayload("vectors in a vector", "{\"v\":[[1],[2]]}", .malformed),
        BadPayload("words in a vector", "{\"v\":[\"1\",\"2\"]}", .malformed),
        BadPayload("truth in a vector", "{\"v\":[true,false]}", .malformed),
        BadPayload("an object for a vector", "{\"v\":{\"x\":1}}", .malformed),
        BadPayload("a value said twice", "{\"v\":[1,2],\"v\":[3,4]}", .malformed),
        BadPayload(
            "a time said twice", "{\"ts\":1790000000,\"ts\":1790000001,\"v\":[3,4]}", .malformed),
        BadPayload("deeply nested", "{\"v\":" + String(repeating: "[", count: 100_000), .malformed),
        BadPayload(
            "deeply nested aside",
            "{\"x\":" + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
                + ",\"v\":", .malformed),
        BadPayload("base64 of five bytes", "{\"v\":\"AAAAAAA=\"}", .wrongLength),
        BadPayload("base64 of no length", "{\"v\":\"AAAAA\"}", .wrongLength),
        BadPayload("base64 of the wrong dimension", "{\"v\":\"AAAAAA==\"}", .wrongDimension),
        BadPayload("no base64", "{\"v\":\"AA!AAAA=\"}", .malformed),
        BadPayload("half a surrogate", "{\"v\":\"\\ud800\"}", .malformed),
        BadPayload("year 1970", "{\"ts\":5000,\"v\":[1,2]}", .implausibleTime),
        BadPayload("time zero", "{\"ts\":0,\"v\":[1,2]}", .implausibleTime),
        BadPayload("before all time", "{\"ts\":-1790000000,\"v\":[1,2]}", .implausibleTime),
        BadPayload("after the year 2100", "{\"ts\":4200000000000,\"v\":[1,2]}", .implausibleTime),
        BadPayload(
            "a time beyond 64 bits", "{\"ts\":99999999999999999999,\"v\":[1,2]}", .implausibleTime),
        BadPayload("a time of words", "{\"ts\":\"yesterday\",\"v\":[1,2]}", .badTimestamp),
        BadPayload(
            "a time without offset", "{\"ts\":\"2026-11-21T01:49:05\",\"v\":[1,2]}", .badTimestamp),
        BadPayload(
            "the 30th of February", "{\"ts\":\"2026-02-30T01:49:05Z\",\"v\":[1,2]}", .badTimestamp),
        BadPayload("a time of null", "{\"ts\":null,\"v\":[1,2]}", .badTimestamp),
        BadPayload("nothing in it", "{\"x\":1}", .missingField),
        BadPayload("a line from a camera", "{\"line\":\"hello\"}", .wrongKind),
        BadPayload("text from a camera", "hello", .wrongKind),
        BadPayload("binary garbage", bytes: [0x00, 0xFF, 0x13, 0x37], .malformed),
        BadPayload(
            "JSON that is not UTF-8",
            bytes: Array("{\"v\":[1,2],\"x\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8),
            .malformed),
        BadPayload("empty", "", .emptyPayload),
        BadPayload("nothing but space", " \n ", .emptyPayload),
        BadPayload(
            "ten megabytes", bytes: [UInt8](repeating: 0x5B, count: 10 << 20), .payloadTooLarge),
    ]
}

@Suite struct BadInputTests {
    private let good = message("features/press/camera", "{\"ts\":\(morning),\"v\":[1,2]}")

    @Test(
        "A bad payload is refused by name and counted, and the next one is read",
        arguments: BadPayload.all)
    func badPayloadIsRefused(bad: BadPayload) {
        var reader = SignalReader(settings: settings())
        #expect(reader.read(good).vector == [1, 2])
        let reading = reader.read(message("features/press/camera", bad.payload))
        #expect(reading == .rejected(bad.reason))
        #expect(reader.rejectedTotal(bad.reason, asset: "press", stream: "camera") == 1)
        #expect(reader.lastRefusal?.reason == bad.reason)
        #expect(reader.lastRefusal?.payloadBytes == bad.payload.count)
        #expect(reader.read(good).vector == [1, 2])
        let count = reader.counters.first { $0.stream != nil }
        #expect(count?.acceptedTotal == 2)
        #expect(count?.rejectedTotal == [bad.reason: 1])
    }

    @Test("A bad first payload makes neither asset nor stream", arguments: BadPayload.all)
    func garbageTakesNoPlace(bad: BadPayload) {
        guard ![.wrongKind, .wrongDimension].contains(bad.reason) else { return }
        var reader = SignalReader(settings: settings())
        #expect(reader.read(message("features/press/camera", bad.payload)).rejection == bad.reason)
        #expect(reader.assets == [])
        #expect(reader.rejectedTotal(bad.reason, asset: "press", stream: "camera") == 1)
        #expect(reader.rejectedTotal(bad.reason) == 0)
    }

    @Test(
        "Names of unread streams are bounded, no loss goes uncounted, and a good message takes them over"
    )
    func strangers() {
        var reader = SignalReader(settings: settings())
        let bad = Array(#"{"v":[1,"x"]}"#.utf8)
        for number in 0..<300 { _ = reader.read(message("features/a\(number)/camera", bad)) }
        let named = reader.counters.filter { $0.stream != nil }
        #expect(named.count == SignalReader.strangersMax)
        #expect(reader.counters.reduce(0) { $0 + $1.rejectedTotal.values.reduce(0, +) } == 300)
        #expect(reader.rejectedTotal(.malformed) == 300 - SignalReader.strangersMax)
        _ = reader.read(message("features/a0/camera", Array(#"{"v":[1,2]}"#.utf8)))
        #expect(reader.rejectedTotal(.malformed, asset: "a0", stream: "camera") == 1)
        #expect(reader.counters.filter { $0.stream != nil }.count == SignalReader.strangersMax)
        reader.forget(asset: AssetName("a1"))
        #expect(reader.rejectedTotal(.malformed, asset: "a1", stream: "camera") == 0)
    }

    @Test(
        "Any bytes at all are read or refused, and good messages beside them are unharmed",
        arguments: UInt64(0)..<40)
    func anyBytesAreSafe(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var reader = SignalReader(settings: settings())
        _ = reader.read(good)
        let seeds = BadPayload.all.map(\.payload).filter { $0.count < 2000 } + [good.payload]
        var refusedTotal = 0
        for _ in 0..<200 {
            var bytes = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let at = bytes.indices.randomElement(using: &random) ?? 0
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(at...)
                default: bytes.insert(UInt8.random(in: 32...126, using: &random), at: at)
                }
            }
            let reading = reader.read(message("features/press/camera", bytes))
            if reading.rejection != nil { refusedTotal += 1 }
            for number in reading.vector ?? [] { #expect(number.isFinite) }
            #expect(reader.read(good).vector == [1, 2])
        }
        let counted = reader.counters.flatMap(\.rejectedTotal.values).reduce(0, +)
        #expect(counted == refusedTotal)
    }

    @Test("Raw vectors of a wrong length or with NaN are refused")
    func rawVectorsAreChecked() {
        var reader = SignalReader(
            settings: settings {
                $0.streams = [
                    declared("raw") {
                        $0.encoding = .f32le
                        $0.dimension = 2
                        $0.timestamp.source = .arrival
                    }
                ]
            })
        #expect(reader.read(message("plant/a/raw", littleEndian([1, Float(2)]))).vector == [1, 2])
        #expect(reader.read(message("plant/a/raw", [1, 2, 3, 4, 5])).rejection == .wrongLength)
        #expect(
            reader.read(message("plant/a/raw", littleEndian([Float(1)]))).rejection
                == .wrongDimension)
        #expect(
            reader.read(message("plant/a/raw", littleEndian([.nan, Float(1)]))).rejection
                == .notFinite)
    }

    @Test("What the broker kept is counted and not read")
    func retainedIsRefused() {
        var reader = SignalReader(settings: settings())
        _ = reader.read(good)
        var old = good
        old.isRetained = true
        #expect(reader.read(old).rejection == .retained)
        #expect(reader.rejectedTotal(.retained, asset: "press", stream: "camera") == 1)
    }

    @Test("Repeated and reordered messages are data")
    func repeatsAreData() {
        var reader = SignalReader(settings: settings())
        let later = message("features/press/camera", "{\"ts\":\(morning + 9),\"v\":[3,4]}")
        let times = [later, good, good].compactMap { reader.read($0).samples.first?.time }
        #expect(times.map(\.milliseconds) == [morning + 9, morning, morning])
    }

    @Test("A refusal tells nothing of the payload")
    func refusalKeepsSecrets() {
        var reader = SignalReader(settings: settings())
        _ = reader.read(message("features/a/\u{7}b", "{\"password\":\"hunter2\""))
        #expect(reader.lastRefusal?.description.contains("hunter2") == false)
        _ = reader.read(message("features/a/b", "{\"password\":\"hunter2\""))
        let refusal = reader.lastRefusal?.description
        #expect(refusal == "refused 21 bytes on \"features/a/b\": malformed")
    }
}
