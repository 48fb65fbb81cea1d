import Daemon
import Foundation
import Fusion
import Signals
import SimulatedPlant
import TestSupport
import Testing

/// A model is trained from the running daemon's own windows, tried, and comes into service.
@Suite(
    "Trained models in the running daemon", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct ModelTests {
    private let plant = TestPlant(seed: 6, seconds: 200, assets: 1, calm: 300)
    private let broker: MosquittoBroker
    private let listener: Listener
    private let anchord: AnchordProcess
    private static let asset = "press-1"

    init() throws {
        var options = MosquittoBroker.Options()
        options.isPersistent = true
        broker = try MosquittoBroker(options)
        listener = try Listener(broker.url)
        anchord = try AnchordProcess(Self.settings(broker.url))
        try anchord.start()
        try #require(try anchord.reports { $0.broker.granted == ["features/+/+": 1] })
    }

    private static func settings(_ url: String, model: String? = nil) -> TestSettings {
        var settings = TestSettings(url)
        settings.more = [
            "fusion": ["shadow_windows = 20", "refit_lag_windows = 5", "refit_after = []"],
            "store": ["commit_every = \"100ms\""],
        ]
        if let model { settings.more["fusion"]?.append("model = \"\(model)\"") }
        return settings
    }

    private func ask(_ words: String...) throws -> (status: Int32, output: String, errors: String) {
        try anchord.run(words + ["--config", anchord.settingsPath])
    }

    /// Plays this share of the plant and waits for its windows.
    private func play(_ from: Double, _ to: Double) throws {
        try PlantPublisher(broker.url).publish(plant.part(from, to))
        let sure = plant.settings.start.milliseconds + Int64(200 * to - 4) * 1000
        #expect(listener.hears { $0.newestWindow(Self.asset) ?? 0 >= sure }, "\(anchord.log)")
    }

    private func train(_ name: String, _ options: String...) throws -> String {
        let path = anchord.folder.path(name)
        let trained = try anchord.run(
            ["train", "--archive", "--out", path, "--config", anchord.settingsPath]
                + ["--epochs", "6", "--dimension", "8", "--hidden", "32", "--batch", "32"] + options
        )
        try #require(trained.status == 0, "\(trained.errors)")
        return path
    }

    private func models() throws -> ModelList {
        let listed = try ask("model", "list", "--json")
        return try JSONDecoder.ofAnswers.decode(ModelList.self, from: Data(listed.output.utf8))
    }

    private func verdicts() -> [String] {
        var seen: Set<String> = []
        return listener.heard.verdicts(Self.asset).filter { seen.insert($0).inserted }
    }

    @Test("Forced, a model trained on the archive serves after the lag, and is kept while it does")
    func forced() throws {
        defer { listener.close() }
        try play(0, 0.6)
        let path = try train("plant.safetensors")
        let id = try NetworkModel(encoded: [UInt8](Data(contentsOf: URL(filePath: path)))).id
        let used = try ask("model", "use", path, "--force", "--no-wait")
        #expect(used.status == 0, "\(used.errors)")
        #expect(used.output.contains("model \(id.prefix(16)) proposed to press-1"))
        #expect(try models().assets.first?.proposed == id)
        try play(0.6, 0.75)
        let list = try models()
        #expect(list.models.map(\.id) == [id])
        #expect(list.assets.first?.network == id)
        #expect(try ask("model", "list").output.contains("serves press-1"))
        #expect(try ask("model", "show", String(id.prefix(8))).output.contains(id))
        #expect(try ask("model", "show", path).output.contains("sense       camera"))

        let refused = try ask("model", "remove", String(id.prefix(12)))
        #expect(refused.status != 0)
        #expect(refused.errors.contains("could not remove the model: it serves press-1"))

        // The next life finds it in the store.
        anchord.kill()
        try anchord.start()
        try play(0.75, 0.85)
        #expect(try models().assets.first?.network == id)

        // The way back, and nothing in the way of removing it then.
        let back = try ask("model", "use", "linear", "--force", "--no-wait")
        #expect(back.status == 0, "\(back.errors)")
        #expect(back.output.contains("model linear proposed to press-1"))
        anchord.kill()
        try anchord.start()
        try play(0.85, 1)
        #expect(try models().assets.first?.network == nil)
        #expect(try ask("model", "use", "linear").errors.contains("uses the linear model already"))
        #expect(try ask("model", "remove", String(id.prefix(12))).status == 0)
        #expect(anchord.stop() == 0, "\(anchord.log)")
    }

    @Test("A file that is no sound model is refused with the reason, and what runs stays")
    func badFiles() throws {
        defer { listener.close() }
        try play(0, 0.6)
        let path = try train("good.safetensors")
        let good = try Data(contentsOf: URL(filePath: path))
        let before = try models().assets
        func refuse(_ data: Data, _ sentence: String) throws {
            let bad = anchord.folder.path("bad.safetensors")
            try data.write(to: URL(filePath: bad))
            let answer = try ask("model", "use", bad)
            #expect(answer.status != 0)
            #expect(answer.errors.contains(sentence), "\(answer.errors)")
        }
        try refuse(good.prefix(good.count - 100), "bad.safetensors: ")
        var tampered = good
        tampered[good.count - 5] ^= 1
        try refuse(tampered, "bad.safetensors: ")
        try refuse(Data("hello".utf8), "bad.safetensors: ")
        #expect(
            try ask("model", "use", "0123").errors.contains("there is no single model whose id"))
        #expect(
            try ask("model", "use", path, "--asset", "press-9").errors
                .contains("there is no asset \"press-9\"; known are: press-1"))
        #expect(try models().assets == before)

        // Sound, and for another machine.
        let network = try NetworkModel(encoded: [UInt8](good))
        let strange = NetworkModel(
            senses: Dictionary(
                uniqueKeysWithValues: network.senses.map { (StreamName("x-\($0)"), $1) }),
            metadata: [:])
        let mismatch = anchord.folder.path("strange.safetensors")
        try Data(try strange.file.encoded).write(to: URL(filePath: mismatch))
        _ = try ask("model", "use", mismatch, "--force", "--no-wait")
        try play(0.6, 0.7)
        let trial = try models().assets.first?.trial
        #expect(trial?.network == strange.id)
        #expect(trial?.unsuitable?.hasPrefix("the model reads x-audio (vector of 24), x-") == true)
        #expect(try models().assets.first?.service == before.first?.service)
        #expect(try ask("model", "list").output.contains("the last proposal was refused"))
        let removed = try ask("model", "remove", strange.shortID)
        #expect(removed.status == 0, "\(removed.errors)")
        #expect(try !models().models.contains { $0.id == strange.id })
        #expect(anchord.stop() == 0, "\(anchord.log)")
    }

    @Test("The command line waits for the trial, which the next windows bring, and shows its table")
    func trial() throws {
        defer { listener.close() }
        try play(0, 0.7)
        let path = try train("plant.safetensors", "--epochs", "30")
        let url = broker.url
        let windows = plant.part(0.7, 0.8)
        let flow = Background { try PlantPublisher(url).publish(windows, speed: 10) }
        let used = try ask("model", "use", path)
        #expect(used.output.contains("  re-pairing "), "\(used.output) \(used.errors)")
        #expect(used.output.contains(used.status == 0 ? "trial passed" : "trial refused"))
        try flow.join()
        #expect(anchord.stop() == 0, "\(anchord.log)")
    }

    @Test("A command over the broker puts a model into service, by force or after trial and shadow")
    func overTheBroker() throws {
        defer { listener.close() }
        try play(0, 0.5)
        // The store knows models that were proposed once.
        let poor = try train("poor.safetensors", "--epochs", "1", "--rate", "0.000001")
        #expect(try ask("model", "use", poor, "--force", "--no-wait").status == 0)
        try play(0.5, 0.66)
        let good = try train("plant.safetensors", "--epochs", "30")
        #expect(try ask("model", "use", good, "--force", "--no-wait").status == 0)
        try play(0.66, 0.72)
        let ids = try [poor, good].map {
            try NetworkModel(encoded: [UInt8](Data(contentsOf: URL(filePath: $0)))).id
        }
        #expect(try models().assets.first?.network == ids[1])

        try useOverBroker(ids[0], more: #","force":true"#)
        try play(0.72, 0.78)
        #expect(try models().assets.first?.network == ids[0])
        let unshadowed = verdicts().count { $0.contains(#""shadow":{"#) }
        #expect(unshadowed == 0)

        try useOverBroker(ids[1])
        try play(0.78, 1)
        let asset = try #require(try models().assets.first)
        #expect(asset.network == ids[1] && asset.trial?.isPassed == true, "\(anchord.log)")
        #expect(verdicts().count { $0.contains(#""shadow":{"#) } == 20)
        #expect(anchord.stop() == 0, "\(anchord.log)")
    }

    /// Waits for the answer, and until the proposal is in the journal.
    private func useOverBroker(_ id: String, more: String = "") throws {
        let json =
            #"{"command":"use_model","who":"anna","id":"\#(id.prefix(8))\#(more.count)","#
            + #""model":"\#(id.prefix(16))"\#(more)}"#
        try PlantPublisher(broker.url).publish(
            "anchord/gw/asset/\(Self.asset)/command", Array(json.utf8))
        let topic = "anchord/gw/asset/\(Self.asset)/command/reply"
        #expect(
            listener.hears {
                $0.payloads(topic).contains {
                    $0.contains(#""id":"\#(id.prefix(8))\#(more.count)""#)
                        && $0.contains(#""ok":true"#)
                }
            }, "\(anchord.log)")
        #expect(eventually { (try? models().assets.first?.proposed) == id })
    }

    @Test("Kills before the trial, in it, in the shadow and at the end of it change no verdict")
    func kills() throws {
        let calm = try proposed(isKilled: false)
        let shaken = try ModelTests()
        let found = try shaken.proposed(
            models: ["poor", "plant"].map { anchord.folder.path("\($0).safetensors") },
            isKilled: true)
        #expect(found.count == calm.count)
        let differing = zip(calm, found).first { $0 != $1 }
        #expect(differing == nil, "\(differing?.0 ?? "")\n\(differing?.1 ?? "")")
        #expect(calm.count { $0.contains(#""shadow":{"#) } == 20)
        #expect(Set(found.compactMap { VerdictLine($0)?.windowStartMs }).count == found.count)
    }

    /// A life with proposals at moments that the messages fix: first a poor model, by force, then a
    /// better one. All verdicts, but for the settings' hash, which names folders.
    private func proposed(models: [String] = [], isKilled: Bool) throws -> [String] {
        defer { listener.close() }
        try play(0, 0.5)
        let poor =
            try models.first ?? train("poor.safetensors", "--epochs", "1", "--rate", "0.000001")
        try use(poor, after: 0.5, "--force")
        try play(0.5, 0.7)
        let good = try models.last ?? train("plant.safetensors", "--epochs", "30")
        try use(good, after: 0.7)
        for (from, to) in [(0.7, 0.715), (0.715, 0.74), (0.74, 0.8), (0.8, 0.85), (0.85, 1)] {
            if isKilled {
                anchord.kill()
                try anchord.start()
            }
            try play(from, to)
        }
        let id = try NetworkModel(encoded: [UInt8](Data(contentsOf: URL(filePath: good)))).id
        #expect(try self.models().assets.first?.network == id)
        #expect(anchord.stop() == 0, "\(anchord.log)")
        return verdicts().map { $0.replacing(/"settings":"[0-9a-f]+"/, with: #""settings":"s""#) }
    }

    private func use(_ path: String, after share: Double, _ options: String...) throws {
        let count = plant.part(0, share).count
        #expect(
            try anchord.reports { status in
                status.assets.flatMap(\.streams).reduce(0) { $0 + $1.accepted } == count
            })
        let words = ["model", "use", path, "--no-wait", "--config", anchord.settingsPath]
        let used = try anchord.run(words + options)
        #expect(used.status == 0, "\(used.errors)")
    }

    @Test("fusion.model is proposed at a reload; a bad file there is logged and nothing else")
    func configured() throws {
        defer { listener.close() }
        try play(0, 0.6)
        let path = try train("plant.safetensors")
        let bad = anchord.folder.path("bad.safetensors")
        try Data("hello".utf8).write(to: URL(filePath: bad))
        try anchord.write(Self.settings(broker.url, model: bad))
        anchord.reload()
        #expect(anchord.logs("Could not take the model that fusion.model names"))
        #expect(anchord.logs("Reloaded the settings."))
        try play(0.6, 0.65)

        try anchord.write(Self.settings(broker.url, model: path))
        anchord.reload()
        #expect(anchord.logs("Reloaded the settings.", times: 2))
        try play(0.65, 0.72)
        #expect(anchord.logs("A proposed model "), "\(anchord.log)")
        let list = try models()
        let id = try #require(list.models.first?.id)
        #expect(list.assets.first?.trial?.network == id)
        #expect(
            try ask("model", "remove", String(id.prefix(12))).errors
                .contains("could not remove the model"))
        #expect(anchord.stop() == 0, "\(anchord.log)")
    }
}
