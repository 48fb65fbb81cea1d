import Signals
import Testing

@Suite struct EventTimeTests {
    @Test(
        "Milliseconds round towards the past, also before 1970",
        arguments: [(1_999_999, 1), (-1, -1), (-1_000_000, -1), (-1_000_001, -2), (0, 0)])
    func millisecondsFloor(nanoseconds: Int64, milliseconds: Int64) {
        #expect(EventTime(nanoseconds: nanoseconds).milliseconds == milliseconds)
    }

    @Test("Adding a span and taking the difference are inverse", arguments: UInt64(0)..<16)
    func arithmetic(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let time = EventTime(
            milliseconds: .random(in: -1_000_000...2_000_000_000_000, using: &random))
        let span = Duration.nanoseconds(
            Int64.random(in: -1_000_000_000...1_000_000_000, using: &random))
        #expect((time + span) - time == span)
        #expect((time + span) - span == time)
    }

    @Test("A span beyond what nanoseconds hold is clamped, not trapped")
    func longSpansClamp() {
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
    }
}

@Suite struct BytesTests {
    @Test("What is written is read back, in order", arguments: UInt64(0)..<16)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let floats = (0..<5).map { _ in Float.random(in: -1e9...1e9, using: &random) }
        let doubles = (0..<3).map { _ in Double.random(in: -1e9...1e9, using: &random) }
        let numbers = (0..<4).map { _ in UInt64.random(in: .min ... .max, using: &random) }
        var writer = ByteWriter()
        writer.write(Int32(-7))
        writer.write("Fräse ⚙️")
        writer.write(floats)
        writer.write(doubles)
        writer.write(numbers)
        writer.write(true)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.read(Int32.self) == -7)
        #expect(try reader.readString() == "Fräse ⚙️")
        #expect(try reader.readFloats() == floats)
        #expect(try reader.readDoubles() == doubles)
        #expect(try reader.readIntegers(UInt64.self) == numbers)
        #expect(try reader.readBool())
        #expect(reader.isAtEnd)
    }

    @Test("A length longer than what follows throws instead of taking memory")
    func tornLengthThrows() {
        var writer = ByteWriter()
        writer.write(UInt32.max)
        let bytes = writer.bytes
        #expect(throws: ByteReader.Truncated.self) {
            var reader = ByteReader(bytes)
            _ = try reader.readDoubles()
        }
        #expect(throws: ByteReader.Truncated.self) {
            var reader = ByteReader(bytes)
            _ = try reader.readString()
        }
    }

    @Test("The fingerprint is the published FNV-1a")
    func fingerprintIsPublished() {
        #expect(Fingerprint.hex(of: []) == "cbf29ce484222325")
        #expect(Fingerprint.hex(of: Array("a".utf8)) == "af63dc4c8601ec8c")
        #expect(Fingerprint.hex(of: Array("foobar".utf8)) == "85944171f73967e8")
    }
}

@Suite struct SeededGeneratorTests {
    @Test("It is the published SplitMix64")
    func isSplitMix() {
        var generator = SeededGenerator(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }
}
