import ArgumentParser
import Daemon
import Foundation
import Fusion

/// `anchord model`: the trained models of the running daemon.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "List, show, use or remove the trained models of the running daemon.",
        discussion: """
            A model that `anchord train` made is handed to the daemon by `use`. For each asset it is \
            tried on windows held back, with re-pairings, lags and noise put into them; one that is \
            not better is refused, with the table. Then it judges every window beside the model in \
            service, both scores are published, and it takes over.
            """,
        subcommands: [List.self, Show.self, Use.self, Remove.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The models, and which asset uses which.")
        @OptionGroup var line: ControlLine
        @Flag(help: "Print the answer as JSON.")
        var json = false

        func run() throws {
            guard let list = try line.ask(ControlRequest(.models)).models else { return }
            if json {
                try printJSON(list)
                return
            }
            if list.models.isEmpty { print("no trained model; every asset uses the linear one") }
            for model in list.models { print(model.line(in: list)) }
            for asset in list.assets { print(asset.line) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a model says of itself: a file's path, or the first digits of an id.")
        @OptionGroup var line: ControlLine
        @Argument(help: "A model file, or the first digits of an id.")
        var model: String

        func run() throws {
            if FileManager.default.fileExists(atPath: model) {
                let found = try ModelPath.read(model)
                print("id          \(found.id)")
                for (name, sense) in found.senses.sorted(by: { $0.key < $1.key }) {
                    print(
                        "sense       \(name): reads \(sense.form.width) numbers, "
                            + "\(sense.network.architecture.parameterCount) parameters")
                }
                show(found.metadata)
                return
            }
            guard let list = try line.ask(ControlRequest(.models)).models else { return }
            let found = list.models.filter { $0.id.hasPrefix(model) }
            guard found.count == 1, let entry = found.first else {
                throw ValidationError(
                    "There is no file and no single model \"\(model)\"; `anchord model list` names them."
                )
            }
            print("id          \(entry.id)")
            show(entry.metadata)
            for asset in list.assets where asset.concerns(entry.id) { print(asset.line) }
        }

        private func show(_ metadata: [String: String]) {
            for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != "training" {
                // One regime a line.
                let lines = key == "regimes" ? value.components(separatedBy: "; ") : [value]
                let heads = [key] + lines.dropFirst().map { _ in "" }
                for (head, line) in zip(heads, lines) {
                    print(
                        head.padding(toLength: max(18, key.count + 1), withPad: " ", startingAt: 0)
                            + line)
                }
            }
        }
    }

    struct Use: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let assets try a model: a file, or one the daemon has.",
            discussion: """
                `linear` is the model that each asset learns by itself, without training: the way back.

                Waits until each asset has decided, and prints the tables. With --force there is no \
                trial and no time in the shadow.
                """)
        @OptionGroup var line: ControlLine
        @Argument(help: "A model file, the first digits of an id, or linear.")
        var model: String
        @Option(help: "Only this asset.")
        var asset: String?
        @Flag(help: "Without trial, at once.")
        var force = false
        @Flag(help: "Do not wait for the trials.")
        var noWait = false

        func run() throws {
            var request = ControlRequest(.useModel, asset: asset, isForced: force)
            if model != "linear", FileManager.default.fileExists(atPath: model) {
                // Read here too: a bad file is said before it travels.
                _ = try ModelPath.read(model)
                request.file = FileManager.default.contents(atPath: model)
                guard request.file?.count ?? 0 <= ControlRequest.fileBytesMax else {
                    throw ValidationError(
                        "\(model) is larger than the \(ControlRequest.fileBytesMax >> 20) MiB the daemon takes; name it in fusion.model instead."
                    )
                }
            } else {
                request.id = model
            }
            let reply = try line.ask(request)
            guard let id = reply.model, var list = reply.models else { return }
            let wanted = list.assets.filter { asset == nil || $0.name == asset }.map(\.name)
            print("model \(id.prefix(16)) proposed to \(wanted.joined(separator: ", "))")
            if let text = reply.text { print(text) }
            guard !noWait else { return }
            var waiting = Set(wanted)
            while !waiting.isEmpty {
                for entry in list.assets where waiting.contains(entry.name) {
                    guard entry.hasDecided(on: id) else { continue }
                    waiting.remove(entry.name)
                    print(entry.report(of: id))
                }
                guard !waiting.isEmpty else { break }
                usleep(500_000)
                list = try line.ask(ControlRequest(.models)).models ?? list
            }
            if list.assets.contains(where: {
                wanted.contains($0.name) && $0.trial?.network == id && $0.trial?.isPassed == false
            }) {
                throw ExitCode(1)
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a model that no asset uses.")
        @OptionGroup var line: ControlLine
        @Argument(help: "The first digits of its id.")
        var model: String

        func run() throws {
            let reply = try line.ask(ControlRequest(.removeModel, id: model))
            print("Removed \(reply.model ?? model).")
        }
    }
}

extension ModelList.Entry {
    func line(in list: ModelList) -> String {
        let users = list.assets.filter { $0.network == id }.map(\.name)
        let facts = [
            metadata["objective"] ?? "?", "\(metadata["dimension"] ?? "?") dimensions",
            "\(bytes >> 10) KiB",
            users.isEmpty ? "not in service" : "serves \(users.joined(separator: ", "))",
        ]
        return "\(id.prefix(16))  \(facts.joined(separator: ", "))"
    }
}

extension ModelList.Asset {
    func concerns(_ id: String) -> Bool { [network, proposed, shadow].contains(id) }

    var line: String {
        var facts = [network.map { "trained \($0.prefix(16))" } ?? "linear"]
        if let shadow {
            facts.append(
                "\(shadow.prefix(16)) in the shadow, \(windowsInShadow ?? 0) windows to go")
        }
        let decided = trial.flatMap { $0.network == proposed ? $0 : nil }
        if let proposed {
            // Decided, it waits for the window that was fixed when it was asked for.
            let fate = decided.map { $0.isPassed ? "has passed its trial" : "was refused" }
            facts.append("\(proposed.prefix(16)) \(fate ?? "waits for its trial")")
        }
        if let trial, decided == nil, !trial.isPassed {
            facts.append("the last proposal was refused")
        }
        return "\(name): \(facts.joined(separator: "; "))"
    }

    /// Whether there is anything to say about the proposal of `id`. An asset that warms up has no
    /// model yet to compare it with: that may take long.
    func hasDecided(on id: String) -> Bool {
        proposed != id || trial?.network == id || service == nil
    }

    /// What became of the proposal of `id`.
    func report(of id: String) -> String {
        let trial = trial.flatMap { $0.network == id ? $0 : nil }
        var lines: [String] = []
        if service == nil, proposed == id {
            lines.append("\(name): warming up; the trial comes after its first model")
        }
        if let why = trial?.unsuitable { lines.append("\(name): refused: \(why)") }
        if let rows = trial?.rows, !rows.isEmpty {
            let verdict =
                trial?.isPassed == true
                ? "passed" : "refused: not better than the model in service (--force exists)"
            lines.append("\(name): trial \(verdict)")
            lines.append("  fault        windows   new AUC   in service   lower bound of the gain")
            for row in rows {
                lines.append(
                    "  " + row.fault.padding(toLength: 12, withPad: " ", startingAt: 0)
                        + String(
                            format: "%8d  %8.3f  %11.3f  %+12.4f", row.windows, row.candidate,
                            row.current, row.lower))
            }
        }
        if service != nil, network ?? "linear" == id { lines.append("\(name): in service") }
        if shadow == id {
            lines.append("\(name): in the shadow for \(windowsInShadow ?? 0) more windows")
        }
        if lines.isEmpty { lines.append(line) }
        return lines.joined(separator: "\n")
    }
}
