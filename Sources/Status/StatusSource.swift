/// What is shown, by whoever knows it.
///
/// Called from the page's own thread, one call at a time; it may wait and read files there.
package protocol StatusSource: Sendable {
    /// Everything the page shows by now, as JSON.
    func overview() throws -> [UInt8]
    /// One asset's last hours, as JSON; `nil`: there is no such asset.
    func asset(_ name: String, hours: Int) throws -> [UInt8]?
    /// Alarms and labels of all assets, newest first, as JSON.
    func history() throws -> [UInt8]
    /// In Prometheus' text format.
    func metrics() throws -> [UInt8]
    /// `nil`: ready. Else why not, as a line.
    func reasonNotReady() -> String?
}

/// One answer over HTTP.
package struct StatusAnswer: Sendable, Equatable {
    package var status: Int
    package var contentType: String
    package var body: [UInt8]
    /// Beyond those that every answer has.
    package var fields: [String: String] = [:]

    static let text = "text/plain; charset=utf-8"
    static let json = "application/json"

    /// Of `source`, to what was asked. Never throws: what cannot be answered is said.
    package init(to request: StatusRequest, from source: some StatusSource) {
        do {
            switch request {
            case .page: self = .page()
            case .overview: self.init(200, Self.json, try source.overview())
            case .history: self.init(200, Self.json, try source.history())
            case .asset(let name, let hours):
                guard let body = try source.asset(name, hours: hours) else {
                    self.init(404, Self.text, Array("There is no such asset.\n".utf8))
                    return
                }
                self.init(200, Self.json, body)
            case .metrics:
                self.init(200, Exposition.contentType, try source.metrics())
            case .health: self = .alive
            case .readiness:
                let reason = source.reasonNotReady()
                self.init(
                    reason == nil ? 200 : 503, Self.text, Array(((reason ?? "ready") + "\n").utf8))
            }
        } catch {
            self.init(503, Self.text, Array("\(error)\n".utf8))
        }
    }

    package init(_ refusal: StatusRequest.Refusal) {
        switch refusal {
        case .notFound: self.init(404, Self.text, Array(refusal.words.utf8))
        case .badMethod:
            self.init(405, Self.text, Array(refusal.words.utf8))
            fields = ["Allow": "GET"]
        case .foreignHost: self.init(421, Self.text, Array(refusal.words.utf8))
        }
    }

    /// The process answers; that is all it says.
    static let alive = StatusAnswer(200, text, Array("alive\n".utf8))

    static let busy: StatusAnswer = {
        var answer = StatusAnswer(
            503, text, Array("Too many look at this page at once; try again.\n".utf8))
        answer.fields = ["Retry-After": "2"]
        return answer
    }()

    init(_ status: Int, _ contentType: String, _ body: [UInt8]) {
        (self.status, self.contentType, self.body) = (status, contentType, body)
    }
}
