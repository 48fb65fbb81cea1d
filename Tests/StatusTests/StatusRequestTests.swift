import Testing

@testable import Status

@Suite struct StatusRequestTests {
    private func ask(
        _ target: String, method: String = "GET", host: String? = "localhost:9464",
        isLoopback: Bool = true
    ) throws -> StatusRequest {
        try StatusRequest(method: method, target: target, host: host, isLoopback: isLoopback)
    }

    @Test("Four paths, and what the page asks for")
    func paths() throws {
        #expect(try ask("/") == .page)
        #expect(try ask("/metrics") == .metrics)
        #expect(try ask("/healthz") == .health)
        #expect(try ask("/readyz?x=1") == .readiness)
        #expect(try ask("/api/asset?name=press%201%26&hours=999") == .asset("press 1&", hours: 168))
        #expect(throws: StatusRequest.Refusal.notFound) { try ask("/../etc/passwd") }
        #expect(throws: StatusRequest.Refusal.notFound) { try ask("/api/asset?hours=1") }
    }

    @Test("It shows and changes nothing", arguments: ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
    func methods(method: String) {
        #expect(throws: StatusRequest.Refusal.badMethod) { try ask("/", method: method) }
    }

    @Test(
        "A name that was made to point here is not answered on loopback",
        arguments: ["evil.example", "evil.example:9464", "127.0.0.1.evil.example", "10.0.0.1", nil])
    func rebinding(host: String?) {
        #expect(throws: StatusRequest.Refusal.foreignHost) { try ask("/", host: host) }
        #expect((try? ask("/", host: host, isLoopback: false)) == .page)
    }

    @Test(
        "This machine's own names are",
        arguments: ["localhost", "127.0.0.1:9464", "127.1.2.3", "[::1]:9464", "[::1]"])
    func own(host: String) throws {
        #expect(try ask("/", host: host) == .page)
    }

    @Test("An address is numbers and a port")
    func addresses() {
        #expect(ListenAddress("127.0.0.1:9464")?.isLoopback == true)
        #expect(ListenAddress("[::1]:1")?.description == "[::1]:1")
        #expect(ListenAddress("[::1]:1")?.isLoopback == true)
        #expect(ListenAddress("0.0.0.0:9464")?.isLoopback == false)
        #expect(ListenAddress("localhost:80")?.host == "127.0.0.1")
        for wrong in ["", "9464", "plant.example:80", "1.2.3.4:99999", "1.2.3.4", "::1:80"] {
            #expect(ListenAddress(wrong) == nil, "\(wrong)")
            var settings = StatusSettings()
            settings.listen = wrong
            #expect(settings.problems().count == 1)
        }
    }
}
