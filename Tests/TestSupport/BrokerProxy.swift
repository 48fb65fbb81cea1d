import Foundation
import Glibc
import Synchronization

/// Stands between a client and a broker, and misbehaves when told to.
package final class BrokerProxy: Sendable {
    package enum Manner: Sendable {
        case honest
        /// Answers an MQTT 5 CONNECT as a broker of 3.1.1 does.
        case refusesMQTT5
        /// Hangs up on an MQTT 5 CONNECT, as older ones do.
        case hangsUpOnMQTT5
    }

    package let port: UInt16
    private let listener: Int32
    private let brokerPort: UInt16
    private let manner: Manner
    private let open = Mutex<[Int32]>([])

    package init(to brokerPort: UInt16, manner: Manner = .honest) throws {
        let listener = try LoopbackSocket.listening()
        self.port = listener.port
        self.listener = listener.descriptor
        self.brokerPort = brokerPort
        self.manner = manner
        let descriptor = listener.descriptor
        Thread.detachNewThread { [weak self] in
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0, let self else { return }
                Thread.detachNewThread { self.serve(client) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    package var url: String { "mqtt://127.0.0.1:\(port)" }

    /// Breaks every connection off, on both sides.
    package func cut() {
        open.withLock { for descriptor in $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }

    private func serve(_ client: Int32) {
        defer { close(client) }
        var head = [UInt8](repeating: 0, count: 4096)
        let count = recv(client, &head, head.count, 0)
        guard count > 0 else { return }
        // CONNECT: one byte of kind, one to four of length, "MQTT" with its length, the level.
        let nameStart = head.indices.dropFirst().first { head[$0] < 128 }.map { $0 + 1 } ?? 2
        if head[nameStart + 6] == 5 {
            switch manner {
            case .honest: break
            case .hangsUpOnMQTT5: return
            case .refusesMQTT5:
                _ = send(client, [0x20, 2, 0, 1], 4, Int32(MSG_NOSIGNAL))
                return
            }
        }
        guard let broker = LoopbackSocket.connected(to: brokerPort) else { return }
        defer { close(broker) }
        _ = send(broker, head, count, Int32(MSG_NOSIGNAL))
        open.withLock { $0 += [client, broker] }
        defer { open.withLock { $0.removeAll { $0 == client || $0 == broker } } }
        pump(client, broker)
    }

    private func pump(_ a: Int32, _ b: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var ends = [
            pollfd(fd: a, events: Int16(POLLIN), revents: 0),
            pollfd(fd: b, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&ends, 2, -1) > 0 {
            for (from, to) in [(0, 1), (1, 0)] where ends[from].revents != 0 {
                let count = recv(ends[from].fd, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                var sent = 0
                while sent < count {
                    let written = buffer.withUnsafeBytes {
                        send(
                            ends[to].fd, $0.baseAddress! + sent, count - sent,
                            Int32(MSG_NOSIGNAL))
                    }
                    guard written > 0 else { return }
                    sent += written
                }
            }
        }
    }
}
