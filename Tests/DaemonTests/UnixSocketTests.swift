import Foundation
import Glibc
import Testing

@testable import Daemon

@Suite("Lines on the control socket")
struct UnixSocketTests {
    /// What is read after `bytes` were sent and the other end has closed.
    private func read(_ bytes: [UInt8], max: Int, until: ContinuousClock.Instant? = nil) -> [UInt8]?
    {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return nil }
        let sender = ends[1]
        let thread = Thread {
            UnixSocket.write(sender, bytes)
            close(sender)
        }
        thread.start()
        defer { close(ends[0]) }
        return UnixSocket.readLine(ends[0], max: max, until: until)
    }

    @Test("A line of some megabytes comes whole, without what follows it")
    func large() {
        let line = [UInt8](repeating: UInt8(ascii: "a"), count: 5_000_000)
        #expect(read(line + Array("\nrest\n".utf8), max: 8 << 20) == line)
        #expect(read(Array("\n".utf8), max: 10) == [])
    }

    @Test("A line without an end, one that is too long and one that is late are none")
    func none() {
        #expect(read(Array("half".utf8), max: 100) == nil)
        #expect(read([UInt8](repeating: 1, count: 300_000), max: 100_000) == nil)
        #expect(read(Array("late\n".utf8), max: 100, until: .now - .seconds(1)) == nil)
    }
}
