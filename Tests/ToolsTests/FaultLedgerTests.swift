import Signals
import SimulatedPlant
import Testing

@testable import Tools

/// When a fault counts as noticed. The fault befalls the camera from second 100 to 110; the alarm
/// threshold is 4.
@Suite("The fault ledger")
struct FaultLedgerTests {
    private func announcement(streams: [String] = ["camera"]) -> FaultAnnouncement {
        let text = streams.map { "\"\($0)\"" }.joined(separator: ",")
        let json =
            "{\"event\":\"began\",\"asset\":\"a\",\"kind\":\"noise\",\"streams\":[\(text)],"
            + "\"from_ms\":100000,\"to_ms\":110000,\"sentence\":\"a: noise\"}"
        return FaultAnnouncement(json: Array(json.utf8))!
    }

    private func verdict(
        at second: Int64, score: Double?, blame: String? = "camera", alarm: String? = nil,
        asset: String = "a"
    ) -> WatchedVerdict {
        WatchedVerdict(
            asset: asset, startMs: second * 1000, endMs: second * 1000 + 1000, score: score,
            streams: ["camera": .init(present: true), "audio": .init(present: true)], blame: blame,
            alarm: alarm ?? ((score ?? 0) >= 4 ? "pending" : "normal"))
    }

    private func ledger(streams: [String] = ["camera"]) -> FaultLedger {
        var ledger = FaultLedger()
        _ = ledger.add(announcement(streams: streams))
        return ledger
    }

    @Test("A score at the threshold within the fault, blaming its sense, is a notice")
    func noticed() throws {
        var ledger = ledger()
        let noticed = ledger.take(verdict(at: 102, score: 4), arrivedMs: 103_700)
        #expect(noticed?.noticedAfterMs == 3700)
        #expect(ledger.take(verdict(at: 103, score: 6), arrivedMs: 104_700) == nil)
        #expect(ledger.entries.map(\.score) == [6])
        #expect(ledger.falseWindows == 0)
    }

    @Test("A raised alarm counts whatever the score of its window is")
    func raised() {
        var ledger = ledger()
        #expect(
            ledger.take(verdict(at: 102, score: 1, alarm: "clearing"), arrivedMs: 103_500) != nil)
    }

    @Test("Neither a low score, nor another sense, asset or time is a notice")
    func notNoticed() {
        var ledger = ledger()
        for verdict in [
            verdict(at: 102, score: 3.9), verdict(at: 102, score: 9, blame: "audio"),
            verdict(at: 102, score: 9, blame: nil),
            verdict(at: 102, score: 9, blame: "not localised"),
            verdict(at: 102, score: nil, alarm: "clearing"),
            verdict(at: 102, score: 9, asset: "b"), verdict(at: 98, score: 9),
            verdict(at: 110, score: 9),
        ] {
            #expect(ledger.take(verdict, arrivedMs: 103_000) == nil)
        }
        #expect(ledger.entries.map(\.isNoticed) == [false])
        #expect(FaultReport(ledger, nowMs: 200_000).failure != nil)
    }

    @Test("Windows at the threshold without a fault are counted, those just after one are not")
    func falseWindows() {
        var ledger = ledger()
        for second: Int64 in [50, 98, 112, 119, 120, 121] {
            _ = ledger.take(verdict(at: second, score: 5), arrivedMs: second * 1000)
        }
        #expect(ledger.falseWindows == 4)
    }

    @Test("Where every sense is befallen, no single one need be blamed")
    func everywhere() {
        var ledger = ledger(streams: ["audio", "camera"])
        #expect(
            ledger.take(verdict(at: 102, score: 5, blame: "not localised"), arrivedMs: 103_000)
                != nil)
    }

    @Test("An announcement read twice is one fault, and a fault that goes on is not missed yet")
    func open() {
        var ledger = ledger()
        #expect(ledger.add(announcement()) == false)
        #expect(ledger.isOpen(ledger.entries[0], nowMs: 109_000))
        #expect(!ledger.isOpen(ledger.entries[0], nowMs: 113_000))
    }

    @Test("What the simulation announces is what the watch reads")
    func announced() throws {
        var settings = PlantSettings(start: EventTime(milliseconds: 1_790_000_000_000))
        settings.faultFree = .seconds(1)
        settings.duration = .seconds(200)
        var announcements: [FaultAnnouncement] = []
        for event in Plant(settings: settings) {
            switch event.kind {
            case .message: continue
            case .faultBegan(let fault): announcements.append(FaultAnnouncement(.began, fault))
            case .faultEnded(let fault): announcements.append(FaultAnnouncement(.ended, fault))
            }
        }
        #expect(announcements.count > 10)
        for announcement in announcements {
            #expect(FaultAnnouncement(json: announcement.json) == announcement)
        }
    }
}
