import Daemon
import Foundation
import Glibc
import TestSupport

/// The built binary, running on settings and state of one test's own.
///
/// The folder outlives the process, so that a test may kill it and start it again.
final class AnchordProcess {
    let folder: TemporaryFolder
    private let environment: [String: String]
    private var process: Process?

    /// Beside the test bundle, where the build puts both.
    static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("anchord")

    /// `environment` comes beside our own, which loses what a service manager would have set.
    init(_ settings: TestSettings, environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        self.environment = environment
        try write(settings)
    }

    deinit {
        kill()
    }

    var settingsPath: String { folder.path("anchord.toml") }
    var controlSocket: String { folder.path("control.sock") }
    var isRunning: Bool { process?.isRunning ?? false }

    func write(_ settings: TestSettings) throws {
        try settings.text(folder: folder).write(
            toFile: settingsPath, atomically: true, encoding: .utf8)
    }

    func start() throws {
        process = try launch(["run", "--config", settingsPath], output: "stderr")
    }

    /// Gone from one instruction to the next, as the kernel's out-of-memory killer would have it.
    func kill() {
        guard let process else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// Stops it in good order and returns its exit status.
    @discardableResult
    func stop() -> Int32 {
        guard let process else { return -1 }
        Glibc.kill(process.processIdentifier, SIGTERM)
        return waitUntilExit()
    }

    func waitUntilExit() -> Int32 {
        guard let process else { return -1 }
        process.waitUntilExit()
        self.process = nil
        return process.terminationStatus
    }

    func reload() {
        if let process { Glibc.kill(process.processIdentifier, SIGHUP) }
    }

    /// All it has logged since the first start.
    var log: String {
        (try? String(contentsOfFile: folder.path("stderr"), encoding: .utf8)) ?? ""
    }

    /// Waits for a sentence in the log; tells whether it came.
    func logs(_ sentence: String, times: Int = 1) -> Bool {
        eventually { self.log.components(separatedBy: sentence).count > times }
    }

    /// Runs another command of the same binary to its end.
    func run(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
        let name = "command-\(UUID().uuidString)"
        let ended = try launch(arguments, output: name + "-err", standardOutput: name + "-out")
        ended.waitUntilExit()
        return (
            ended.terminationStatus,
            try String(contentsOfFile: folder.path(name + "-out"), encoding: .utf8),
            try String(contentsOfFile: folder.path(name + "-err"), encoding: .utf8)
        )
    }

    /// What it answers on its control socket; `nil` while it does not.
    func status() throws -> StatusReport? {
        let answer = try run(["status", "--json", "--config", settingsPath])
        guard answer.status == 0 else { return nil }
        return try JSONDecoder.ofAnswers.decode(StatusReport.self, from: Data(answer.output.utf8))
    }

    /// Waits until its status is so; tells whether it came to that.
    func reports(_ isTrue: (StatusReport) -> Bool) throws -> Bool {
        try eventually { try status().map(isTrue) ?? false }
    }

    private func launch(
        _ arguments: [String], output: String, standardOutput: String? = nil
    ) throws -> Process {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        for name in environment.keys
        where name.hasPrefix("ANCHORD") || name.hasSuffix("_DIRECTORY") || name == "JOURNAL_STREAM"
            || name == "NOTIFY_SOCKET"
        {
            environment[name] = nil
        }
        // A killed process has nothing to explain.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        process.environment = environment.merging(self.environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardError = try file(output)
        process.standardOutput = try standardOutput.map(file) ?? process.standardError
        try process.run()
        return process
    }

    private func file(_ name: String) throws -> FileHandle {
        let descriptor = open(folder.path(name), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TestFailure("could not write \(name)") }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension JSONDecoder {
    /// Reads what commands print with `--json`.
    static var ofAnswers: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}

/// The settings of a test: quick to learn, and not to be hurried by a slow test machine.
struct TestSettings {
    var gateway = "gw"
    var url: String
    /// Windows of the warm-up.
    var warmUp = 60
    /// Further lines, by section.
    var more: [String: [String]] = [:]

    init(_ url: String) {
        self.url = url
    }

    func text(folder: TemporaryFolder) -> String {
        var sections: [String: [String]] = [
            "gateway": ["name = \"\(gateway)\""],
            "broker": [
                "url = \"\(url)\"", "reconnect_min = \"50ms\"", "reconnect_max = \"200ms\"",
            ],
            // Arrival is real time here. A test machine that stands still for seconds must not
            // look like a plant that does.
            "windowing": ["close_after = \"5m\""],
            "intake": ["dimension_wait = \"5m\""],
            "fusion": ["warmup_windows = \(warmUp)"],
            "store": [
                "path = \"\(folder.path("state.sqlite"))\"",
                "journal_folder = \"\(folder.path("journal"))\"", "commit_every = \"1s\"",
            ],
            "control": ["socket = \"\(folder.path("control.sock"))\""],
            "publishing": ["score_qos = 1"],
            // Tests run side by side; those of the page name a port.
            "status": ["listen = \"\""],
        ]
        for (name, lines) in more {
            let keys = lines.map { $0.prefix { $0 != " " } }
            sections[name, default: []].removeAll { keys.contains($0.prefix { $0 != " " }) }
            sections[name, default: []] += lines
        }
        return sections.sorted { $0.key < $1.key }
            .map { "[\($0.key)]\n" + $0.value.joined(separator: "\n") }
            .joined(separator: "\n") + "\n"
    }
}

/// Looks again and again until it is so, for a minute at most; tells whether it came to that.
func eventually(_ isTrue: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
        if try isTrue() { return true }
        usleep(20_000)
    }
    return try isTrue()
}
