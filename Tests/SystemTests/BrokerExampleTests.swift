import Foundation
import TestSupport
import Testing

/// The files of `docs/mosquitto/`, under a real mosquitto.
@Suite("The broker example", .enabled(if: ExampleBroker.isInstalled), .serialized)
struct BrokerExampleTests {
    @Test(
        "The ACL lets through what it says",
        arguments: [
            ("press-1", "features/press-1/camera", "anchord", "features/#"),
            ("camera-server", "features/press-9/camera", "anchord", "features/#"),
            ("press-1", "features/press-1/log", "recorder", "features/#"),
            ("anchord", "anchord/gw-1/status", "dashboard", "anchord/#"),
            ("anchord", "anchord/gw-1/counters", "dashboard", "anchord/#"),
            ("anchord", "anchord/gw-1/asset/press-1/score", "dashboard", "anchord/#"),
            ("anchord", "anchord/gw-1/asset/press-1/alarm", "operator", "anchord/#"),
            (
                "operator", "anchord/gw-1/asset/press-1/command", "anchord",
                "anchord/gw-1/asset/+/command"
            ),
            ("anchord", "anchord/gw-1/asset/press-1/command/reply", "operator", "anchord/#"),
        ])
    func allowed(writer: String, topic: String, reader: String, filter: String) throws {
        let broker = try ExampleBroker()
        #expect(try broker.received(by: reader, from: filter, of: [(writer, topic)]) == [topic])
    }

    /// The sentinel is published after the forbidden message, so what comes first tells.
    @Test(
        "The ACL holds back the rest",
        arguments: [
            // A sensor speaks for its own asset or its own stream, and for nobody else.
            ("press-1", "features/press-2/camera", "anchord"),
            ("camera-server", "features/press-9/audio", "anchord"),
            ("recorder", "features/press-1/camera", "anchord"),
            ("dashboard", "features/press-1/camera", "anchord"),
            // Only the daemon gives scores, and only operators give commands.
            ("press-1", "anchord/gw-1/asset/press-1/score", "recorder"),
            ("operator", "anchord/gw-1/asset/press-1/score", "recorder"),
            ("press-1", "anchord/gw-1/asset/press-1/command", "recorder"),
            ("recorder", "anchord/gw-1/asset/press-1/command", "recorder"),
            ("dashboard", "anchord/gw-1/asset/press-1/command", "recorder"),
            // Dashboards see no features.
            ("press-1", "features/press-1/camera", "dashboard"),
        ])
    func denied(writer: String, topic: String, reader: String) throws {
        let broker = try ExampleBroker()
        let sentinel =
            reader == "anchord"
            ? ("press-1", "features/press-1/sentinel")
            : ("anchord", "anchord/gw-1/asset/press-1/alarm")
        let got = try broker.received(by: reader, from: "#", of: [(writer, topic), sentinel])
        #expect(got == [sentinel.1])
    }

    @Test("Nobody comes in without a name")
    func anonymousIsRefused() throws {
        let broker = try ExampleBroker()
        #expect(try broker.run("mosquitto_pub", ["-t", "features/a/b", "-m", "1"]).status != 0)
    }

    @Test("Far more than mosquitto's thousand wait for a daemon that is away")
    func queueIsLong() throws {
        let broker = try ExampleBroker()
        let lines = (0..<3000).map { "\($0)" }
        _ = try broker.listen(as: "anchord", to: "features/#", ["-E"])
        try broker.publish(as: "press-1", topic: "features/press-1/log", lines: lines)
        let got = try broker.listen(as: "anchord", to: "features/#", ["-C", "3000", "-W", "30"])
        #expect(got.split(separator: "\n").map(String.init) == lines)
    }
}

/// A mosquitto with the example's drop-in and ACL, on a free loopback port in a folder of its own.
private final class ExampleBroker {
    private let folder: TemporaryFolder
    private var port = 0
    private var process: Process?

