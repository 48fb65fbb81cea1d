/// Where the broker listens, as `mqtt://host[:port]` or `mqtts://host[:port]` says it.
package struct BrokerAddress: Equatable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16
    package let isTLS: Bool

    /// Why a URL is none of ours, as a sentence for the operator.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// Reads a URL, and refuses what would silently be ignored.
    package init(_ url: String) throws(Fault) {
        let rest: Substring
        if url.hasPrefix("mqtts://") {
            isTLS = true
            rest = url.dropFirst("mqtts://".count)
        } else if url.hasPrefix("mqtt://") {
            isTLS = false
            rest = url.dropFirst("mqtt://".count)
        } else if url.contains("@") {
            // Not shown: what stands before the `@` may be a password.
            throw Fault(description: "broker.url must start with mqtt:// or mqtts://.")
        } else {
            throw Fault(
                description: "broker.url is \"\(url)\", but must start with mqtt:// or mqtts://.")
        }
        if rest.contains("@") {
            throw Fault(
                description: "broker.url holds a user or a password, which everyone may read there;"
                    + " use broker.user and broker.password_file.")
        }
        var authority = rest
        if authority.hasSuffix("/") { authority.removeLast() }
        if authority.contains(where: { "/?#".contains($0) }) {
            throw Fault(
                description:
                    "broker.url is \"\(url)\", but a broker has no path; give host and port.")
        }
        let (host, port) = Self.split(authority)
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else {
            throw Fault(description: "broker.url is \"\(url)\", but names no host.")
        }
        self.host = String(host)
        if let port {
            guard let number = UInt16(port), number > 0 else {
                throw Fault(
                    description:
                        "broker.url is \"\(url)\", but \"\(port)\" is no port (1 to 65535).")
            }
            self.port = number
        } else {
            self.port = isTLS ? 8883 : 1883
        }
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Host and port apart; an IPv6 address stands in brackets, as its colons are not the port's.
    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?) {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            let host = authority[authority.index(after: authority.startIndex)..<end]
            let tail = authority[authority.index(after: end)...]
            if tail.isEmpty { return (host, nil) }
            return tail.hasPrefix(":") ? (host, tail.dropFirst()) : ("", nil)
        }
        guard let colon = authority.lastIndex(of: ":") else { return (authority, nil) }
        let host = authority[..<colon]
        return host.contains(":") ? ("", nil) : (host, authority[authority.index(after: colon)...])
    }
}
