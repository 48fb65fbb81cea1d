import Foundation
import Signals
import Store

/// A message whose payload is `text`, at second `at`.
func message(
    _ text: String, topic: String = "features/press-1/camera", qos: QoS = .atLeastOnce,
    at second: Int64 = 0
) -> Message {
    Message(
        topic: topic, payload: Array(text.utf8), qos: qos,
        arrival: Arrival(wall: second * 1_000_000_000, elapsed: second * 1_000_000_000))
}

/// Records of every kind, from a seed.
func records(_ count: Int, using random: inout SeededGenerator) -> [JournalRecord] {
    (0..<count).map { _ in
        let arrival = Arrival(
            wall: Int64.random(in: .min ... .max, using: &random),
            elapsed: Int64.random(in: 0...1 << 50, using: &random))
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .tick(arrival, isDrained: Bool.random(using: &random))
        case 1: return .mark(flushedThrough: UInt64.random(in: 0...1 << 40, using: &random))
        case 2: return .control(Array(#"{"forget":"press-1"}"#.utf8))
        default:
            let size = Int.random(in: 0...600, using: &random)
            return .message(
                Message(
                    topic: "features/größe/\(Int.random(in: 0..<9, using: &random))",
                    payload: (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) },
                    qos: QoS(rawValue: Int32.random(in: 0...2, using: &random))!,
                    isRetained: Bool.random(using: &random), arrival: arrival))
        }
    }
}

/// What a fresh process finds in `folder`.
func recovered(
    _ folder: String, after sequence: UInt64 = 0
) throws -> (entries: [JournalEntry], report: JournalRecovery, last: UInt64) {
    let journal = try Journal(folder: folder)
    var entries: [JournalEntry] = []
    let report = try journal.recover(after: sequence) { entries.append($0) }
    return (entries, report, journal.lastSequence)
}

extension Snapshot {
    /// The blob of one part of one asset's state.
    func state(of asset: AssetName, kind: String) -> [UInt8]? {
        assetStates.first { $0.asset == asset && $0.kind == kind }?.blob
    }
}

func segmentPaths(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { $0.hasPrefix("journal-") }.sorted().map { folder + "/" + $0 }
}

func verdict(
    _ second: Int64, asset: String = "press-1", score: Double? = 0.5, isRaised: Bool = false,
    isCalm: Bool = true, payload: String? = nil
) -> VerdictRow {
    VerdictRow(
        asset: AssetName(asset), windowStart: EventTime(milliseconds: second * 1000), score: score,
        isRaised: isRaised, isCalm: isCalm, payload: payload ?? #"{"window_start_ms":\#(second)}"#)
}

func publication(
    _ text: String, qos: QoS = .atLeastOnce, isRetained: Bool = false, asset: String? = "press-1"
) -> OutboxMessage {
    OutboxMessage(
        asset: asset.map(AssetName.init), topic: "anchord/gw/asset/press-1/\(text)",
        payload: Array(text.utf8), qos: qos, isRetained: isRetained, createdMs: 1_790_000_000_000)
}
