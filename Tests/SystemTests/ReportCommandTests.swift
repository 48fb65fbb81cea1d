import Daemon
import Foundation
import TestSupport
import Testing

/// `anchord report` on the state of a daemon that runs.
@Suite("Reports", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct ReportCommandTests {
    @Test("Text, figures and page come from the state of the running daemon, and change nothing")
    func report() throws {
        let plant = TestPlant(seed: 4, seconds: 150)
        let broker = try MosquittoBroker()
        var settings = TestSettings(broker.url)
        settings.more = ["alarms": ["false_alarms = \"20 per hour\""]]
        let anchord = try AnchordProcess(settings)
        try anchord.start()
        try #require(try anchord.reports { $0.broker.granted == ["features/+/+": 1] })
        try PlantPublisher(broker.url).publish(plant.messages)
        try #require(
            try anchord.reports { status in
                status.assets.count == 2 && status.assets.allSatisfy { $0.windows >= 145 }
            }, "\(anchord.log)")
        // A commit comes every second here.
        Thread.sleep(forTimeInterval: 2.5)

        let page = anchord.folder.path("report.html")
        let words = [
            "report", "--config", anchord.settingsPath, "--from", "2026-09-01", "--to",
            "2026-10-01",
        ]
        let figures = try anchord.run(words + ["--json", "--html", page])
        #expect(figures.status == 0, "\(figures.errors)")
        let report = try JSONDecoder.ofAnswers.decode(
            PilotReport.self, from: Data(figures.output.utf8))
        #expect(report.budget == "20 per hour")
        #expect(report.assets.map(\.name) == plant.assets)
        for asset in report.assets {
            #expect(asset.verdicts > 0)
            #expect(asset.cells <= asset.cellsSpanned)
            #expect(Set(asset.availability.keys) == ["audio", "camera", "log"])
            #expect(asset.availability.values.allSatisfy { 0.5 < $0 && $0 <= 1 })
            #expect(asset.hours["scoring"] ?? 0 > 0)
            #expect(asset.falseAlarms.count == asset.alarms.count)
        }
        let alarms = report.assets.reduce(0) { $0 + $1.alarms.count }
        #expect(alarms > 0, "a plant with faults rings")

        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.hasPrefix("<!DOCTYPE html>"))
        #expect(html.contains("Report on 2 assets"))
        #expect(html.contains("Tagged faults"))

        let text = try anchord.run(words + ["--asset", "press-1"])
        #expect(text.status == 0)
        #expect(text.output.hasPrefix("2026-09-01 00:00:00Z to 2026-10-01 00:00:00Z: "))
        #expect(text.output.contains("Hours by state, and false alarms"))
        #expect(text.output.contains("Data-health alarms"))
        #expect(!text.output.contains("press-2"))

        #expect(anchord.stop() == 0)
        #expect(try anchord.run(words + ["--json"]).output == figures.output)
    }

    @Test("Bad moments and a missing state are told, with what to do")
    func faults() throws {
        let anchord = try AnchordProcess(TestSettings("mqtt://127.0.0.1:1"))
        let moment = try anchord.run(["report", "--config", anchord.settingsPath, "--from", "soon"])
        #expect(moment.status == 64)
        #expect(moment.errors.contains("--from is \"soon\": write a date (2026-11-25)"))
        let missing = try anchord.run(["report", "--config", anchord.settingsPath])
        #expect(missing.status == 1)
        #expect(missing.errors.contains("there is no such file"))
    }
}