    static var isInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: "/usr/sbin/mosquitto")
            && FileManager.default.isExecutableFile(atPath: "/usr/bin/mosquitto_sub")
    }

    init() throws {
        folder = try TemporaryFolder()
        let example = repository.appendingPathComponent("docs/mosquitto")
        try FileManager.default.copyItem(
            atPath: example.appendingPathComponent("anchord.acl").path,
            toPath: folder.path("anchord.acl"))
        try "".write(toFile: folder.path("anchord.passwd"), atomically: true, encoding: .utf8)
        for user in ["anchord", "dashboard", "operator", "recorder", "camera-server", "press-1"] {
            let arguments = ["-b", folder.path("anchord.passwd"), user, "secret"]
            _ = try start("/usr/bin/mosquitto_passwd", arguments, output: nil, wait: true)
        }
        // A free port can be gone by the time mosquitto asks for it.
        for _ in 0..<20 where process == nil {
            port = Int.random(in: 20_000..<60_000)
            try writeSettings(example.appendingPathComponent("anchord.conf"))
            try boot()
        }
        try #require(process != nil, "mosquitto did not start: \(log)")
    }

    deinit {
        // Not SIGTERM: a child of a test inherits signals that are blocked here.
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What `reader`, away while `messages` were published, then finds waiting: topics in order.
    func received(by reader: String, from filter: String, of messages: [(String, String)]) throws
        -> [String]
    {
        _ = try listen(as: reader, to: filter, ["-E"])
        for (writer, topic) in messages {
            try publish(as: writer, topic: topic, lines: ["1"])
        }
        return try listen(as: reader, to: filter, ["-F", "%t", "-C", "1", "-W", "10"])
            .split(separator: "\n").map(String.init)
    }

    func listen(as user: String, to filter: String, _ more: [String]) throws -> String {
        let session = ["-u", user, "-P", "secret", "-i", "\(user)-1", "-c", "-q", "1"]
        return try run("mosquitto_sub", session + ["-t", filter] + more).output
    }

    func publish(as user: String, topic: String, lines: [String]) throws {
        let input = folder.path("input")
        try lines.joined(separator: "\n").write(toFile: input, atomically: true, encoding: .utf8)
        let arguments = ["-u", user, "-P", "secret", "-q", "1", "-t", topic, "-l"]
        #expect(try run("mosquitto_pub", arguments, input: input).status == 0)
    }

    func run(_ tool: String, _ arguments: [String], input: String? = nil) throws
        -> (status: Int32, output: String)
    {
        let output = folder.path("output")
        let ended = try start(
            "/usr/bin/\(tool)", ["-h", "127.0.0.1", "-p", "\(port)"] + arguments, output: output,
            input: input, wait: true)
        return (ended.terminationStatus, try String(contentsOfFile: output, encoding: .utf8))
    }

    private func writeSettings(_ dropIn: URL) throws {
        let text = try String(contentsOf: dropIn, encoding: .utf8)
            .replacing("listener 1883", with: "listener \(port) 127.0.0.1")
            .replacing("/etc/mosquitto/", with: "\(folder.url.path)/")
        let more = "\npersistence_location \(folder.url.path)/\nuser \(NSUserName())\n"
        try (text + more).write(
            toFile: folder.path("mosquitto.conf"), atomically: true, encoding: .utf8)
    }

    private func boot() throws {
        let started = try start(
            "/usr/sbin/mosquitto", ["-c", folder.path("mosquitto.conf")],
            output: folder.path("log"), wait: false)
        while started.isRunning {
            if log.contains(" running\n") {
                process = started
                return
            }
            usleep(10_000)
        }
    }

    private var log: String {
        (try? String(contentsOfFile: folder.path("log"), encoding: .utf8)) ?? ""
    }

    /// Children write to files, not to our pipes, so that none can keep a test waiting.
    private func start(
        _ path: String, _ arguments: [String], output: String?, input: String? = nil, wait: Bool
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let sink = output ?? folder.path("ignored")
        try Data().write(to: URL(filePath: sink))
        let handle = try #require(FileHandle(forWritingAtPath: sink))
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput =
            try input.map { try FileHandle(forReadingFrom: URL(filePath: $0)) }
            ?? FileHandle.nullDevice
        try process.run()
        if wait { process.waitUntilExit() }
        return process
    }
}
