import Foundation

/// What may be asked of the page, and why something else is refused.
///
/// A value: the decision needs the request's first line and its `Host`, nothing else.
package enum StatusRequest: Equatable, Sendable {
    case page
    /// Everything the page shows by now.
    case overview
    /// One asset's last hours.
    case asset(String, hours: Int)
    /// Alarms and labels of all assets.
    case history
    case metrics, health, readiness

    package enum Refusal: Error, Equatable, Sendable {
        case notFound
        /// It shows and changes nothing.
        case badMethod
        /// A page of somewhere else asks, through a name that points here.
        case foreignHost

        package var words: String {
            switch self {
            case .notFound:
                "There is nothing here. There are /, /metrics, /healthz and /readyz.\n"
            case .badMethod: "Only GET: this page shows and changes nothing.\n"
            case .foreignHost:
                "This page is for this machine alone and was asked for under another name. Ask for "
                    + "localhost or 127.0.0.1 (a tunnel: ssh -L 9464:localhost:9464 gateway), or set "
                    + "status.listen to an address of the plant's network.\n"
            }
        }
    }

    /// - Parameters:
    ///   - method: as the request line has it.
    ///   - target: path and query.
    ///   - host: of the `Host` field, with or without its port.
    ///   - isLoopback: We listen to this machine alone. Then only its own names are answered to: a site
    ///     whose name is made to point at 127.0.0.1 (DNS rebinding) would read the page through a
    ///     visitor's browser.
    /// - Throws: why it is not answered.
    package init(
        method: String, target: String, host: String?, isLoopback: Bool
    ) throws(Refusal) {
        guard method == "GET" else { throw .badMethod }
        guard !isLoopback || Self.isOwn(host ?? "") else { throw .foreignHost }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        switch parts.first {
        case "/": self = .page
        case "/api/status": self = .overview
        case "/api/history": self = .history
        case "/api/asset":
            let query = Self.query(parts.count > 1 ? parts[1] : "")
            guard let name = query["name"], !name.isEmpty else { throw .notFound }
            let hours = query["hours"].flatMap { Int($0) } ?? 24
            self = .asset(name, hours: min(max(hours, 1), Self.hoursMax))
        case "/metrics": self = .metrics
        case "/healthz": self = .health
        case "/readyz": self = .readiness
        default: throw .notFound
        }
    }

    /// A week: what one look may read is bounded.
    package static let hoursMax = 168

    private static func isOwn(_ host: String) -> Bool {
        if host.hasPrefix("[") { return host == "[::1]" || host.hasPrefix("[::1]:") }
        let name = host.prefix { $0 != ":" }
        return name == "localhost" || ListenAddress("\(name):0")?.isLoopback == true
    }

    private static func query(_ text: Substring) -> [String: String] {
        var values: [String: String] = [:]
        for pair in text.split(separator: "&").prefix(8) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2,
                let value = sides[1].replacing("+", with: " ").removingPercentEncoding
            else { continue }
            values[String(sides[0])] = value
        }
        return values
    }
}
