import Daemon
import Foundation
import Publishing
import Signals
import SimulatedPlant
import TestSupport
import Testing

/// `anchord search`, and the same over the broker: from one sense to the windows of another.
@Suite("Search", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct SearchCommandTests {
    private let plant = TestPlant(seed: 4, seconds: 620, calm: 340)
    private let broker: MosquittoBroker
    private let anchord: AnchordProcess
    private let listener: Listener

    init() throws {
        broker = try MosquittoBroker()
        listener = try Listener(broker.url, filters: ["anchord/#"])
        var settings = TestSettings(broker.url)
        settings.warmUp = 300
        settings.more = ["alarms": ["false_alarms = \"20 per hour\""]]
        anchord = try AnchordProcess(settings)
        try anchord.start()
        try #require(try anchord.reports { $0.broker.granted == ["features/+/+": 1] })
        try PlantPublisher(broker.url).publish(plant.messages)
        try #require(
            try anchord.reports { status in
                status.assets.count == 2 && status.assets.allSatisfy { $0.windows >= 615 }
            }, "\(anchord.log)")
    }

    private func moment(_ second: Int) -> Int64 {
        plant.settings.start.milliseconds + Int64(second) * 1000
    }

    private func search(_ words: String...) throws -> SearchReply {
        let answer = try anchord.run(
            ["search", "--config", anchord.settingsPath, "--asset", "press-1", "--json"] + words)
        #expect(answer.status == 0, "\(answer.errors)")
        return try JSONDecoder.ofAnswers.decode(SearchReply.self, from: Data(answer.output.utf8))
    }

    @Test(
        "A sound finds the pictures of its recipe, a log line finds its sound, and daemon, broker and file agree"
    )
    func search() throws {
        defer { listener.close() }
        let recipes = plant.recipes
        // Before the first fault can begin, and with a model.
        var (found, wanted) = (0, 0)
        for second in stride(from: 305, to: 335, by: 5) {
            let reply = try search(
                "--at", "\(moment(second))", "--by", "audio", "--find", "camera", "--apart", "5s",
                "--top", "5", "--to", "\(moment(600))")
            #expect(reply.hits.count == 5)
            #expect(reply.example?.startMs == moment(second))
            #expect(
                reply.hits.allSatisfy {
                    Set($0.senses.keys).isSubset(of: ["audio", "camera", "log"])
                })
            for hit in reply.hits {
                let at = Int((hit.startMs - plant.settings.start.milliseconds) / 1000)
                wanted += 1
                found += recipes[at] == recipes[second] ? 1 : 0
            }
        }
        // Faults are among them, of which some are contradictions; by chance it were a quarter.
        #expect(Double(found) >= 0.7 * Double(wanted), "\(found) of \(wanted)")

        let recipe = try #require(recipes[310])
        let said = try search("--text", "recipe \(recipe) step", "--find", "audio", "--apart", "5s")
        let right = said.hits.count { hit in
            recipes[Int((hit.startMs - plant.settings.start.milliseconds) / 1000)] == recipe
        }
        #expect(right >= 7, "\(right) of \(said.hits.count)")
        #expect(said.hits.contains { $0.senses["log"]?.line?.contains("recipe") == true })

        try filters()
        try overTheBroker()
        try refusals()
        try beside()
        #expect(anchord.stop() == 0)
    }

    private func filters() throws {
        let at = "\(moment(310))"
        let alarms = try search("--at", at, "--alarm", "--apart", "0s", "--top", "1000")
        #expect(!alarms.hits.isEmpty && alarms.hits.allSatisfy(\.alarm))
        let early = try search(
            "--at", at, "--to", "\(moment(315))", "--apart", "0s", "--top", "1000")
        #expect(early.hits.allSatisfy { $0.startMs < moment(315) && $0.startMs != moment(310) })
        let label = try anchord.run([
            "label", "add", "press-1", "--from", "\(moment(312))", "--to", "\(moment(316))",
            "--kind",
            "planned", "--name", "trial", "--who", "anna", "--config", anchord.settingsPath,
        ])
        #expect(label.status == 0, "\(label.errors)")
        // The label is in the file with the next commit, a second away here.
        let isThere = eventually {
            let answer = try? anchord.run([
                "search", "--config", anchord.settingsPath, "--asset", "press-1", "--at", at,
                "--tag",
                "trial",
            ])
            return answer?.status == 0
        }
        #expect(isThere)
        let tagged = try search("--at", at, "--tag", "trial", "--apart", "0s")
        #expect(tagged.hits.map(\.startMs).sorted() == (312..<316).map(moment))
        #expect(tagged.hits.allSatisfy { $0.labels == ["trial"] })
        // An alarm after another has been seen before; the history says it, and what stands does.
        let history = try anchord.run([
            "alarms", "history", "--json", "--config", anchord.settingsPath,
        ])
        let steps = try JSONDecoder.ofAnswers.decode(
            [AlarmHistoryEntry].self, from: Data(history.output.utf8))
        let told = steps.filter { $0.seenBefore != nil }
        #expect(!told.isEmpty, "\(history.output)")
        for step in told {
            #expect(step.change == "raised")
            #expect((step.seenBefore ?? []).allSatisfy { $0.windowStartMs < step.atMs })
        }
        if let first = told.first {
            #expect(
                eventually {
                    listener.heard.payloads("anchord/gw/asset/\(first.asset)/alarm")
                        .contains { $0.contains("\"seen_before\":[{\"sense\":") }
                })
        }
    }

    private func overTheBroker() throws {
        let request =
            #"{"id":"s1","asset":"press-1","at":"\#(moment(310))","by":"audio","find":"camera","top":3}"#
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/mosquitto_rr")
        process.arguments = [
            "-h", "127.0.0.1", "-p", "\(broker.port)", "-V", "5", "-q", "1", "-t",
            "anchord/gw/search", "-m", request, "-e", "panel/7/found", "-D", "publish",
            "correlation-data", "k7", "-F", "%t %D %p", "-W", "20",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let answer = String(decoding: bytes, as: UTF8.self)
        #expect(answer.hasPrefix("panel/7/found k7 {"), "\(answer)\n\(anchord.log)")
        for part in [
            #""schema":"anchord.search/1""#, #""ok":true"#, #""id":"s1""#, #""start_ms":"#,
        ] {
            #expect(answer.contains(part), "\(answer)")
        }
        // Without a response topic, and as no JSON.
        let publisher = try PlantPublisher(broker.url)
        try publisher.publish("anchord/gw/search", Array(request.utf8))
        try publisher.publish("anchord/gw/search", Array("what?".utf8))
        #expect(
            eventually {
                let heard = listener.heard.payloads("anchord/gw/search/reply")
                return heard.contains { $0.contains(#""id":"s1""#) && $0.contains(#""ok":true"#) }
                    && heard.contains {
                        $0.contains(#""ok":false"#) && $0.contains("could not read the search")
                    }
            })
    }

    private func refusals() throws {
        let wrong: [([String], String)] = [
            (["--at", "2020-01-01"], "no window of \"press-1\" is remembered"),
            (
                ["--at", "\(moment(310))", "--by", "smell"],
                "those that did are: audio, camera, log"
            ),
            (["--at", "\(moment(310))", "--tag", "nobody"], "no label has the name or kind"),
            (["--text", "xyzzy"], "words that it does not know"),
            (["--at", "\(moment(310))", "--apart", "soon"], "apart is \"soon\""),
            ([], "Say what to look for"),
        ]
        for (words, reason) in wrong {
            let answer = try anchord.run(
                ["search", "--config", anchord.settingsPath, "--asset", "press-1"] + words)
            #expect(answer.status != 0)
            #expect(answer.errors.contains(reason), "\(answer.errors)")
        }
    }

    private func beside() throws {
        let words = ["--at", "\(moment(310))", "--find", "camera", "--to", "\(moment(600))"]
        let vector = anchord.folder.path("vector.json")
        try "[[1,2,3]]".write(toFile: vector, atomically: true, encoding: .utf8)
        let narrow = try anchord.run([
            "search", "--config", anchord.settingsPath, "--asset", "press-1", "--vector", vector,
            "--by", "audio",
        ])
        #expect(narrow.errors.contains("another dimension"), "\(narrow.errors)")
        try embedding()
        let asked = try search(words[0], words[1], words[2], words[3], words[4], words[5])
        // A commit comes every second here.
        Thread.sleep(forTimeInterval: 2.5)
        let read = try search(
            words[0], words[1], words[2], words[3], words[4], words[5], "--state",
            anchord.folder.path("state.sqlite"))
        #expect(read.hits.map(\.startMs) == asked.hits.map(\.startMs))
        #expect(read.hits.map(\.similarity) == asked.hits.map(\.similarity))
    }

    /// A place in the space itself is one of as many numbers as the space has, and of no other.
    private func embedding() throws {
        let file = anchord.folder.path("embedding.json")
        var widths: [Int] = []
        for width in 2...16 {
            let place = [Double](repeating: 0, count: width - 1) + [1]
            try "{\"embedding\":\(place)}".write(
                toFile: file, atomically: true, encoding: .utf8)
            let answer = try anchord.run([
                "search", "--config", anchord.settingsPath, "--asset", "press-1", "--vector", file,
                "--by", "audio", "--json",
            ])
            guard answer.status == 0 else {
                #expect(
                    answer.errors.contains("in a space of \(width) dimensions"), "\(answer.errors)")
                continue
            }
            let reply = try JSONDecoder.ofAnswers.decode(
                SearchReply.self, from: Data(answer.output.utf8))
            #expect(!reply.hits.isEmpty)
            #expect(reply.hits.allSatisfy { $0.senses["audio"]?.similarity == $0.similarity })
            widths.append(width)
        }
        #expect(widths.count == 1, "\(widths)")
    }
}
