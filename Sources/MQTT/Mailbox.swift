import Glibc
import Synchronization

/// Work that other threads leave for the broker thread, and the bell that wakes it.
///
/// The bell is a pipe, because `poll` waits for it together with the socket.
final class Mailbox: Sendable {
    private let work = Mutex<[@Sendable () -> Void]>([])
    private let readEnd: Int32
    private let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no file descriptors left for a pipe")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Readable after a `ring`.
    var descriptor: Int32 { readEnd }

    func post(_ body: @escaping @Sendable () -> Void) {
        work.withLock { $0.append(body) }
        ring()
    }

    func ring() {
        var byte: UInt8 = 1
        // A full pipe rings already.
        _ = write(writeEnd, &byte, 1)
    }

    /// Silences the bell, and returns the work in the order it was left.
    func takeAll() -> [@Sendable () -> Void] {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(readEnd, &bytes, bytes.count) > 0 {}
        return work.withLock { work in
            defer { work = [] }
            return work
        }
    }
}
