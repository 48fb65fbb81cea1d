import Foundation
import Intake
import Signals
import TestSupport
import Testing

@Suite("The recording file")
struct RecordingFileTests {
    private func messages(_ seed: UInt64) -> [Message] {
        var random = SeededGenerator(seed: seed)
        return (0..<200).map { number in
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            let wall = 1_790_000_000_000_000_000 + Int64(number) * 1_000_000
            return Message(
                topic: "features/press-\(number % 3)/raw", payload: bytes,
                qos: number.isMultiple(of: 2) ? .atMostOnce : .atLeastOnce,
                isRetained: number.isMultiple(of: 7), arrival: Arrival(wall: wall, elapsed: wall))
        }
    }

    private func read(_ path: String) throws -> [Message] {
        var reader = try RecordingReader(path: path)
        var messages: [Message] = []
        while let message = try reader.next() { messages.append(message) }
        return messages
    }

    @Test(
        "What is written comes back, binary too", arguments: ["a.ndjson", "a.ndjson.gz"],
        UInt64(0)..<4)
    func roundTrip(name: String, seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let written = messages(seed)
        var file = try RecordingFile(path: folder.path(name))
        for message in written { try file.write(message) }
        try file.close()
        #expect(try read(folder.path(name)) == written)
        let head = try Data(contentsOf: URL(fileURLWithPath: folder.path(name))).prefix(2)
        #expect((Array(head) == [0x1F, 0x8B]) == name.hasSuffix(".gz"))
    }

    @Test("After a flush the file can be read, whatever happens then")
    func flushed() throws {
        let folder = try TemporaryFolder()
        let written = messages(1)
        var file = try RecordingFile(path: folder.path("a.gz"))
        for message in written { try file.write(message) }
        try file.flush()
        try FileManager.default.copyItem(
            atPath: folder.path("a.gz"), toPath: folder.path("crashed.gz"))
        #expect(try read(folder.path("crashed.gz")) == written)
        try file.close()
    }

    @Test("A folder that is not there is named")
    func noFolder() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("missing/a.ndjson")
        #expect {
            _ = try RecordingFile(path: path)
        } throws: {
            "\($0)".contains(path) && "\($0)".contains("No such file")
        }
    }
}
