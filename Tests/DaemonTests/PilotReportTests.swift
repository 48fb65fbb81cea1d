import Detection
import Learning
import Signals
import Store
import TestSupport
import Testing

@testable import Daemon

private func at(_ hours: Double) -> EventTime {
    EventTime(milliseconds: 1_790_000_000_000 + Int64(hours * 3_600_000))
}

private func report(
    _ history: AssetHistory, budget: FalseAlarmBudget = .init(count: 1, per: .day),
    from: Double = 0, to: Double = 240
) throws -> PilotReport.Asset {
    let report = PilotReport(
        [history], from: at(from), to: at(to), cell: .seconds(3600), budget: budget)
    return try #require(report.assets.first)
}

@Suite("The figures of a report")
struct PilotReportTests {
    /// Three alarms: in a fault, in planned work, and one that nobody explains; a fault missed.
    private var history: AssetHistory {
        var history = AssetHistory(asset: AssetName("press-1"))
        history.alarmSteps = [
            (10.0, true), (12, false), (30, true), (31, false), (50, true), (55, false),
        ]
        .map { .init(at: at($0), isRaised: $1, score: 4, why: "why") }
        history.labels = [
            .init(from: at(9.5), to: at(14), kind: "fault", name: "bearing"),
            .init(from: at(30.5), to: at(40), kind: "planned", name: "oil change"),
            .init(from: at(100), to: at(101), kind: "fault", name: "belt"),
        ]
        history.cellsByState = ["scoring": 96, "idle": 10]
        history.cells = 106
        history.cellsSpanned = 110
        history.verdicts = 500
        return history
    }

    @Test("An alarm is explained by the tag that touches it, and false without one")
    func outcomes() throws {
        let asset = try report(history)
        #expect(asset.alarms.map(\.outcome) == [.fault, .planned, .untagged])
        #expect(asset.alarms.map(\.label) == ["bearing", "oil change", nil])
        var open = history
        open.alarmSteps.removeLast()
        #expect(try report(open).alarms.last?.clearedMs == nil)
        #expect(asset.falseAlarms.count == 1)
        #expect(asset.falseAlarms.tagged == 0)
        var tagged = history
        tagged.labels.append(.init(from: at(49), to: at(60), kind: "false_alarm", name: ""))
        #expect(try report(tagged).falseAlarms.tagged == 1)
        #expect(try report(tagged).falseAlarms.count == 1)
    }

    @Test("Delay and lead are from the fault's ends to the first raise that touches it")
    func leadTimes() throws {
        let faults = try report(history).faults
        #expect(faults.map(\.name) == ["bearing", "belt"])
        #expect(faults[0].delaySeconds == 1800)
        #expect(faults[0].leadSeconds == 14_400)
        #expect(faults[1].raisedMs == nil)
        #expect(faults[1].delaySeconds == nil)
        var early = history
        early.labels = [.init(from: at(11), to: at(14), kind: "fault", name: "bearing")]
        #expect(try report(early).faults[0].delaySeconds == -3600)
    }

    @Test("The budget allows as many as the time that was judged, not the time that passed")
    func budget() throws {
        let figures = try report(history).falseAlarms
        #expect(figures.judgedHours == 96)
        #expect(figures.allowed == 4)
        #expect(figures.perWeek == 1.75)
        var unjudged = history
        unjudged.cellsByState = ["warming_up": 96]
        #expect(try report(unjudged).falseAlarms.perWeek == nil)
    }

    @Test("An alarm over before the report began is none of it; one that lasts into it is")
    func beginnings() throws {
        #expect(try report(history, from: 12.5).alarms.count == 2)
        #expect(try report(history, from: 11).alarms.count == 3)
    }

