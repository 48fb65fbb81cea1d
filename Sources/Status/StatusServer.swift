import Foundation
import HTTPTypes
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Shows the page over HTTP.
///
/// In: requests. Out: answers of the `StatusSource`. Promised: it changes nothing; connections, waiting
/// requests and their sizes are bounded; nothing of it runs on a thread that scores. Two threads of its
/// own: one moves bytes, one asks the source. No task of it runs on the shared pool, whose threads
/// set their priority, which the unit's sandbox forbids.
package final class StatusServer: Sendable {
    /// Where it listens; with the port the kernel chose, when it was to.
    package let address: ListenAddress
    private let server: Server<HTTP1Channel>
    private let group: MultiThreadedEventLoopGroup
    private let pool: NIOThreadPool
    private let executor: LoopExecutor
    private let ended: Ending

    static let connectionsMax = 32
    /// Requests that wait for the source's thread.
    static let waitingMax = 8
    private static let idleMax = TimeAmount.seconds(75)
    private static let headerBytesMax = 16 << 10

    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    /// Listens, and answers from now on.
    ///
    /// - Throws: `Failed`: the port is in use, or the address is not of this machine.
    package init(_ address: ListenAddress, source: some StatusSource, logger: Logger) throws {
        var quiet = logger
        quiet.logLevel = .error
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let executor = LoopExecutor(group.next())
        let ended = Ending()
        let desk = StatusDesk(source: source, pool: pool, isLoopback: address.isLoopback)
        let server = Server(
            childChannelSetup: HTTP1Channel(
                responder: { request, writer, _ in
                    let answer = await desk.answer(to: request.head)
                    try await writer.write(
                        response: answer.head,
                        body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
                },
                configuration: .init(
                    idleTimeout: Self.idleMax,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: Self.headerBytesMax,
                        maxHeaderListSize: Self.headerBytesMax, maxHeaderFieldCount: 64))),
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port), backlog: 64,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    Self.connectionsMax, logger: quiet)),
            onServerRunning: { channel in ended.began(port: channel.localAddress?.port) },
            eventLoopGroup: group, logger: quiet)
        Task(executorPreference: executor) {
            do {
                try await server.run()
                ended.ended(nil)
            } catch {
                ended.ended(error)
            }
        }
        do {
            let port = try ended.waitForBeginning() ?? address.port
            self.address = ListenAddress(
                host: address.host, port: port, isLoopback: address.isLoopback)
        } catch {
            Self.end(group, pool)
            throw Failed(
                description: "could not listen at \(address): \(Self.words(error)). Set "
                    + "status.listen to another port, or to \"\" for no page.")
        }
        (self.server, self.group, self.pool) = (server, group, pool)
        (self.executor, self.ended) = (executor, ended)
    }

    /// Lets the answers under way go out, for a second at most, and frees the port.
    package func stop() {
        Task(executorPreference: executor) { [server] in try? await server.shutdownGracefully() }
        ended.waitForEnd(seconds: 1)
        Self.end(group, pool)
    }

    private static func end(_ group: MultiThreadedEventLoopGroup, _ pool: NIOThreadPool) {
        try? pool.syncShutdownGracefully()
        try? group.syncShutdownGracefully()
    }

    private static func words(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return switch error.errnoCode {
        case EADDRINUSE: "another program has this port"
        case EADDRNOTAVAIL: "this machine has no such address"
        case EACCES: "ports below 1024 are for root"
        default: String(cString: strerror(error.errnoCode))
        }
    }
}

/// Runs tasks on the thread that moves the bytes.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        loop.execute { job.runSynchronously(on: executor) }
    }
}

/// Tells a waiting thread how the server's task began and that it has ended.
private final class Ending: Sendable {
    private let outcome = Mutex<Result<Int?, any Error>?>(nil)
    private let hasBegun = DispatchSemaphore(value: 0)
    private let hasEnded = DispatchSemaphore(value: 0)

    func began(port: Int?) {
        outcome.withLock { $0 = .success(port) }
        hasBegun.signal()
    }

    func ended(_ error: (any Error)?) {
        outcome.withLock { if let error, $0 == nil { $0 = .failure(error) } }
        hasBegun.signal()
        hasEnded.signal()
    }

    func waitForBeginning() throws -> Int? {
        hasBegun.wait()
        return try outcome.withLock { try $0?.get() }
    }

    func waitForEnd(seconds: Double) {
        _ = hasEnded.wait(timeout: .now() + seconds)
    }
}
