import Foundation

/// `anchord run` as it is installed, asked over its control socket.
final class Daemon {
    let child: Child
    /// Event time goes on from run to run, so that no gap is reported between them.
    private(set) var eventMs = 1_790_000_000_000
    private let socketPath: String
    private let runtime: String
    let place: String

    struct Status {
        var accepted = 0
        var late = 0
        var overflow = 0
        var refused = 0
        var assets = 0
        var scoring = 0
        var journalBytes = 0
    }

    /// Starts it, and waits until it answers.
    init(
        bench: Bench, name: String, lines: String, isJournalInMemory: Bool, log: String
    ) throws {
        place = bench.folder + "/" + name
        runtime =
            isJournalInMemory
            ? (Bench.memoryFolder ?? bench.folder)
                + "/anchord-bench.\(getpid()).\(name)"
            : place + "/runtime"
        for folder in [place, runtime] {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        }
        socketPath = runtime + "/control.sock"
        let settings = """
            [gateway]
            # The client's id as well: the broker keeps the session of the daemon before.
            name = "\(name)"
            [broker]
            url = "mqtt://127.0.0.1:\(bench.port)"
            [log]
            format = "text"
            \(lines)

            """
        try settings.write(toFile: place + "/anchord.toml", atomically: true, encoding: .utf8)
        child = try Child(
            bench.anchord, ["run", "--config", place + "/anchord.toml"],
            environment: ["STATE_DIRECTORY": place, "RUNTIME_DIRECTORY": runtime], log: log)
        for _ in 0..<200 where (try? status()) == nil {
            usleep(50_000)
            guard child.isRunning else {
                let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                throw Child.Failure(description: "anchord did not start: \(said)")
            }
        }
        // Its subscription needs the broker's answer.
        usleep(500_000)
    }

    func end() {
        child.end(patience: 60)
        try? FileManager.default.removeItem(atPath: runtime)
        try? FileManager.default.removeItem(atPath: place)
    }

    /// Seconds of event time that the next load takes.
    func advance(seconds: Int) -> Int {
        defer { eventMs += (seconds + 2) * 1000 }
        return eventMs
    }

    /// Feeds what warms it up, and waits until every asset is scoring.
    ///
    /// The past comes at `rate` messages per second, a round every `stepMs` of event time, so that five
    /// minutes take a fraction of that. Everything after it is in real time.
    func warmUp(
        _ bench: Bench, _ shape: Load.Shape, assets: Int, rate: Int, stepMs: Int = 250
    ) throws {
        let seconds = 310
        let load = Load(
            shape: shape, assets: assets, qos: 1, startMs: advance(seconds: seconds), rate: rate,
            stepMs: stepMs, seconds: seconds)
        _ = try bench.publisher(load).report()
        let limit = Date(timeIntervalSinceNow: 600)
        while try status().scoring < assets {
            guard Date() < limit else {
                throw Child.Failure(description: "\(assets) assets did not warm up in 10 minutes")
            }
            sleep(5)
            // What the broker dropped on the way is made up for.
            guard try status().scoring < assets else { break }
            let more = Load(
                shape: shape, assets: assets, qos: 1, startMs: advance(seconds: 20), rate: rate,
                stepMs: stepMs, seconds: 20)
            _ = try bench.publisher(more).report()
        }
    }

    func status() throws -> Status {
        let answer = try ask(#"{"command":"status"}"#)
        guard
            let reply = try JSONSerialization.jsonObject(with: answer) as? [String: Any],
            let report = reply["status"] as? [String: Any]
        else { throw Child.Failure(description: "the daemon does not say how it is") }
        var status = Status()
        status.journalBytes = report["journalBytes"] as? Int ?? 0
        status.refused = (report["refused"] as? [String: Int] ?? [:]).values.reduce(0, +)
        for asset in report["assets"] as? [[String: Any]] ?? [] {
            status.assets += 1
            if asset["model"] is String { status.scoring += 1 }
            for stream in asset["streams"] as? [[String: Any]] ?? [] {
                status.accepted += stream["accepted"] as? Int ?? 0
                status.late += stream["late"] as? Int ?? 0
                status.overflow += stream["overflow"] as? Int ?? 0
            }
        }
        return status
    }

    private func ask(_ request: String) throws -> Data {
        let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else {
            throw Child.Failure(description: "nobody listens on \(socketPath)")
        }
        let line = Array((request + "\n").utf8)
        guard send(file, line, line.count, Int32(MSG_NOSIGNAL)) == line.count else {
            throw Child.Failure(description: "the daemon takes no request")
        }
        var answer = Data()
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = recv(file, &part, part.count, 0), count > 0 {
            answer.append(contentsOf: part[..<count])
        }
        return answer
    }
}
