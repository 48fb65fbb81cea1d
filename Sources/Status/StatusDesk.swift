import HTTPTypes
import NIOPosix
import Synchronization

/// Takes requests to the source, one at a time, and turns away those that are too many.
struct StatusDesk<Source: StatusSource>: Sendable {
    private let source: Source
    private let pool: NIOThreadPool
    private let isLoopback: Bool
    private let waiting = Waiting()

    private final class Waiting: Sendable {
        let count = Atomic(0)
    }

    init(source: Source, pool: NIOThreadPool, isLoopback: Bool) {
        (self.source, self.pool, self.isLoopback) = (source, pool, isLoopback)
    }

    func answer(to head: HTTPRequest) async -> StatusAnswer {
        let request: StatusRequest
        do {
            request = try StatusRequest(
                method: head.method.rawValue, target: head.path ?? "",
                host: head.authority, isLoopback: isLoopback)
        } catch {
            return StatusAnswer(error)
        }
        // Alive is alive, however many wait.
        if request == .health { return .alive }
        let before = waiting.count.wrappingAdd(1, ordering: .relaxed).oldValue
        defer { waiting.count.wrappingSubtract(1, ordering: .relaxed) }
        guard before < StatusServer.waitingMax else { return .busy }
        let source = source
        return (try? await pool.runIfActive { StatusAnswer(to: request, from: source) }) ?? .busy
    }
}

extension StatusAnswer {
    /// With the fields that every answer has: nothing here is to be kept, guessed at or framed.
    var head: HTTPResponse {
        var fields = HTTPFields()
        fields[.contentType] = contentType
        fields[.contentLength] = String(body.count)
        fields[.cacheControl] = "no-store"
        for (name, value) in Self.guardFields.merging(self.fields, uniquingKeysWith: { $1 }) {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return HTTPResponse(status: .init(code: status), headerFields: fields)
    }

    static let guardFields = [
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    ]
}
