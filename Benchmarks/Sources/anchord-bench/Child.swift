import Foundation
import Synchronization

/// A process of ours, and what the kernel knows about it.
final class Child {
    private let process = Process()
    private let output = Pipe()

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Starts `program`, whose standard error goes to the file `log`.
    init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], log: String
    ) throws {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
        let pid = process.processIdentifier
        Self.started.withLock { _ = $0.insert(pid) }
    }

    /// Processes started and not yet waited for: nobody else ends them when we are interrupted.
    private static let started = Mutex<Set<Int32>>([])

    static func killAll() {
        started.withLock { for pid in $0 { kill(pid, SIGKILL) } }
    }

    var isRunning: Bool { process.isRunning }

    /// Waits for the word "ready" on its output.
    func waitUntilReady() throws {
        let word = output.fileHandleForReading.availableData
        guard String(decoding: word, as: UTF8.self).hasPrefix("ready") else {
            throw Failure(description: "\(process.executableURL!.path) did not become ready")
        }
    }

    /// Its output when it has ended, one JSON object.
    func report() throws -> [String: Double] {
        let data = output.fileHandleForReading.readDataToEndOfFile()
        wait()
        guard process.terminationStatus == 0,
            let object = try? JSONDecoder().decode([String: Double].self, from: data)
        else {
            throw Failure(
                description: "\(process.arguments ?? []) ended with \(process.terminationStatus)")
        }
        return object
    }

    func terminate() { process.terminate() }

    /// Ends it, and waits for that.
    func end(patience seconds: Double = 15) {
        guard process.isRunning else { return }
        process.terminate()
        let limit = Date(timeIntervalSinceNow: seconds)
        while process.isRunning, Date() < limit { usleep(20_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        wait()
    }

    private func wait() {
        process.waitUntilExit()
        let pid = process.processIdentifier
        Self.started.withLock { _ = $0.remove(pid) }
    }

    /// Seconds of processor time, user and system, so far.
    var processorSeconds: Double {
        let fields = text("stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12 else { return 0 }
        // Fields 14 and 15 of proc(5), counted from after the name; 100 ticks are a second.
        return (Double(fields[11])! + Double(fields[12])!) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Memory now and at its highest, MB of 10⁶ bytes.
    var residentMB: (now: Double, peak: Double) {
        (number("VmRSS:", in: "status") * 1.024e-3, number("VmHWM:", in: "status") * 1.024e-3)
    }

    /// Bytes it has made the disks write.
    var writtenBytes: Double { number("write_bytes:", in: "io") }

    private func number(_ key: String, in file: String) -> Double {
        for line in text(file).split(separator: "\n") where line.hasPrefix(key) {
            return Double(
                line.split(separator: " ", omittingEmptySubsequences: true)
                    .flatMap { $0.split(separator: "\t") }[1]) ?? 0
        }
        return 0
    }

    private func text(_ file: String) -> String {
        (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/\(file)", encoding: .utf8))
            ?? ""
    }
}
