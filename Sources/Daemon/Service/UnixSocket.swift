import Glibc

/// A Unix stream socket, as far as the control line needs it.
package enum UnixSocket {
    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    /// Listens at `path`, replacing a dead predecessor's socket; owner and group may connect.
    static func listen(at path: String) throws -> Int32 {
        let attempt = "could not listen at \(path)"
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw failure(attempt) }
        if (try? connect(to: path)).map({ Glibc.close($0) }) != nil {
            Glibc.close(descriptor)
            throw Failed(
                description:
                    "\(attempt): another anchord answers there. Stop it, or set control.socket."
            )
        }
        unlink(path)
        let mask = umask(0o117)
        let bound = withAddress(path) { bind(descriptor, $0, $1) }
        umask(mask)
        guard bound == 0, Glibc.listen(descriptor, 8) == 0 else {
            let error = failure(attempt)
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Sends one line and returns the line that comes back.
    package static func ask(_ path: String, _ request: [UInt8]) throws -> [UInt8] {
        let descriptor = try connect(to: path)
        defer { Glibc.close(descriptor) }
        write(descriptor, request + [UInt8(ascii: "\n")])
        guard let line = readLine(descriptor, max: 64 << 20) else {
            throw Failed(description: "the daemon at \(path) closed the line without an answer")
        }
        return line
    }

    private static func connect(to path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw failure("could not open a socket") }
        guard withAddress(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            let advice =
                switch code {
                case ENOENT, ECONNREFUSED:
                    "no daemon is running there. Start it with `systemctl start anchord`, or name its settings with --config."
                case EACCES:
                    "access is for root and the daemon's group. Use sudo, or join the group anchord."
                default: String(cString: strerror(code))
                }
            throw Failed(description: "could not reach the daemon at \(path): \(advice)")
        }
        return descriptor
    }

    /// The next line without its end; `nil` when there is none of up to `max` bytes, or not in time.
    static func readLine(
        _ descriptor: Int32, max: Int, until deadline: ContinuousClock.Instant? = nil
    ) -> [UInt8]? {
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while line.count < max {
            if let deadline, ContinuousClock.now > deadline { return nil }
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            // Only what is new: a model file comes in hundreds of chunks.
            let new = chunk[..<count]
            if let end = new.firstIndex(of: UInt8(ascii: "\n")) { return line + new[..<end] }
            line += new
        }
        return nil
    }

    static func write(_ descriptor: Int32, _ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            sent += count
        }
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < 108 else {
            errno = ENAMETOOLONG
            return -1
        }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func failure(_ attempt: String) -> Failed {
        Failed(description: "\(attempt): \(String(cString: strerror(errno)))")
    }
}
