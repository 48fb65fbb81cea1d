import Foundation
import Intake
import MQTT
import Signals
import Synchronization
import TestSupport
import Testing

@testable import Tools

/// Recorder and player against a real mosquitto.
@Suite("Tools at a broker", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct BrokerToolsTests {
    private func settings(_ broker: MosquittoBroker) -> BrokerSettings {
        var settings = BrokerSettings()
        settings.url = broker.url
        return settings
    }

    private func write(_ messages: [Message], to path: String) throws {
        var file = try RecordingFile(path: path)
        for message in messages { try file.write(message) }
        try file.close()
    }

    private func read(_ path: String) throws -> [Message] {
        var reader = try RecordingReader(path: path)
        var messages: [Message] = []
        while let message = try reader.next() { messages.append(message) }
        return messages
    }

    private func messages(_ count: Int) -> [Message] {
        (0..<count).map { number in
            let payload: [UInt8] =
                number.isMultiple(of: 3)
                ? [0xFF, 0x00, UInt8(truncatingIfNeeded: number)]
                : Array("{\"ts\":\(1_790_000_000_000 + number),\"v\":[\(number)]}".utf8)
            let wall = 1_790_000_000_000_000_000 + Int64(number) * 1_000_000
            return Message(
                topic: "features/a/\(number % 4)", payload: payload,
                arrival: Arrival(wall: wall, elapsed: wall))
        }
    }

    @Test("What is played and recorded at once is the same recording, binary payloads too")
    func playedAndRecorded() throws {
        let broker = try MosquittoBroker()
        let folder = try TemporaryFolder()
        let sent = messages(3000)
        try write(sent, to: folder.path("in.gz"))
        let recorder = Recorder(
            broker: settings(broker), topics: ["features/#"], path: folder.path("out.gz"),
            spanMax: .seconds(60), messagesMax: sent.count)
        let recorded = Mutex<Recorder.Progress?>(nil)
        let done = DispatchSemaphore(value: 0)
        let ready = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let progress = try? recorder.run(report: { _ in ready.signal() }, note: { _ in })
            recorded.withLock { $0 = progress }
            done.signal()
        }
        ready.wait()
        let player = Player(
            broker: settings(broker), recordings: [folder.path("in.gz")], speed: 0)
        let summary = try player.run(report: { _, _, _ in }, note: { _ in })
        done.wait()
        #expect(summary.sent == sent.count)
        #expect(summary.tally == ToolSession.Tally(delivered: sent.count))
        #expect(summary.unacknowledged == 0)
        #expect(recorded.withLock { $0?.messages } == sent.count)
        let got = try read(folder.path("out.gz"))
        #expect(got.map(\.topic) == sent.map(\.topic))
        #expect(got.map(\.payload) == sent.map(\.payload))
    }

    @Test("A tool leaves no session behind")
    func noSession() throws {
        let broker = try MosquittoBroker()
        let session = ToolSession(
            settings(broker), purpose: "test", subscriptions: ["features/#"])
        try session.open()
        session.close()
        #expect(broker.logText.contains("(p5, c1, "), "clean start: \(broker.logText)")
    }

    @Test("What the broker refuses is counted with its reason")
    func refused() throws {
        var options = MosquittoBroker.Options()
        let folder = try TemporaryFolder()
        try "topic read features/#\n".write(
            toFile: folder.path("acl"), atomically: true, encoding: .utf8)
        options.lines = ["acl_file \(folder.path("acl"))"]
        let broker = try MosquittoBroker(options)
        try write(messages(5), to: folder.path("in"))
        let player = Player(
            broker: settings(broker), recordings: [folder.path("in")], speed: 0)
        let summary = try player.run(report: { _, _, _ in }, note: { _ in })
        #expect(summary.tally.refused == 5 && summary.tally.delivered == 0)
        #expect(summary.tally.refusal?.lowercased().contains("authorized") == true)
    }

    @Test("A broker that is not there is an error, not a wait")
    func nobodyThere() throws {
        let broker = try MosquittoBroker()
        broker.kill()
        let session = ToolSession(settings(broker), purpose: "test")
        #expect {
            try session.open()
        } throws: {
            "\($0)".contains(broker.url) && "\($0)".contains("refused")
        }
    }

    @Test("Lines from a broker's memory are not played")
    func retained() throws {
        let broker = try MosquittoBroker()
        let folder = try TemporaryFolder()
        var some = messages(4)
        some[1].isRetained = true
        try write(some, to: folder.path("in"))
        let player = Player(
            broker: settings(broker), recordings: [folder.path("in")], speed: 0)
        let summary = try player.run(report: { _, _, _ in }, note: { _ in })
        #expect(summary.sent == 3 && summary.retainedSkipped == 1)
    }

    @Test("What was on its way when the broker died arrives after its return")
    func brokerRestarts() throws {
        let broker = try MosquittoBroker()
        let count = 20_000
        let session = ToolSession(settings(broker), purpose: "test")
        try session.open()
        for number in 0..<count {
            if number == count / 2 {
                broker.kill()
                try broker.start()
            }
            let publication = Publication(
                topic: "features/a/b", payload: Array("\(number)".utf8), qos: .atLeastOnce)
            #expect(session.send(publication))
        }
        #expect(session.drain())
        #expect(session.tally == ToolSession.Tally(delivered: count))
        session.close()
    }
}
