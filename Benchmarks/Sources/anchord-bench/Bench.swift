import Foundation

/// What all measurements share: one broker, one folder, and the tools.
final class Bench {
    let anchord: String
    let folder: String
    let port: Int
    private let load: String
    private let broker: Child
    private var daemons = 0
    private var logs = 0

    /// Starts the broker. `anchord` is the release binary, `load` is `broker-load`.
    init(anchord: String, load: String) throws {
        self.anchord = anchord
        self.load = load
        // Not /tmp, which may be memory: what is written to disk is one of the figures.
        folder = "/var/tmp/anchord-bench.\(getpid())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        port = Int.random(in: 20_000..<60_000)
        let settings = """
            listener \(port) 127.0.0.1
            allow_anonymous true
            persistence false
            max_inflight_messages 200
            max_queued_messages 20000

            """
        try settings.write(toFile: folder + "/mosquitto.conf", atomically: true, encoding: .utf8)
        broker = try Child(
            "/usr/sbin/mosquitto", ["-c", folder + "/mosquitto.conf"],
            log: folder + "/mosquitto.log")
        usleep(500_000)
        guard broker.isRunning else {
            throw Child.Failure(description: "mosquitto did not start on port \(port); try again")
        }
    }

    func close() {
        broker.end()
        Self.removeFolders()
    }

    static func removeFolders() {
        for place in ["/var/tmp", memoryFolder].compactMap(\.self) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
            for name in names where name.hasPrefix("anchord-bench.\(getpid())") {
                try? FileManager.default.removeItem(atPath: "\(place)/\(name)")
            }
        }
    }

    private func log(_ name: String) -> String {
        logs += 1
        return "\(folder)/\(logs)-\(name).log"
    }

    /// A daemon on a fresh state, with `lines` added to its settings file. Its journal is in memory,
    /// as under systemd, or else beside the database.
    func daemon(_ lines: String = "", isJournalInMemory: Bool = true) throws -> Daemon {
        daemons += 1
        return try Daemon(
            bench: self, name: "daemon\(daemons)", lines: lines,
            isJournalInMemory: isJournalInMemory, log: log("anchord"))
    }

    func bareSubscriber(to filter: String) throws -> BareSubscriber {
        let total = (Self.memoryFolder ?? folder) + "/anchord-bench.\(getpid()).total"
        let child = try Child(
            load, ["subscribe", "port=\(port)", "filter=\(filter)", "total=\(total)"],
            log: log("subscribe"))
        try child.waitUntilReady()
        return BareSubscriber(child: child, path: total)
    }

    func watch() throws -> Child {
        let child = try Child(
            load, ["watch", "port=\(port)", "lateness_ms=500", "window_ms=1000"],
            log: log("watch"))
        try child.waitUntilReady()
        return child
    }

    func publisher(_ load: Load) throws -> Child {
        try Child(self.load, ["publish", "port=\(port)"] + load.arguments, log: log("publish"))
    }

    /// Memory that looks like a folder, as `/run` is under systemd.
    static let memoryFolder: String? =
        FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : nil
}

/// What the publisher is asked for.
struct Load {
    enum Shape: String {
        /// Three senses of 128 numbers.
        case raw, json
        /// Camera 128 numbers at 10 Hz, audio 64 at 10 Hz, logs at 2 Hz.
        case plant
    }

    var shape: Shape
    var assets = 100
    var qos = 0
    /// Event time of the first message.
    var startMs: Int
    /// Messages per second; 0: as fast as the broker takes them.
    var rate = 0
    /// Event time from one round of all assets to the next; 0: as real time passes.
    var stepMs = 0
    /// Of real time, or with a step of event time.
    var seconds: Int
    var prefix = "features"

    var arguments: [String] {
        [
            "prefix=\(prefix)", "shape=\(shape.rawValue)", "assets=\(assets)", "qos=\(qos)",
            "start_ms=\(startMs)", "rate=\(rate)", "step_ms=\(stepMs)", "seconds=\(seconds)",
        ]
    }
}

/// What the daemon is measured against.
struct BareSubscriber {
    let child: Child
    let path: String

    var total: Int {
        guard let data = FileManager.default.contents(atPath: path), data.count == 8 else {
            return 0
        }
        return Int(data.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    }

    func end() {
        child.end()
        try? FileManager.default.removeItem(atPath: path)
    }
}
