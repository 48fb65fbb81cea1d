import Foundation
import Intake
import Signals
import Testing

@Suite struct VectorPayloadTests {
    @Test("Every encoding brings the same numbers", arguments: UInt64(0)..<32)
    func encodingsAgree(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let numbers = (0..<Int.random(in: 1...300, using: &random)).map { _ in
            Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
        }.map { $0.isFinite ? $0 : 0.1 }
        let count = numbers.count
        let base64 = Data(littleEndian(numbers)).base64EncodedString()
        var reader = SignalReader(
            settings: settings {
                $0.streams = [
                    declared("f32") {
                        $0.encoding = .f32le
                        $0.dimension = count
                        $0.timestamp.source = .arrival
                    },
                    declared("f64") {
                        $0.encoding = .f64le
                        $0.dimension = count
                        $0.timestamp.source = .arrival
                    },
                ]
            })
        let text = numbers.map { "\($0)" }.joined(separator: " , ")
        let sent: [Message] = [
            message("plant/a/f32", littleEndian(numbers)),
            message("plant/a/f64", littleEndian(numbers.map(Double.init))),
            message("features/a/object", "{\"ts\": \(morning), \"v\": [\(text)]}"),
            message("features/a/array", "[\(text)]"),
            message("features/a/base64", "{\"v\":\"\(base64)\"}"),
            message("features/a/bare64", "{\"v\":\"\(base64.filter { $0 != "=" })\"}"),
        ]
        for message in sent {
            #expect(reader.read(message).vector == numbers, "\(message.topic)")
        }
    }

    @Test("A raw vector's head is its time in milliseconds")
    func headIsTime() {
        var reader = SignalReader(
            settings: settings {
                $0.streams = [
                    declared("cam") {
                        $0.encoding = .f32le
                        $0.dimension = 2
                        $0.timestamp.source = .head
                    }
                ]
            })
        let head = withUnsafeBytes(of: UInt64(morning + 7).littleEndian) { Array($0) }
        let reading = reader.read(message("plant/a/cam", head + littleEndian([1, Float(2)])))
        #expect(reading.vector == [1, 2])
        #expect(reading.samples.first?.time == EventTime(milliseconds: morning + 7))
        #expect(reader.read(message("plant/a/cam", [1, 2, 3])).rejection == .wrongLength)
        let far = [UInt8](repeating: 255, count: 8) + littleEndian([1, Float(2)])
        #expect(reader.read(message("plant/a/cam", far)).rejection == .implausibleTime)
    }

    @Test(
        "A time means the same in every unit",
        arguments: [
            "1790000000", "1790000000.0", "1790000000000", "1790000000000000",
            "1790000000000000000", "\"2026-09-21T14:13:20Z\"", "\"2026-09-21T16:13:20.000+02:00\"",
            "\"1790000000000\"", "\"1790000000.0\"",
        ])
    func unitsAgree(time: String) {
        var reader = SignalReader(settings: settings())
        let reading = reader.read(message("features/a/s", "{\"ts\":\(time),\"v\":[1]}", at: 5))
        #expect(reading.samples.first?.time == EventTime(milliseconds: morning))
    }

    @Test("Fractional seconds keep their microseconds", arguments: UInt64(0)..<16)
    func fractionsAreExact(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var reader = SignalReader(settings: settings())
        let micros = Int64.random(in: 0..<1_000_000, using: &random)
        let fraction = String(String(1_000_000 + micros).dropFirst())
        let reading = reader.read(
            message("features/a/s", "{\"ts\":1790000000.\(fraction),\"v\":[1]}"))
        #expect(
            reading.samples.first?.time.nanoseconds == 1_790_000_000_000_000_000 + micros * 1000)
    }

    @Test("Without a time field the arrival counts, even where our own clock is at 1970")
    func arrivalStandsIn() {
        var reader = SignalReader(settings: settings())
        let reading = reader.read(message("features/a/s", "{\"v\":[1]}", at: 42))
        #expect(reading.samples.first?.time == EventTime(milliseconds: 42))
    }

    @Test("Field names and units are what the declaration says")
    func fieldsAreNamed() {
        var reader = SignalReader(
            settings: settings {
                $0.streams = [
                    declared("cam") {
                        $0.valueField = "embedding"
                        $0.timestamp.field = "when"
                        $0.timestamp.unit = .us
                    }
                ]
            })
        let reading = reader.read(
            message(
                "plant/a/cam", "{\"when\":1790000000000001,\"v\":\"x\",\"embedding\":[4,5]}"))
        #expect(reading.vector == [4, 5])
        #expect(reading.samples.first?.time.nanoseconds == 1_790_000_000_000_001_000)
        #expect(reader.read(message("plant/a/cam", "{\"v\":[4,5]}")).rejection == .missingField)
    }

    @Test("A bare number is a vector of one")
    func numberIsVector() {
        var reader = SignalReader(settings: settings())
        #expect(reader.read(message("features/a/temperature", " 23.5 ")).vector == [23.5])
        #expect(reader.read(message("features/a/load", "{\"v\":7}")).vector == [7])
    }
}

@Suite struct DimensionTests {
    @Test("One odd first vector does not decide for those that follow")
    func majorityDecides() {
        var reader = SignalReader(settings: IntakeSettings())
        #expect(reader.read(message("features/a/s", "[1]")) == .held)
        #expect(reader.read(message("features/a/s", "[1,2]")) == .held)
        let reading = reader.read(message("features/a/s", "[3,4]"))
        #expect(reading.samples.map(\.value) == [.vector([1, 2]), .vector([3, 4])])
        #expect(reader.rejectedTotal(.wrongDimension, asset: "a", stream: "s") == 1)
        #expect(reader.read(message("features/a/s", "[1]")).rejection == .wrongDimension)
        #expect(reader.streams(of: AssetName("a")).map(\.dimension) == [2])
    }

    @Test("A lone vector does not wait for ever")
    func loneVectorIsReleased() {
        var reader = SignalReader(settings: IntakeSettings())
        #expect(reader.read(message("features/a/s", "[1,2]")) == .held)
        func settle(_ milliseconds: Int64) -> [Sample] {
            reader.settle(at: message("", "", at: milliseconds).arrival)
        }
        #expect(settle(morning + 4999) == [])
        #expect(settle(morning + 5000).map(\.value) == [.vector([1, 2])])
        #expect(settle(morning + 60_000) == [])
        #expect(reader.read(message("features/a/s", "[3,4]")).vector == [3, 4])
    }

    @Test("A declared dimension is not up for a vote")
    func declaredDimensionHolds() {
        var reader = SignalReader(
            settings: settings { $0.streams = [declared("cam") { $0.dimension = 3 }] })
        #expect(reader.read(message("plant/a/cam", "[1,2]")).rejection == .wrongDimension)
        #expect(reader.lastRefusal?.expected == 3)
        #expect(reader.lastRefusal?.found == 2)
        #expect(reader.read(message("plant/a/cam", "[1,2,3]")).vector == [1, 2, 3])
    }
}
