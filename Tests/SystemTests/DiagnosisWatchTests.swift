import Daemon
import Foundation
import MQTT
import Signals
import SimulatedPlant
import TestSupport
import Testing

/// The daemon's own diagnosis: a press whose microphone is stamped two seconds late for some minutes.
@Suite("Diagnosis in the daemon", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct DiagnosisWatchTests {
    private let broker: MosquittoBroker
    private let listener: Listener
    private static let topic = "anchord/gw/asset/press-1/diagnosis"
    /// Windows from look to look.
    private static let every = 120

    init() throws {
        broker = try MosquittoBroker()
        listener = try Listener(broker.url, filters: ["anchord/#"])
    }

    /// From `late` on audio is stamped two seconds after what it shows.
    private func messages(seconds: Int, late: Range<Int>) -> [Message] {
        func plant(audioOffset: Duration) -> [Message] {
            var settings = PlantSettings(start: EventTime(milliseconds: 1_790_000_000_000))
            settings.seed = 3
            settings.assets = 1
            settings.duration = .seconds(seconds)
            settings.faultFree = .seconds(seconds)
            settings.camera = .init(rate: 6, dimension: 32, clockOffset: .zero)
            settings.audio = .init(rate: 6, dimension: 24, clockOffset: audioOffset)
            settings.log.clockOffset = .zero
            return Plant(settings: settings).compactMap { event in
                if case .message(let message) = event.kind { message } else { nil }
            }
        }
        let plain = plant(audioOffset: .zero)
        let moved = plant(audioOffset: .seconds(2))
        // Stamps do not touch the order, or what is sent.
        return zip(plain, moved).map { plain, moved in
            late.contains(Self.second(of: plain)) ? moved : plain
        }
    }

    private static func second(of message: Message) -> Int {
        Int((message.arrival.wall / 1_000_000 - 1_790_000_000_000) / 1000)
    }

    private func started(_ diagnosis: [String]) throws -> AnchordProcess {
        var settings = TestSettings(broker.url)
        settings.warmUp = 160
        settings.more = [
            "diagnosis": ["every = \"\(Self.every)s\"", "windows = 240"] + diagnosis
        ]
        let anchord = try AnchordProcess(settings)
        try anchord.start()
        try #require(try anchord.reports { $0.broker.granted == ["features/+/+": 1] })
        return anchord
    }

    /// Plays on to `last`, and waits for each look: at this pace the next would find it running.
    private func play(
        _ messages: [Message], from first: Int, to last: Int, _ publisher: PlantPublisher,
        _ anchord: AnchordProcess
    ) throws {
        for from in stride(from: first, to: last, by: Self.every) {
            let to = from + Self.every
            // From the plant's start: a window's number is its second.
            try publisher.publish(
                messages.filter { ((from > 10 ? from : 0)..<to).contains(Self.second(of: $0)) })
            try #require(
                try anchord.reports { status in
                    status.assets.first?.windows ?? 0 >= to - 5
                        && status.diagnosis?.looksWaiting == 0
                }, "\(from): \(anchord.log)")
        }
    }

    @Test(
        "A late sense is told on MQTT, retained and in the status, and taken back when it is in step"
    )
    func reported() throws {
        defer { listener.close() }
        let anchord = try started([])
        let publisher = try PlantPublisher(broker.url)
        // Looks fall on multiples of 120 windows, and a piece ends a little after one.
        let messages = messages(seconds: 1100, late: 250..<610)
        try play(messages, from: 10, to: 610, publisher, anchord)
        #expect(listener.hears { $0.last(Self.topic)?.contains("\"kind\":\"lag\"") == true })
        let told = try #require(try retained(Self.topic, at: broker.url)[Self.topic])
        let payload = try JSONDecoder.ofAnswers.decode(Payload.self, from: Data(told.utf8))
        let finding = try #require(payload.findings.first)
        #expect(finding.kind == "lag" && finding.stream == "audio" && finding.severity == "wrong")
        #expect(finding.headline.contains("s behind"), "\(told)")
        #expect(payload.corrections.isEmpty)
        let text = try anchord.run(["status", "--config", anchord.settingsPath]).output
        #expect(text.contains("diagnosis: 1 found"), "\(text)")
        #expect(text.contains("wrong: audio of press-1 runs"))
        // A restart tells nothing anew; what had not been committed goes out again as it was.
        anchord.kill()
        try anchord.start()
        try #require(try anchord.reports { $0.diagnosis?.findings.count == 1 })
        try play(messages, from: 610, to: 1090, publisher, anchord)
        #expect(
            listener.hears { $0.last(Self.topic)?.contains("\"findings\":[]") == true },
            "\(listener.heard.payloads(Self.topic))")
        let distinct = Set(listener.heard.payloads(Self.topic))
        #expect(distinct.count == 2, "\(distinct)")
        #expect(anchord.stop() == 0)
    }

    @Test(
        "With auto the stamps are moved and it is announced; over a restart too, until someone takes it back"
    )
    func corrected() throws {
        defer { listener.close() }
        let anchord = try started(["lag = \"auto\"", "lag_limit = \"2500ms\""])
        let publisher = try PlantPublisher(broker.url)
        let messages = messages(seconds: 1000, late: 250..<1000)
        try play(messages, from: 10, to: 610, publisher, anchord)
        #expect(
            listener.hears {
                $0.last(Self.topic)?.contains("audio is corrected by") == true
                    && $0.last("anchord/gw/status")?.contains("\"stream\":\"audio\"") == true
            }, "\(anchord.log)")
        let told = try #require(try retained(Self.topic, at: broker.url)[Self.topic])
        let payload = try JSONDecoder.ofAnswers.decode(Payload.self, from: Data(told.utf8))
        let correction = try #require(payload.corrections.first)
        #expect(abs(correction.seconds - 2) < 0.5, "\(told)")
        #expect(correction.who == "anchord" && payload.findings.isEmpty)
        #expect(anchord.log.contains("Stamps of a stream are moved from now on."))
        anchord.kill()
        try anchord.start()
        try #require(try anchord.reports { $0.diagnosis?.corrections.count == 1 })
        try play(messages, from: 610, to: 970, publisher, anchord)
        let status = try #require(try anchord.status()?.diagnosis)
        #expect(status.findings.filter { $0.kind == "lag" } == [])
        #expect(status.corrections.map(\.seconds) == [correction.seconds], "it does not hunt")
        let answer = try anchord.run([
            "asset", "correct", "press-1", "audio", "0", "--who", "anna", "--config",
            anchord.settingsPath,
        ])
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(answer.output.contains("as they come"))
        #expect(try anchord.status()?.diagnosis?.corrections == [])
        #expect(listener.hears { $0.last(Self.topic)?.contains("\"corrections\":[]") == true })
        #expect(anchord.stop() == 0)
    }

    private struct Payload: Decodable {
        struct Finding: Decodable {
            var kind: String
            var severity: String
            var stream: String?
            var headline: String
        }
        struct Correction: Decodable {
            var stream: String
            var seconds: Double
            var who: String
        }
        var findings: [Finding]
        var corrections: [Correction]
    }
}
