import Foundation

/// `anchord-bench ANCHORD [throughput|memory|disk|latency|training]...`: the figures of docs/performance.md, in
/// one run on one broker.
@main
struct Main {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 1 else {
            print(
                "usage: anchord-bench ANCHORD-BINARY [throughput] [memory] [disk] [latency] [training]"
            )
            exit(64)
        }
        let interruptions = [SIGINT, SIGTERM].map { number in
            // Not SIG_IGN, which our children would inherit.
            signal(number) { _ in }
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                Child.killAll()
                Bench.removeFolders()
                exit(128 + number)
            }
            source.resume()
            return source
        }
        defer { for source in interruptions { source.cancel() } }
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let bench = try Bench(
            anchord: arguments[1],
            load: own.deletingLastPathComponent().appendingPathComponent("broker-load").path)
        defer { bench.close() }
        let wanted = Set(arguments.dropFirst(2))
        func isWanted(_ part: String) -> Bool { wanted.isEmpty || wanted.contains(part) }
        if isWanted("throughput") { try throughput(bench) }
        if isWanted("latency") { try latency(bench) }
        if isWanted("training") { try training(bench) }
        if isWanted("disk") { try disk(bench) }
        if isWanted("memory") { try memory(bench) }
    }

    private static func throughput(_ bench: Bench) throws {
        row("", "bare /s", "anchord /s", "ratio", "bare us", "anchord us", "ratio")
        for shape in [Load.Shape.raw, .json] {
            let daemon = try bench.daemon(shape == .raw ? Throughput.rawStreams : "")
            defer { daemon.end() }
            try daemon.warmUp(bench, shape, assets: 100, rate: 15_000)
            let throughput = Throughput(bench: bench, shape: shape)
            for qos in [0, 1] {
                let pairs = try (0..<5).map { _ in try throughput.flood(daemon, qos: qos) }
                row(
                    "\(shape.rawValue), QoS \(qos), as fast as it goes",
                    number(median(pairs.map(\.bare.perSecond)), 0),
                    number(median(pairs.map(\.daemon.perSecond)), 0),
                    number(median(pairs.map { $0.daemon.perSecond / $0.bare.perSecond }), 2),
                    number(median(pairs.map(\.bare.microseconds)), 2),
                    number(median(pairs.map(\.daemon.microseconds)), 2),
                    number(median(pairs.map { $0.daemon.microseconds / $0.bare.microseconds }), 2))
            }
            let best = try throughput.lossless(daemon, from: 30_000)
            row(
                "\(shape.rawValue), QoS 0, nothing lost", "\(best.bare)", "\(best.daemon)",
                number(Double(best.daemon) / Double(best.bare), 2))
            let status = try daemon.status()
            row(
                "  meanwhile: refused \(status.refused), late \(status.late), beyond frames_max",
                "\(status.overflow)")
        }
    }

    private static func latency(_ bench: Bench) throws {
        let daemon = try bench.daemon()
        defer { daemon.end() }
        try daemon.warmUp(bench, .json, assets: 100, rate: 20_000)
        latencyHeader()
        try latency(bench, daemon, "5,000 messages/s, 100 assets")
    }

    /// The same daemon without and with a training from its archive, in turns: by `anchord train` at
    /// the lowest priority, and by its own schedule.
    private static func training(_ bench: Bench) throws {
        latencyHeader()
        do {
            let daemon = try bench.daemon()
            defer { daemon.end() }
            try daemon.warmUp(bench, .json, assets: 100, rate: 20_000)
            for _ in 0..<2 {
                try latency(bench, daemon, "5,000 messages/s, 100 assets")
                let trainer = try Child(
                    "/usr/bin/nice",
                    [
                        "-n", "19", bench.anchord, "train", "--archive", "--config",
                        daemon.place + "/anchord.toml", "--out", daemon.place + "/m.safetensors",
                        "--epochs", "100000", "--patience", "100000", "--threads", "1",
                    ], environment: ["STATE_DIRECTORY": daemon.place],
                    log: bench.folder + "/train.log")
                try latency(bench, daemon, "  beside anchord train, at nice 19")
                trainer.end(patience: 10)
            }
        }
        let daemon = try bench.daemon("[learning]\nretrain_every = \"60s\"\nepochs = 1000")
        defer { daemon.end() }
        try daemon.warmUp(bench, .json, assets: 100, rate: 20_000)
        try latency(bench, daemon, "  with trainings on the daemon's schedule")
    }

    private static func latencyHeader() {
        row("window close to verdict, ms", "p50", "p90", "p99", "p99.9", "max", "verdicts")
    }

    private static func latency(_ bench: Bench, _ daemon: Daemon, _ title: String) throws {
        let watch = try bench.watch()
        let seconds = 60
        let load = Load(
            shape: .json, startMs: daemon.advance(seconds: seconds), rate: 5000, seconds: seconds)
        _ = try bench.publisher(load).report()
        sleep(1)
        watch.terminate()
        let report = try watch.report()
        row(
            title,
            number(report["p50"]!, 2), number(report["p90"]!, 2), number(report["p99"]!, 2),
            number(report["p999"]!, 2), number(report["max"]!, 2), number(report["count"]!, 0))
    }

    private static func disk(_ bench: Bench) throws {
        row("written to disk, 100 assets, 2,200 messages/s", "MB/day")
        for isInMemory in [true, false] {
            let daemon = try bench.daemon(isJournalInMemory: isInMemory)
            defer { daemon.end() }
            // At the pace of an ordinary day: another one would be an alarm, and those are all kept.
            try daemon.warmUp(bench, .plant, assets: 100, rate: 20_000, stepMs: 100)
            let place = isInMemory ? "  journal in memory" : "  journal on disk"
            row(
                place + ", while the archive fills",
                number(try writtenPerDay(bench, daemon) / 1e6, 0))
            guard isInMemory else { continue }
            // Forty minutes more: the archive is full and takes every fourth block.
            let past = 2400
            let history = Load(
                shape: .plant, qos: 1, startMs: daemon.advance(seconds: past), rate: 25_000,
                stepMs: 100, seconds: past)
            _ = try bench.publisher(history).report()
            row(
                place + ", forty minutes later", number(try writtenPerDay(bench, daemon) / 1e6, 0))
        }
    }

    /// Two minutes of an ordinary day, after the commits of what came before.
    private static func writtenPerDay(_ bench: Bench, _ daemon: Daemon) throws -> Double {
        let seconds = 190
        let load = Load(
            shape: .plant, startMs: daemon.advance(seconds: seconds), rate: 2200, seconds: seconds)
        let publisher = try bench.publisher(load)
        sleep(60)
        let before = daemon.child.writtenBytes
        sleep(120)
        let written = daemon.child.writtenBytes - before
        _ = try publisher.report()
        return written / 120 * 86_400
    }

    private static func memory(_ bench: Bench) throws {
        row("resident, camera 128 + audio 64 + log", "MB", "peak MB", "journal MB")
        for assets in [100, 1000] {
            let daemon = try bench.daemon()
            defer { daemon.end() }
            try daemon.warmUp(bench, .plant, assets: assets, rate: 20_000)
            let seconds = 20
            let load = Load(
                shape: .plant, assets: assets, startMs: daemon.advance(seconds: seconds),
                rate: 22 * assets, seconds: seconds)
            _ = try bench.publisher(load).report()
            let resident = daemon.child.residentMB
            row(
                "\(assets) assets, all warmed up at once", number(resident.now, 0),
                number(resident.peak, 0),
                number(Double(try daemon.status().journalBytes) / 1e6, 0))
        }
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }

    private static func number(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    private static func row(_ title: String, _ cells: String...) {
        let padding = String(repeating: " ", count: max(0, 46 - title.count))
        let line =
            title + padding
            + cells.map {
                String(repeating: " ", count: max(1, 12 - $0.count)) + $0
            }.joined()
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
