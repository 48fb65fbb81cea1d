import Detection
import Diagnosis
import Foundation
import Signals
import Store
import TestSupport
import Testing

@testable import Daemon

@Suite("Stamps that are moved")
struct StampCorrectionTests {
    @Test(
        "Corrections at any moment show alike, however slow fits are and whenever the process begins anew",
        arguments: UInt64(0)..<6)
    func anyMoment(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var script = ProposedPlant.Script()
        for _ in 0..<3 {
            let stream = ["audio", "camera", "log"].randomElement(using: &random)!
            let correction = StampCorrection(
                stream: StreamName(stream),
                behind: Int64.random(in: -2000...2000, using: &random) * 1_000_000,
                relearns: Int.random(in: 0..<4, using: &random) == 0)
            script.commands[.random(in: 350..<1200, using: &random), default: []]
                .append(.correct(correction))
        }
        // Three of one stream while the same windows are open.
        for (message, seconds) in [(601, 1.5), (604, -0.7), (609, 0.4)] {
            script.commands[message, default: []].append(
                .correct(
                    StampCorrection(
                        stream: StreamName("audio"), behind: Int64(seconds * 1e9))))
        }
        let prompt = try ProposedPlant(script)
        #expect(prompt.events.contains { $0.contains(" by ") })
        for _ in 0..<3 {
            script.fitTakes = .random(in: 1...100, using: &random)
            // One of them soon after a correction, when the journal has samples from before it.
            script.restarts = Set(
                (0..<3).map { _ in Int.random(in: 350..<1390, using: &random) }
                    + script.commands.keys.sorted().map {
                        $0 + Int.random(in: 1...6, using: &random)
                    })
            let other = try ProposedPlant(script)
            let differing = zip(other.verdicts, prompt.verdicts).first { $0 != $1 }
            #expect(
                differing == nil && other.verdicts.count == prompt.verdicts.count,
                """
                seed \(seed), fits take \(script.fitTakes), commands \(script.commands), restarts \
                \(script.restarts.sorted())
                \(differing?.0 ?? "")
                \(differing?.1 ?? "")
                """)
        }
    }

    private let test: TestGateway
    private let asset = AssetName("press-1")
    private let topic = "anchord/gw/asset/press-1/diagnosis"

    init() throws {
        test = try TestGateway(settings: { $0.diagnosis.lag = .auto })
    }

    private func speak(_ seconds: Int) throws {
        for _ in 0..<seconds * 2 {
            test.pass(.milliseconds(500))
            let ms = test.now.wall / 1_000_000
            try test.keep([
                test.message("camera", #"{"ts":\#(ms),"v":[\#(ms % 7919),1]}"#),
                test.message("audio", #"{"ts":\#(ms),"v":[\#(ms % 7907),1]}"#),
            ])
        }
    }

    private func last(_ topic: String) throws -> String {
        let stored = try test.gateway.store.outbox()
        let message = test.waiting(topic).last ?? stored.last { $0.topic == topic }
        return String(decoding: try #require(message).payload, as: UTF8.self)
    }

    private func look(_ findings: [Finding], at second: Int64) -> DiagnosisLook {
        DiagnosisLook(
            asset: asset, at: EventTime(milliseconds: second * 1000), kinds: [.lag, .pairing],
            findings: findings, told: ["lag/audio", "lag/camera", "pairing/audio"])
    }

    private func lag(_ seconds: Double) -> Finding {
        Finding(
            kind: .lag, severity: .wrong, asset: "press-1", stream: "audio", other: nil,
            headline: "audio of press-1 runs \(seconds) s behind camera.", evidence: "It does.",
            confidence: 0.99, advice: "Look.", size: seconds)
    }

    @Test("A finding is told once over crashes with and without a commit, and so is its end")
    func findingsSurvive() throws {
        try speak(10)
        try test.gateway.control(.looked(look([lag(2)], at: 100)))
        try test.crash()
        #expect(test.gateway.diagnosisReport().findings.isEmpty)
        try test.gateway.control(.looked(look([lag(2)], at: 200)))
        let told = try last(topic)
        #expect(told.contains(#""findings":[{"kind":"lag","severity":"wrong","stream":"audio""#))
        #expect(told.contains(#""since_ms":100000"#))
        try test.crash()
        #expect(try last(topic) == told)
        #expect(test.gateway.diagnosisReport().findings.map(\.kind) == ["lag"])
        for second in Int64(3)...5 {
            try test.gateway.control(.looked(look([], at: second * 100)))
            if second == 4 {
                try test.gateway.commit(isFinal: false)
                try test.crash()
            }
        }
        #expect(try last(topic).contains(#""findings":[]"#))
        let count = try test.gateway.store.outbox().count { $0.topic == topic }
        try test.crash()
        #expect(try test.gateway.store.outbox().count { $0.topic == topic } == count + 1)
        #expect(test.gateway.diagnosisReport().findings.isEmpty)
    }

    @Test(
        "A correction is told, survives, takes its finding with it, and is dropped back at report"
    )
    func correctionsSurvive() throws {
        try speak(10)
        for second in Int64(1)...2 {
            try test.gateway.control(.looked(look([lag(1.8)], at: second * 100)))
        }
        try test.gateway.control(
            .operate(
                asset,
                OperatorCommand(
                    .correct(StampCorrection(stream: StreamName("audio"), behind: 1_800_000_000)),
                    who: AlarmStep.ourselves, why: "test", givenMs: 7)))
        let told = try last(topic)
        #expect(told.contains(#""findings":[],"corrections":[{"stream":"audio","seconds":1.8"#))
        #expect(told.contains("audio is corrected by 1.8 s: its stamps are taken earlier."))
        try speak(10)
        let behind = try #require(
            test.gateway.pipeline.assetReports().first?.streams.first { $0.name.text == "audio" })
        #expect(behind.late > 0, "what the step skipped is counted")
        #expect(
            behind.newestMs == test.now.wall / 1_000_000 - 1800)
        for isCommitted in [false, true] {
            if isCommitted { try test.gateway.commit(isFinal: false) }
            try test.crash()
            #expect(
                test.gateway.diagnosisReport().corrections
                    == [.init(asset: "press-1", stream: "audio", seconds: 1.8)])
        }
        #expect(
            test.gateway.statusPayload(isOnline: true, why: "running")
                .contains(
                    #""corrections":[{"asset":"press-1","stream":"audio","seconds":1.8}]"#))
        try test.crash(settings: { $0.diagnosis.lag = .report })
        #expect(test.gateway.diagnosisReport().corrections == [])
        #expect(try last(topic).contains(#""corrections":[]"#))
        // It is in the journal, not in the settings alone.
        try test.crash(settings: { $0.diagnosis.lag = .auto })
        #expect(test.gateway.diagnosisReport().corrections == [])
    }

    @Test("What is told is taken back when nobody looks any more, and cleared with its asset")
    func nobodyLooks() throws {
        try speak(10)
        for second in Int64(1)...2 {
            try test.gateway.control(.looked(look([lag(2)], at: second * 100)))
        }
        try test.crash(settings: { $0.diagnosis.isEnabled = false })
        #expect(try last(topic).contains(#""findings":[]"#))
        #expect(try test.gateway.forget(asset))
        let cleared = try #require(try test.gateway.store.outbox().last { $0.topic == topic })
        #expect(cleared.payload.isEmpty && cleared.isRetained)
        try test.crash()
        #expect(test.gateway.boards.isEmpty)
    }

    @Test("A stream that was never heard has no stamps to move")
    func strangers() throws {
        try speak(2)
        let answer = try test.gateway.command(
            OperatorCommand(
                .correct(StampCorrection(stream: StreamName("smell"), behind: 1)), who: "anna",
                why: "", givenMs: 1), on: asset)
        #expect(answer.refusal == "unknown_stream")
    }
}
