import Glibc

/// An address of this machine and a port, as `status.listen` names them.
///
/// Numbers, not names: a name would have to be asked for, and a resolver that does not answer would hold
/// up the start. `localhost` stands for 127.0.0.1.
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
    /// `127.0.0.1` or `::1`, without brackets.
    package let host: String
    package let port: Int
    /// Only programs of this machine can reach it.
    package let isLoopback: Bool

    /// Reads `127.0.0.1:9464`, `localhost:9464` or `[::1]:9464`; `nil` for anything else. Port 0 lets
    /// the kernel choose one.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = String(text[..<colon])
        if host == "localhost" { host = "127.0.0.1" }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            var address = in6_addr()
            guard inet_pton(AF_INET6, host, &address) == 1 else { return nil }
            let bytes = withUnsafeBytes(of: &address) { [UInt8]($0) }
            isLoopback = bytes == [UInt8](repeating: 0, count: 15) + [1]
        } else {
            var address = in_addr()
            guard inet_pton(AF_INET, host, &address) == 1 else { return nil }
            isLoopback = withUnsafeBytes(of: &address) { $0[0] == 127 }
        }
        self.host = host
        self.port = Int(port)
    }

    package init(host: String, port: Int, isLoopback: Bool) {
        (self.host, self.port, self.isLoopback) = (host, port, isLoopback)
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
