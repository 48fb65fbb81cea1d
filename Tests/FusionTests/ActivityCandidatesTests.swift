import Foundation
import Fusion
import Signals
import Testing
import Windowing

/// 600 windows of a second, of a course drawn from a seed.
private func windows(
    seed: UInt64, _ rows: (Int, inout SeededGenerator) -> [String: [Float]]
) -> [WindowSummary] {
    var random = SeededGenerator(seed: seed)
    return (0..<600).map { k in
        let start = EventTime(milliseconds: Int64(k) * 1000)
        let streams = rows(k, &random).map { name, vector in
            let shaken = (0..<5).map { _ in
                vector.map { $0 + Float.random(in: -0.1...0.1, using: &random) * abs($0) }
            }
            return (StreamName(name), StreamSummary.vector(VectorSummary(vectors: shaken)!))
        }
        return WindowSummary(
            start: start, end: start + .seconds(1),
            streams: Dictionary(uniqueKeysWithValues: streams))
    }
}

private func normal(_ random: inout SeededGenerator) -> Float {
    let (a, b) = (
        Double.random(in: 1e-9..<1, using: &random), Double.random(in: 0..<1, using: &random)
    )
    return Float((-2 * log(a)).squareRoot() * cos(2 * .pi * b))
}

@Suite("What may tell work from rest")
struct ActivityCandidatesTests {
    @Test(
        "A machine that works and rests in turn is found, with work where it moves",
        arguments: UInt64(0)..<8)
    func found(seed: UInt64) throws {
        let past = windows(seed: seed) { k, random in
            let works = (k / 60).isMultiple(of: 2)
            let speed: Float = works ? 2 + 0.1 * normal(&random) : 0.02 * normal(&random)
            return [
                "drive": [normal(&random), speed], "audio": [normal(&random), normal(&random)],
            ]
        }
        let best = try #require(ActivityCandidates.find(in: past).first)
        #expect(best.activeWhen.description.hasPrefix("drive[1] > 1."))
        #expect(best.activeUntil.description.hasPrefix("drive[1] < 0."))
        #expect(best.separation > 0.95)
        #expect(abs(best.workShare - 0.5) < 0.02)
        #expect(best.workWindows == 60)
    }

    @Test("Where the number falls when the machine works, the condition turns round")
    func inverse() throws {
        let past = windows(seed: 3) { k, random in
            let works = (k / 60).isMultiple(of: 2)
            return [
                "limit": [works ? 0.2 : 8],
                "audio": [works ? 3 * normal(&random) : 0.01],
                "camera": [works ? normal(&random) : 0],
            ]
        }
        let limit = ActivityCandidates.find(in: past).first { $0.activeWhen.stream.text == "limit" }
        #expect(limit?.activeWhen.description.contains(" < ") ?? false)
    }

    @Test(
        "Noise, a flat spread, a drift and a single step propose nothing", arguments: UInt64(0)..<8)
    func nothing(seed: UInt64) {
        let courses: [(Int, inout SeededGenerator) -> Float] = [
            { _, random in normal(&random) },
            { _, random in Float.random(in: 0...1, using: &random) },
            { k, _ in Float(k) },
            { k, random in (k < 300 ? 1 : 5) + 0.1 * normal(&random) },
            // Two groups that do not last.
            { _, random in Bool.random(using: &random) ? 1 : 5 },
        ]
        for course in courses {
            let past = windows(seed: seed) { k, random in ["audio": [course(k, &random)]] }
            #expect(ActivityCandidates.find(in: past) == [])
        }
    }

    @Test("A log that speaks only at work is proposed by its rate")
    func rates() throws {
        let past = (0..<2400).map { k in
            let start = EventTime(milliseconds: Int64(k) * 1000)
            let works = (k / 400).isMultiple(of: 2)
            let lines = works && k.isMultiple(of: 3) ? 1 : 0
            let record = LogRecord(template: 0, isUnseen: false, terms: [], severity: .info)
            return WindowSummary(
                start: start, end: start + .seconds(1),
                streams: [
                    StreamName("log"): .log(
                        LogSummary(records: Array(repeating: record, count: lines)))
                ])
        }
        let found = ActivityCandidates.find(in: past)
        #expect(found.count == 1)
        #expect(found.first?.activeWhen.description.hasPrefix("log rate > ") ?? false)
    }
}
