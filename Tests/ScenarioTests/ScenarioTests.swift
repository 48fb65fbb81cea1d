import Daemon
import Testing

/// Each folder through the real pipeline, twice. A failure names the folder, the line of its
/// expectations, what differs, and the verdict that came out.
@Test("Every scenario comes out as its folder says", arguments: Scenario.all)
func scenarioComesOutAsItsFolderSays(_ scenario: Scenario) throws {
    let faultsOfSettings = scenario.settings().faults
    try #require(faultsOfSettings.isEmpty, "\(faultsOfSettings)")
    #expect(try scenario.text("story.md").contains("."), "story.md tells no story")

    let (lines, summary) = try scenario.replay()
    let verdicts = try lines.map { try JSON($0) }
    let expectations = try Expectation.read(scenario.text("expected.ndjson"))
    #expect(!expectations.isEmpty, "nothing is expected")
    for fault in expectations.flatMap({ $0.faults(in: verdicts) }) {
        Issue.record("\(scenario.name): \(fault)")
    }
    let singles = expectations.filter { !$0.isStretch }
        .compactMap { $0.places(in: verdicts).first }
    #expect(
        singles == singles.sorted(), "verdicts came out in another order than expected.ndjson's")
    if scenario.has("counters.json") {
        let counters = Counters(summary, verdicts: lines.count)
        for fault in try counters.faults(expecting: scenario.text("counters.json")) {
            Issue.record("\(scenario.name): \(fault)")
        }
    }

    var newest: [String: Double] = [:]
    for verdict in verdicts {
        let asset = try #require(verdict["asset"]?.text)
        let start = try #require(verdict["window_start_ms"]?.number)
        #expect(newest[asset] ?? -.infinity < start, "\(asset) \(start) came twice, or too late")
        newest[asset] = start
    }
    #expect(try scenario.replay().verdicts == lines, "a second replay gave other bytes")
}