    @Test("Data-health alarms are counted from their raise, their hours within the report alone")
    func health() throws {
        var history = AssetHistory(asset: AssetName("press-1"))
        let steps: [(Double, Bool)] = [(-5, true), (1, false), (3, true), (4, false), (238, true)]
        history.healthSteps = steps.map { hour, isRaised in
            HealthEvent(
                asset: history.asset, stream: StreamName("audio"), kind: "stuck", at: at(hour),
                isRaised: isRaised, reason: isRaised ? "reason \(hour)" : "")
        }
        let totals = try report(history).health
        #expect(totals.count == 1)
        #expect(totals[0].raises == 2)
        #expect(totals[0].hours == 1 + 1 + 2)
        #expect(totals[0].isRaised)
        #expect(totals[0].lastReason == "reason 238.0")
    }

    @Test(
        "Random pasts: alarms add up, and every fault is found or missed", arguments: UInt64(0)..<40
    )
    func sums(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var history = AssetHistory(asset: AssetName("press-1"))
        var hour = 0.0
        var isRaised = false
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            hour += Double.random(in: 0.1...9, using: &random)
            isRaised.toggle()
            history.alarmSteps.append(.init(at: at(hour), isRaised: isRaised))
        }
        for _ in 0..<Int.random(in: 0...9, using: &random) {
            let from = Double.random(in: 0...200, using: &random)
            history.labels.append(
                .init(
                    from: at(from), to: at(from + Double.random(in: 0.1...20, using: &random)),
                    kind: ["fault", "planned", "false_alarm"].randomElement(using: &random)!,
                    name: "x"))
        }
        let asset = try report(history)
        #expect(asset.alarms.count == history.alarmSteps.count { $0.isRaised })
        #expect(asset.falseAlarms.count == asset.alarms.count { $0.outcome.isFalse })
        #expect(asset.faults.count == history.labels.count { $0.kind == "fault" })
        for fault in asset.faults {
            guard let delay = fault.delaySeconds, let lead = fault.leadSeconds else { continue }
            #expect(lead > 0)
            #expect(abs(delay + lead - Double(fault.toMs - fault.fromMs) / 1000) < 0.01)
        }
        let found = asset.faults.contains { $0.raisedMs != nil }
        #expect(found == asset.alarms.contains { $0.outcome == .fault })
    }

    @Test("Text, page and figures say the same, whatever a name contains")
    func page() throws {
        var history = history
        history.alarmSteps[0].why = "<b>audio & camera</b>"
        let report = PilotReport(
            [history], from: at(0), to: at(240), cell: .seconds(3600),
            budget: .init(count: 1, per: .day))
        #expect(report.summary[0].hasSuffix("3 alarms, 1 of 2 tagged faults detected."))
        #expect(
            report.summary[1].contains("1 false alarm (0 tagged as false, 1 nobody has tagged)"))
        #expect(report.summary[1].contains("1 per day and asset allows 4.00: within the budget."))
        let html = report.page.html
        #expect(html.contains("&lt;b&gt;audio &amp; camera&lt;/b&gt;"))
        #expect(html.contains("bearing"))
        #expect(!html.contains("<script"))
    }

    @Test(
        "Moments are dates, times in UTC, and spans back from now",
        arguments: [
            ("2026-11-25", "2026-11-25 00:00:00Z"), ("2026-11-25T10:30", "2026-11-25 10:30:00Z"),
            ("2026-11-25T10:30:05Z", "2026-11-25 10:30:05Z"), ("now", "2026-11-25 12:00:00Z"),
            ("36h", "2026-11-24 00:00:00Z"), ("10m", "2026-11-25 11:50:00Z"),
            ("2026-11-25T10:30:05+01:00", "2026-11-25 09:30:05Z"),
            ("1795608000000", "2026-11-25 12:00:00Z"),
        ])
    func moments(text: String, time: String) throws {
        let now = EventTime(milliseconds: 1_795_608_000_000)
        let found = try #require(Moment.read(text, now: now))
        #expect(PilotReport.time(found.milliseconds) == time)
        #expect(Moment.read("\(text)x", now: now) == nil)
    }
}
