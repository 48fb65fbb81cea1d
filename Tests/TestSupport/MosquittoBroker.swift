import Foundation
import Glibc

/// A real mosquitto of a test's own, on a free loopback port, in a folder of its own.
///
/// Its output goes to a file, or `swift test` would wait for its pipe.
package final class MosquittoBroker: @unchecked Sendable {
    package struct Options: Sendable {
        package var isPersistent = false
        /// Further lines of its settings file.
        package var lines: [String] = []
        /// User and password; `nil`: everyone may come in.
        package var login: (user: String, password: String)?
        package var isTLS = false
        package var needsClientCertificate = false

        package init() {}
    }

    package let port: UInt16
    package let folder: TemporaryFolder
    private let options: Options
    private var process: Process?

    package static let program = "/usr/sbin/mosquitto"

    package static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

    package init(_ options: Options = Options(), isStarted: Bool = true) throws {
        self.options = options
        port = try freePort()
        folder = try TemporaryFolder()
        if options.isTLS { try makeCertificates() }
        if let login = options.login {
            try runProgram(
                "/usr/bin/mosquitto_passwd",
                ["-b", "-c", folder.path("passwords"), login.user, login.password])
        }
        try writeSettings()
        if isStarted { try start() }
    }

    deinit {
        kill()
    }

    package var url: String { "\(options.isTLS ? "mqtts" : "mqtt")://127.0.0.1:\(port)" }

    package func start() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = ["-c", folder.path("mosquitto.conf"), "-v"]
        _ = FileManager.default.createFile(atPath: folder.path("log"), contents: nil)
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path("log")))
        process.standardOutput = log
        process.standardError = log
        process.standardInput = FileHandle.nullDevice
        // The threads of a test block signals, and a process started from one would never see SIGTERM.
        try withAllSignals { try process.run() }
        self.process = process
        for _ in 0..<500 {
            if canConnect(to: port) { return }
            usleep(10_000)
        }
        throw BrokerFailure(description: "mosquitto did not listen: \(logText)")
    }

    package func kill() { end(by: SIGKILL) }

    /// In good order: sessions and retained messages are saved when the broker is persistent.
    package func stop() { end(by: SIGTERM) }

    private func end(by signal: Int32) {
        guard let process else { return }
        Glibc.kill(process.processIdentifier, signal)
        process.waitUntilExit()
        self.process = nil
    }

    /// What mosquitto wrote since its last start.
    package var logText: String {
        (try? String(contentsOfFile: folder.path("log"), encoding: .utf8)) ?? ""
    }

    private func writeSettings() throws {
        var lines = [
            "listener \(port) 127.0.0.1", "user root", "max_queued_messages 100000",
            "persistence \(options.isPersistent)", "persistence_location \(folder.url.path)/",
        ]
        if options.login != nil {
            lines += ["allow_anonymous false", "password_file \(folder.path("passwords"))"]
        } else {
            lines += ["allow_anonymous true"]
        }
        if options.isTLS {
            lines += [
                "cafile \(folder.path("ca.crt"))", "certfile \(folder.path("server.crt"))",
                "keyfile \(folder.path("server.key"))",
                "require_certificate \(options.needsClientCertificate)",
            ]
        }
        lines += options.lines
        try (lines.joined(separator: "\n") + "\n")
            .write(toFile: folder.path("mosquitto.conf"), atomically: true, encoding: .utf8)
    }

    /// `ca.crt`, `server.{crt,key}` for 127.0.0.1, and `client.{crt,key}`, valid for a day.
    private func makeCertificates() throws {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try runProgram(
            "/usr/bin/openssl",
            ["req", "-x509"] + key + [
                "-subj", "/CN=test CA", "-days", "1", "-keyout", folder.path("ca.key"), "-out",
                folder.path("ca.crt"),
            ])
        for name in ["server", "client"] {
            try "subjectAltName=IP:127.0.0.1,DNS:localhost\n".write(
                toFile: folder.path("names"), atomically: true, encoding: .utf8)
            try runProgram(
                "/usr/bin/openssl",
                ["req"] + key + [
                    "-subj", "/CN=\(name)", "-keyout", folder.path("\(name).key"), "-out",
                    folder.path("\(name).csr"),
                ])
            try runProgram(
                "/usr/bin/openssl",
                [
                    "x509", "-req", "-days", "1", "-in", folder.path("\(name).csr"), "-CA",
                    folder.path("ca.crt"), "-CAkey", folder.path("ca.key"), "-CAcreateserial",
                    "-extfile", folder.path("names"), "-out", folder.path("\(name).crt"),
                ])
        }
    }
}

package struct BrokerFailure: Error, CustomStringConvertible {
    package let description: String
}

/// Runs a program to its end and returns what it printed; throws when it failed.
@discardableResult
package func runProgram(_ program: String, _ arguments: [String]) throws -> String {
    let folder = try TemporaryFolder()
    _ = FileManager.default.createFile(atPath: folder.path("out"), contents: nil)
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path("out")))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let text = try String(contentsOfFile: folder.path("out"), encoding: .utf8)
    guard process.terminationStatus == 0 else {
        throw BrokerFailure(description: "\(program) \(process.terminationStatus): \(text)")
    }
    return text
}

/// Runs `body` with no signal blocked on this thread, so that a process it starts blocks none.
private func withAllSignals<Result>(_ body: () throws -> Result) rethrows -> Result {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
}

/// A loopback port nobody listens on at this moment.
package func freePort() throws -> UInt16 {
    let listener = try LoopbackSocket.listening()
    defer { close(listener.descriptor) }
    return listener.port
}

private func canConnect(to port: UInt16) -> Bool {
    guard let descriptor = LoopbackSocket.connected(to: port) else { return false }
    close(descriptor)
    return true
}
