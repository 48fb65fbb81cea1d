import Daemon
import Foundation
import TestSupport
import Testing

/// The built binary's page, asked over HTTP.
@Suite("The status page", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct StatusPageTests {
    private let broker: MosquittoBroker

    init() throws {
        broker = try MosquittoBroker()
    }

    private func anchord(listen: String) throws -> AnchordProcess {
        var settings = TestSettings(broker.url)
        settings.more["status"] = ["listen = \"\(listen)\""]
        let anchord = try AnchordProcess(settings)
        try anchord.start()
        return anchord
    }

    /// Where it listens, as its log says.
    private func url(of anchord: AnchordProcess) throws -> String {
        try #require(anchord.logs("The status page is there"), "\(anchord.log)")
        let mark = try #require(anchord.log.range(of: "url="))
        return String(anchord.log[mark.upperBound...].prefix { !$0.isWhitespace })
    }

    private func get(_ url: String, _ more: [String] = []) throws -> String {
        try runProgram("/usr/bin/curl", ["-sS", "-i", "-m", "20"] + more + [url])
    }

    @Test("Four paths tell people, scrapers and supervisors how it is")
    func paths() throws {
        let anchord = try anchord(listen: "127.0.0.1:0")
        let url = try url(of: anchord)
        try #require(try anchord.reports { $0.broker.granted == ["features/+/+": 1] })
        let plant = TestPlant(seed: 4, seconds: 80)
        let publisher = try PlantPublisher(broker.url)
        try publisher.publish(plant.messages)
        let hostile = "<img&src=x&onerror=alert(1)>"
        try publisher.publish("features/\(hostile)/log", Array("<script>alert(1)</script>".utf8))
        try #require(
            try anchord.reports { status in
                status.assets.count == 3
                    && status.assets.filter { $0.name != hostile }.allSatisfy { $0.windows >= 77 }
            }, "\(anchord.log)")
        // What is shown is a second old at most.
        usleep(1_200_000)

        let page = try get(url)
        #expect(page.hasPrefix("HTTP/1.1 200 OK"))
        #expect(page.contains("Content-Security-Policy: default-src 'none'"))
        #expect(page.contains("X-Content-Type-Options: nosniff"))
        #expect(!page.contains("onerror=alert") && !page.lowercased().contains("set-cookie"))
        #expect(try get(url + "healthz").hasSuffix("\r\n\r\nalive\n"))
        #expect(try get(url + "readyz").hasSuffix("\r\n\r\nready\n"))

        let metrics = try get(url + "metrics")
        #expect(metrics.contains("Content-Type: text/plain; version=0.0.4"))
        #expect(metrics.contains("\nanchord_messages_total \(plant.messages.count + 1)\n"))
        #expect(
            metrics.contains("\n# TYPE anchord_asset_score gauge\nanchord_asset_score{asset=\""))
        #expect(
            metrics.contains("anchord_asset_state{asset=\"\(hostile)\",state=\"warming_up\"} 1"))
        #expect(metrics.contains("anchord_drops_total{reason=\"late\"} 0"))

        let status = try get(url + "api/status")
        #expect(status.contains("Content-Type: application/json"))
        #expect(
            status.contains("\"name\":\"press-1\"") && status.contains("\"trail\":{\"scores\":["))
        let past = try get(url + "api/asset?name=press-1&hours=1")
        #expect(past.contains("\"cells\":[[1790000"))
        #expect(try get(url + "api/asset?name=press-9").hasPrefix("HTTP/1.1 404"))
        #expect(try get(url + "api/history").contains("\"labels\":[]"))

        #expect(try get(url, ["-X", "POST"]).hasPrefix("HTTP/1.1 405"))
        #expect(try get(url, ["-H", "Host: evil.example"]).hasPrefix("HTTP/1.1 421"))
        #expect(anchord.stop() == 0)
    }

    @Test("Without its broker it is alive and not ready, and says why")
    func notReady() throws {
        let anchord = try anchord(listen: "127.0.0.1:0")
        let url = try url(of: anchord)
        try #require(try anchord.reports { $0.broker.isConnected })
        broker.kill()
        #expect(
            try eventually {
                let answer = try get(url + "readyz")
                return answer.hasPrefix("HTTP/1.1 503") && answer.contains("the broker is away")
            })
        #expect(try get(url + "healthz").hasPrefix("HTTP/1.1 200"))
    }

    @Test("A port in use costs the page and nothing else")
    func portInUse() throws {
        let first = try anchord(listen: "127.0.0.1:0")
        let address = try url(of: first).dropFirst("http://".count).dropLast()
        let second = try anchord(listen: String(address))
        try #require(second.logs("There is no status page"), "\(second.log)")
        #expect(second.log.contains("another program has this port"))
        #expect(try second.reports { $0.gateway == "gw" })
        #expect(second.stop() == 0)
    }

    @Test("No address, no page; one beyond loopback is said")
    func addresses() throws {
        let off = try anchord(listen: "")
        try #require(off.logs("Started."))
        #expect(!off.log.contains("status page"))
        off.stop()
        let open = try anchord(listen: "0.0.0.0:0")
        #expect(open.logs("for every machine that reaches this address"), "\(open.log)")
    }
}

@Suite("What commands refuse")
struct CommandWordsTests {
    @Test("A recording of bad lines alone says so, and is no success")
    func badRecording() throws {
        let anchord = try AnchordProcess(TestSettings("mqtt://127.0.0.1"))
        let path = anchord.folder.path("bad.ndjson")
        try "hello\n{\"topic\":3}\n".write(toFile: path, atomically: true, encoding: .utf8)
        let answer = try anchord.run(["replay", path, "--config", anchord.settingsPath])
        #expect(answer.status == 1)
        #expect(answer.errors.contains("nothing could be replayed: 2 lines are no recording"))
        #expect(answer.errors.contains("bad lines: 2; first: "))
    }
}
