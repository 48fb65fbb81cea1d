import Foundation
import Glibc
import TestSupport

/// The socket of a service manager: takes down what it is told, in order.
///
/// `@unchecked Sendable`: what changes is guarded by `lock`.
final class NotifySocket: @unchecked Sendable {
    let path: String
    private let folder: TemporaryFolder
    private let descriptor: Int32
    private let lock = NSLock()
    private var lines: [String] = []

    init() throws {
        let folder = try TemporaryFolder()
        path = folder.path("notify.sock")
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.folder = folder
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw TestFailure("could not bind \(path)") }
        Thread.detachNewThread { [weak self, descriptor] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0, let self else { return }
                let text = String(decoding: buffer[..<count], as: UTF8.self)
                self.lock.withLock {
                    self.lines += text.split(separator: "\n").map(String.init)
                }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// Every assignment it was sent.
    var told: [String] { lock.withLock { lines } }

    /// Those that change the service's state.
    var states: [String] {
        told.filter { ["READY=1", "RELOADING=1", "STOPPING=1"].contains($0) }
    }
}
