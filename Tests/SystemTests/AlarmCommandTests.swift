import Daemon
import Foundation
import Signals
import SimulatedPlant
import TestSupport
import Testing

/// Operators at work: over the broker and the command line, with kills between.
@Suite("Alarms and operators", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct AlarmCommandTests {
    private let plant = TestPlant(seed: 4, seconds: 80)
    private let broker: MosquittoBroker
    private let anchord: AnchordProcess
    private let listener: Listener

    /// Two assets, scoring.
    init() throws {
        broker = try MosquittoBroker()
        listener = try Listener(broker.url)
        anchord = try AnchordProcess(TestSettings(broker.url))
        try anchord.start()
        try #require(
            try anchord.reports {
                $0.broker.granted == ["features/+/+": 1] && $0.isCommandGranted == true
            })
        try PlantPublisher(broker.url).publish(plant.messages)
        try #require(
            try anchord.reports { status in
                status.assets.count == 2 && status.assets.allSatisfy { $0.windows >= 77 }
            }, "\(anchord.log)")
    }

    private func ask(_ words: String...) throws -> (status: Int32, output: String, errors: String) {
        try anchord.run(words + ["--config", anchord.settingsPath])
    }

    private func command(_ json: String, to asset: String) throws {
        try PlantPublisher(broker.url).publish(
            "anchord/gw/asset/\(asset)/command", Array(json.utf8))
    }

    private func replies(of asset: String) -> [String] {
        listener.heard.payloads("anchord/gw/asset/\(asset)/command/reply")
    }

    @Test("A command over the broker is obeyed, answered, published, kept and survives a kill")
    func overTheBroker() throws {
        defer { listener.close() }
        try command(
            #"{"command":"shelve","who":"anna","why":"bearing on order","for":"2h","id":"a1"}"#,
            to: "press-1")
        #expect(
            eventually {
                replies(of: "press-1").contains {
                    $0.contains(#""id":"a1","command":"shelve","ok":true"#)
                }
            }, "\(anchord.log)")
        let topic = "anchord/gw/asset/press-1/alarm"
        #expect(
            eventually { listener.heard.last(topic)?.contains(#""life":"shelved""#) == true })
        let kept = try #require(listener.heard.last(topic))
        #expect(kept.contains(#""who":"anna","why":"bearing on order""#))
        #expect(kept.contains(#""change":"shelved""#))

        anchord.kill()
        try anchord.start()
        #expect(try anchord.reports { $0.assets.first?.life == "shelved" }, "\(anchord.log)")
        // The same id again: answered, and nothing done.
        try command(#"{"command":"unshelve","who":"ben","id":"a2"}"#, to: "press-1")
        try command(
            #"{"command":"shelve","who":"anna","for":"2h","id":"a1"}"#, to: "press-1")
        #expect(
            eventually {
                replies(of: "press-1").contains { $0.contains("not done again") }
            })
        #expect(try anchord.reports { $0.assets.first?.life != "shelved" })
        try command(#"{"command":"ack","who":"anna","id":"a3"}"#, to: "press-9")
        #expect(
            eventually {
                replies(of: "press-9").contains { $0.contains("known are: press-1, press-2") }
            })

        let history = try ask("alarms", "history", "--asset", "press-1", "--json")
        #expect(history.status == 0)
        let steps = try JSONDecoder.ofAnswers.decode(
            [AlarmHistoryEntry].self, from: Data(history.output.utf8))
        let operators = steps.filter { $0.who != "anchord" }
        #expect(operators.map(\.change) == ["unshelved", "shelved"])
        #expect(operators.map(\.who) == ["ben", "anna"])
        #expect(anchord.stop() == 0)
    }

    /// One of mosquitto's own tools; what it printed.
    private func mosquitto(_ tool: String, _ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/mosquitto_" + tool)
        process.arguments =
            ["-h", "127.0.0.1", "-p", "\(broker.port)", "-V", "5", "-q", "1"] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("An answer goes to the request's response topic with its correlation data, where it may")
    func responseTopic() throws {
        defer { listener.close() }
        let topic = "anchord/gw/asset/press-1/command"
        func order(_ id: String) -> String { #"{"command":"ack","who":"anna","id":"\#(id)"}"# }
        let answer = try mosquitto(
            "rr", "-t", topic, "-m", order("r1"), "-e", "panel/7/answers", "-D", "publish",
            "correlation-data", "k7", "-F", "%t %D %p", "-W", "20")
        #expect(answer.hasPrefix("panel/7/answers k7 {"), "\(answer)\n\(anchord.log)")
        #expect(answer.contains(#""id":"r1""#))
        #expect(!replies(of: "press-1").contains { $0.contains(#""id":"r1""#) })

        // Neither a command to ourselves, nor an input, nor a word in our name.
        let forbidden = [
            "anchord/gw/asset/press-2/command", "features/press-1/camera",
            "anchord/gw/asset/press-1/alarm", "anchord/other/asset/press-1/command",
        ]
        for (k, topic) in forbidden.enumerated() {
            _ = try mosquitto(
                "pub", "-t", "anchord/gw/asset/press-1/command", "-m", order("f\(k)"), "-D",
                "publish", "response-topic", topic)
            #expect(
                eventually {
                    replies(of: "press-1").contains { $0.contains(#""id":"f\#(k)""#) }
                }, "\(topic)")
        }
        #expect(
            !listener.heard.payloads("anchord/gw/asset/press-1/alarm").contains {
                $0.contains("anchord.reply")
            })
        #expect(anchord.stop() == 0)
    }

    @Test("The command line lists, shelves, takes out of service, and says why it will not")
    func overTheCommandLine() throws {
        defer { listener.close() }
        let list = try ask("alarms", "list")
        #expect(list.status == 0)
        #expect(list.output.split(separator: "\n").count == 2)
        let shelved = try ask(
            "alarms", "shelve", "press-2", "--for", "30m", "--who", "anna", "--why", "test")
        #expect(shelved.output == "shelved press-2 for 30m of its own time.\n")
        #expect(try ask("alarms", "list").output.contains("press-2: shelved"))
        #expect(try ask("alarms", "unshelve", "press-2", "--who", "anna").status == 0)
        let twice = try ask("alarms", "unshelve", "press-2")
        #expect(twice.status != 0)
        #expect(twice.errors.contains("could not unshelve press-2"))
        let long = try ask("alarms", "shelve", "press-2", "--for", "900d")
        #expect(long.status != 0 && long.errors.contains("shelve_max"))

        #expect(try ask("asset", "out-of-service", "press-1", "--why", "repair").status == 0)
        #expect(try ask("alarms", "list").output.contains("press-1: out of service"))
        #expect(try anchord.reports { $0.assets.first?.ne107 == "check_function" })
        anchord.kill()
        try anchord.start()
        #expect(try anchord.reports { $0.assets.first?.life == "out_of_service" })
        #expect(try ask("asset", "in-service", "press-1").status == 0)
        let history = try ask("alarms", "history", "--asset", "press-1")
        #expect(history.output.contains("out of service"))
        #expect(history.output.contains("by \(NSUserName())"))
        #expect(
            try ask("alarms", "history", "--to", "2000-01-01T00:00:00Z").output
                == "nothing happened to any alarm\n")
        #expect(anchord.stop() == 0)
    }

    @Test("Labels are kept over a restart, listed, exported and taken back")
    func labels() throws {
        defer { listener.close() }
        let from = String(plant.settings.start.milliseconds + 65_000)
        let added = try ask(
            "label", "add", "press-1", "--from", from, "--for", "5s", "--kind", "fault", "--name",
            "jam", "--who", "anna")
        #expect(added.output == "labelled press-1: fault jam.\n")
        try command(
            #"{"command":"label","who":"ben","from":"\#(from)","for":"3s","kind":"false_alarm"}"#,
            to: "press-2")
        #expect(eventually { !replies(of: "press-2").isEmpty })
        #expect(anchord.stop() == 0)
        try anchord.start()
        #expect(try anchord.reports { $0.assets.count == 2 })
        let list = try ask("label", "list", "--json")
        let labels = try JSONDecoder.ofAnswers.decode(
            [LabelEntry].self, from: Data(list.output.utf8))
        #expect(labels.map(\.asset) == ["press-1", "press-2"])
        #expect(labels.map(\.kind) == ["fault", "false_alarm"])
        let export = try ask("label", "export").output.split(separator: "\n")
        #expect(export.first == "asset,window_start_ms,split,label,stream")
        #expect(export.count == 1 + 5 + 3)
        #expect(try ask("label", "remove", "\(labels[0].id)").status == 0)
        #expect(try ask("label", "list").output.contains("press-2"))
        #expect(try ask("label", "remove", "\(labels[0].id)").status != 0)
        #expect(anchord.stop() == 0)
    }
}
