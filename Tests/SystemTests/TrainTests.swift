import Foundation
import Fusion
import Glibc
import Intake
import Signals
import SimulatedPlant
import TestSupport
import Testing

/// `anchord train` on a recording: the same windows, options and seed give the same file.
@Suite("Training", .serialized)
struct TrainTests {
    private let plant = TestPlant(seed: 8, seconds: 70, assets: 2, calm: 100)
    private let anchord: AnchordProcess
    private let recording: String

    init() throws {
        anchord = try AnchordProcess(TestSettings("mqtt://127.0.0.1:1"))
        recording = anchord.folder.path("shift.ndjson")
        var writer = RecordingWriter()
        try Data(plant.messages.flatMap { writer.line(for: $0) })
            .write(to: URL(filePath: recording))
    }

    private static let quick = [
        "--epochs", "4", "--dimension", "6", "--hidden", "16", "--batch", "32",
    ]

    @discardableResult
    private func train(_ name: String, _ options: [String] = []) throws -> (
        status: Int32, output: String, errors: String
    ) {
        try anchord.run(
            ["train", recording, "--out", anchord.folder.path(name)] + Self.quick
                + ["--config", anchord.settingsPath] + options)
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: anchord.folder.path(name))))
    }

    @Test("Rows on disk give the same model as rows in memory, on any number of threads")
    func memory() throws {
        #expect(try train("a.safetensors").status == 0)
        let ended = try train("b.safetensors", ["--memory-max", "0", "--threads", "1"])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try bytes("a.safetensors") == bytes("b.safetensors"))
        let other = try train("c.safetensors", ["--seed", "1"])
        #expect(other.status == 0)
        #expect(try bytes("a.safetensors") != bytes("c.safetensors"))
    }

    @Test("Own and common parts are trained, kept in the file and described by their regimes")
    func ownParts() throws {
        let ended = try train("parts.safetensors", ["--objective", "decalign"])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.errors.contains("own part"), "\(ended.errors)")
        let shown = try anchord.run(["model", "show", anchord.folder.path("parts.safetensors")])
        #expect(shown.output.contains("% of the windows, since"), "\(shown.output)")
        #expect(
            try train("again.safetensors", ["--objective", "decalign", "--threads", "1"]).status
                == 0)
        #expect(try bytes("parts.safetensors") == bytes("again.safetensors"))
    }

    @Test("Interrupted and resumed, a training ends as one that never was", arguments: [2])
    func resumed(interruptions: Int) throws {
        let long = ["--epochs", "25", "--patience", "25"]
        #expect(try train("whole.safetensors", long).status == 0)
        for life in 0...interruptions {
            let options = long + (life > 0 ? ["--resume"] : [])
            let out = anchord.folder.path("parts.safetensors")
            let program = Process()
            program.executableURL = AnchordProcess.program
            program.arguments =
                ["train", recording, "--out", out] + Self.quick
                + ["--config", anchord.settingsPath] + options
            let errors = Pipe()
            program.standardError = errors
            try program.run()
            // The signal comes in the midst of an epoch, which is finished.
            var said = ""
            while life < interruptions, !said.contains(" windows train, ") {
                let data = errors.fileHandleForReading.availableData
                guard !data.isEmpty else { break }
                said += String(decoding: data, as: UTF8.self)
            }
            if life < interruptions { kill(program.processIdentifier, SIGINT) }
            _ = try errors.fileHandleForReading.readToEnd()
            program.waitUntilExit()
            #expect(program.terminationStatus == 0, "\(said)")
            let isOver = life == interruptions
            #expect(FileManager.default.fileExists(atPath: out + ".resume") == !isOver, "\(said)")
        }
        #expect(try bytes("whole.safetensors") == bytes("parts.safetensors"))
    }

    @Test("A model for each asset is named after it, and learnt from its windows alone")
    func perAsset() throws {
        let ended = try train("plant.safetensors", ["--per-asset"])
        #expect(ended.status == 0, "\(ended.errors)")
        let models = try plant.assets.map {
            try NetworkModel(encoded: bytes("plant.\($0).safetensors"))
        }
        #expect(models.map { $0.metadata["assets"] } == plant.assets)
        #expect(models[0].id != models[1].id)
        // What is finished is left alone, whatever else there is to go on with.
        let again = try train("plant.safetensors", ["--per-asset", "--resume"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.output.contains("plant.press-1.safetensors is finished."))
    }

    @Test("A warm start keeps to the shape of the model it begins with, a cnn among them")
    func warmStart() throws {
        let cnn = ["--encoder", "cnn", "--frames", "4", "--filters", "8"]
        let first = try train("cnn.safetensors", cnn)
        #expect(first.status == 0, "\(first.errors)")
        let base = try NetworkModel(encoded: bytes("cnn.safetensors"))
        #expect(base.senses[StreamName("camera")]?.form == .frames(dimension: 32, countMax: 4))
        let warm = try train(
            "warm.safetensors",
            ["--warm-start", anchord.folder.path("cnn.safetensors"), "--dimension", "9"])
        #expect(warm.status == 0, "\(warm.errors)")
        let adapted = try NetworkModel(encoded: bytes("warm.safetensors"))
        #expect(adapted.senses.mapValues(\.form) == base.senses.mapValues(\.form))
        #expect(adapted.dimension == base.dimension)
        #expect(adapted.metadata["warm_start"] == base.id)
        #expect(adapted.id != base.id)
    }

    @Test("With labels only windows of split train are learnt from")
    func labels() throws {
        let path = anchord.folder.path("labels.csv")
        try plant.labels.write(toFile: path, atomically: true, encoding: .utf8)
        let ended = try train("labelled.safetensors", ["--labels", path])
        #expect(ended.status == 0, "\(ended.errors)")
        let model = try NetworkModel(encoded: bytes("labelled.safetensors"))
        let taken = ["windows_training", "windows_validation"]
            .compactMap { model.metadata[$0].flatMap(Int.init) }.reduce(0, +)
        let wanted = try LabelsReader.read(path: path).count { $0.split == .train }
        #expect(taken <= wanted && taken > wanted / 2, "\(taken) of \(wanted)")
    }

    @Test(
        "What cannot be trained is said in a sentence",
        arguments: [
            (["--objective", "fixed:nobody"], "nobody"),
            (["--objective", "magic"], "There is no objective \"magic\""),
            (["--hidden", "16,x"], "--hidden is \"16,x\""),
            (["--dimension", "1"], "dimension is 1, but the space needs 2 to 1024."),
            (["--stream", "camera"], "a unified space needs at least two senses"),
            (
                ["--encoder", "cnn", "--kernel", "1000000"],
                "a width of an encoder is out of bounds"
            ),
            (["--windows-max", "0"], "--windows-max is 0, but must be at least 128."),
            (["--resume"], "There is nothing to resume"),
            (["--out", "/nonexistent/model.safetensors"], "Could not write to the folder"),
            (["--warm-start", "/nonexistent"], "could not read the model /nonexistent."),
        ])
    func bad(options: [String], sentence: String) throws {
        let ended = try train("bad.safetensors", options)
        #expect(ended.status != 0)
        #expect(ended.errors.contains(sentence), "\(ended.errors)")
        #expect(!ended.errors.contains("Unfit(") && !ended.errors.contains("Fatal error"))
    }

    @Test("A stored training of other settings or one that is torn is refused with exit status 1")
    func otherState() throws {
        let state = anchord.folder.path("bad.safetensors.resume")
        try Data("TRN2 and no more".utf8).write(to: URL(filePath: state))
        let ended = try train("bad.safetensors", ["--resume"])
        #expect(ended.status == 1)
        #expect(ended.errors.contains("the stored training does not fit"), "\(ended.errors)")
    }
}
