import Signals
import Testing

@testable import Fusion

@Suite struct ModelFileTests {
    private func sample(seed: UInt64) -> ModelFile {
        var random = SeededGenerator(seed: seed)
        let alphabet = ["a", "ü", "\"", "\\", "\n", "\u{1}", "\u{1F}", "\u{7F}", "模", "/", " "]
        func text() -> String {
            (0..<Int.random(in: 0...6, using: &random)).map { _ in
                alphabet.randomElement(using: &random)!
            }.joined()
        }
        var metadata: [String: String] = [:]
        for index in 0..<Int.random(in: 0...4, using: &random) {
            metadata["\(index)" + text()] = text()
        }
        var tensors: [String: Tensor] = [:]
        for index in 0..<Int.random(in: 0...5, using: &random) {
            let shape = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                Int.random(in: 0...4, using: &random)
            }
            let values = (0..<shape.reduce(1, *)).map { _ in
                Float.random(in: -1e6...1e6, using: &random)
            }
            tensors["\(index)" + text()] = Tensor(shape: shape, values: values)
        }
        return ModelFile(metadata: metadata, tensors: tensors)
    }

    private let small = ModelFile(
        metadata: ["streams": "camera\u{1}", "seed": "7"],
        tensors: [
            "w": Tensor(shape: [2, 1], values: [1, -2.5]), "b": Tensor(shape: [], values: [0.5]),
        ])

    @Test("What is written is read back, whatever the names and shapes", arguments: UInt64(0)..<64)
    func roundTrip(seed: UInt64) throws {
        let file = sample(seed: seed)
        let bytes = try file.encoded
        #expect(try ModelFile(encoded: bytes) == file)
        #expect(try ModelFile(encoded: bytes).encoded == bytes)
        let header = bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(header % 8 == 0)
    }

    @Test("No byte of a file can change unnoticed")
    func everyFlipIsRefused() throws {
        let bytes = try small.encoded
        for position in bytes.indices {
            for mask in UInt8(1)...255 {
                var changed = bytes
                changed[position] ^= mask
                #expect(throws: ModelFileError.self, "byte \(position) ^ \(mask)") {
                    try ModelFile(encoded: changed)
                }
            }
        }
    }

    @Test("A file cut off anywhere is refused, and so is one with bytes behind it")
    func truncationsAreRefused() throws {
        let bytes = try small.encoded
        for count in 0..<bytes.count {
            #expect(throws: ModelFileError.self, "\(count) bytes") {
                try ModelFile(encoded: Array(bytes.prefix(count)))
            }
        }
        #expect(throws: ModelFileError.trailing(bytes: 1)) {
            try ModelFile(encoded: bytes + [0])
        }
    }

    @Test("Any bytes at all are read without a trap", arguments: UInt64(0)..<256)
    func noiseIsRefused(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var bytes = try sample(seed: seed).encoded
        for _ in 0..<Int.random(in: 1...20, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
                in: 0...255, using: &random)
        }
        #expect(throws: ModelFileError.self) { try ModelFile(encoded: bytes) }
    }

    @Test(
        "A header is refused for what is wrong with it",
        arguments: [
            (#"{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, "type F16"),
            (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "not the shape [2]"),
            (
                #"{"w":{"dtype":"F32","shape":[4611686018427387,4611],"data_offsets":[0,4]}}"#,
                "not the shape"
            ),
            (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "begins at 4"),
            (
                #"{"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
                    + #""w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "ends at 4"
            ),
            (#"{"w":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}"#, "needs at least 36"),
            (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "4 bytes follow"),
            (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "a first and a last"),
            (#"{"w":{"dtype":"F32","shape":[1]}}"#, "data_offsets of \"w\""),
            (#"{"w":{"dtype":"F32","dtype":"F32"}}"#, "\"w: dtype\" twice"),
            (#"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "a count is due"),
            (#"{"w":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, "end of a count"),
            (#"{"w":{"kind":"F32"}}"#, "dtype, shape or"),
            (#"{"__metadata__":{"a":"b","a":"b"}}"#, "\"a\" twice"),
            (#"{"__metadata__":{"format":"anchord.model/1"}}"#, "\"format\" twice"),
            (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, "'}' is due"),
            (#"{ }"#, "'\"' is due"), (#"[]"#, "'{' is due"),
            ("{\"w\u{1}\":{}}", "escaped control character"),
            (#"{"\u0041":{}}"#, "shorter form"), (#"{"\u000A":{}}"#, "hexadecimal"),
            (#"{"\u000a":{}}"#, "shorter form"),
        ])
    func wrongHeadersAreNamed(header: String, reason: String) throws {
        // Our own metadata first, so that only the fault under test is left.
        var text = header
        if header.hasPrefix("{\"") {
            let body = header.dropFirst()
            let own = #""format":"anchord.model/1""#
            let metadata = #""__metadata__":{"#
            text =
                body.hasPrefix(metadata)
                ? "{" + metadata + own + "," + body.dropFirst(metadata.count)
                : "{" + metadata + own + "}," + body
        }
        var writer = ByteWriter()
        writer.write(UInt64(text.utf8.count))
        let bytes = writer.bytes + Array(text.utf8) + [UInt8](repeating: 0, count: 8)
        let error = #expect(throws: ModelFileError.self) { try ModelFile(encoded: bytes) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("A huge header is refused before it is read, and broken UTF-8 with it")
    func hugeHeadersAreRefused() {
        let huge = [UInt8](repeating: 0xFF, count: 64)
        #expect(throws: ModelFileError.headerTooLong(bytes: .max, max: 4 << 20)) {
            try ModelFile(encoded: huge)
        }
        let broken: [UInt8] = [6, 0, 0, 0, 0, 0, 0, 0] + Array("{\"".utf8) + [0xC3, 0x28, 34, 58]
        #expect(throws: ModelFileError.malformedHeader(offset: 10, expected: "a text in UTF-8")) {
            try ModelFile(encoded: broken)
        }
    }

    @Test("Another format, or none, is refused by its name")
    func otherFormatsAreRefused() throws {
        for format in [nil, "anchord.model/2", "pt"] {
            let metadata = format.map { ["format": $0] } ?? [:]
            let header = SafetensorsHeader(metadata: metadata, entries: []).encoded
            var writer = ByteWriter()
            writer.write(UInt64(header.count))
            #expect(throws: ModelFileError.otherFormat(format)) {
                try ModelFile(encoded: writer.bytes + header)
            }
        }
    }

    @Test("A number that is not finite is neither written nor read")
    func notFiniteIsRefused() {
        let file = ModelFile(
            metadata: [:], tensors: ["w": Tensor(shape: [2], values: [1, .infinity])])
        #expect(throws: ModelFileError.notFinite(name: "w")) { try file.encoded }
    }

    @Test("SHA-256 is the standard's")
    func digestIsTheStandards() {
        #expect(
            sha256(Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
