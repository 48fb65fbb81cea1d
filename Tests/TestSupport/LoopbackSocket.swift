import Glibc

/// TCP on 127.0.0.1, as far as tests need it.
enum LoopbackSocket {
    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    /// A listener on a port the system chose.
    static func listening() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            guard bind(descriptor, pointer, length) == 0, listen(descriptor, 8) == 0 else {
                return Int32(-1)
            }
            return getsockname(descriptor, pointer, &length)
        }
        guard code == 0 else { throw BrokerFailure(description: "no free loopback port") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    static func connected(to port: UInt16) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = address(port)
        let code = withUnsafeMutableBytes(of: &address) { bytes in
            connect(
                descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        if code == 0 { return descriptor }
        close(descriptor)
        return nil
    }
}
