import Foundation
import Intake
import Signals
import TestSupport
import Testing

/// What the tests look at in a verdict.
struct VerdictLine: Decodable {
    var asset: String
    var windowStartMs: Int64
    var state: String
    var score: Double?
    var alarm: Alarm

    struct Alarm: Decodable {
        var state: String
        var raised: Bool
    }

    init?(_ line: String) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let verdict = try? decoder.decode(Self.self, from: Data(line.utf8)) else {
            return nil
        }
        self = verdict
    }
}

extension AnchordProcess {
    /// The verdicts that `anchord replay` gives, with these settings, of what was recorded.
    func replayed(_ inputs: [Message], fitOn labels: String? = nil) throws -> [String] {
        let recording = folder.path("recording.ndjson")
        let verdicts = folder.path("verdicts.ndjson")
        var writer = RecordingWriter()
        try Data(inputs.flatMap { writer.line(for: $0) }).write(to: URL(filePath: recording))
        var arguments = ["replay", recording, "--config", settingsPath, "--verdicts", verdicts]
        if let labels {
            try labels.write(toFile: folder.path("labels.csv"), atomically: true, encoding: .utf8)
            arguments += ["--fit-on", folder.path("labels.csv")]
        }
        let ended = try run(arguments)
        try #require(ended.status == 0, "\(ended.errors)")
        return try String(contentsOfFile: verdicts, encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }
}

/// Compares what was published live with an undisturbed replay, byte for byte.
///
/// The live run has not heard the end of the recording yet, so a replay closes a few windows more.
///
/// - Returns: how many verdicts were published more than once.
@discardableResult
func expectEqual(
    _ heard: Listener.Heard, replayed: [String], assets: [String], gateway: String = "gw",
    sourceLocation: SourceLocation = #_sourceLocation
) -> Int {
    var repeats = 0
    for asset in assets {
        let expected = replayed.filter { VerdictLine($0)?.asset == asset }
        let published = heard.verdicts(asset, gateway: gateway)
        var live: [String] = []
        var seen: Set<String> = []
        for line in published where seen.insert(line).inserted { live.append(line) }
        repeats += published.count - live.count
        #expect(
            Set(live.compactMap { VerdictLine($0)?.windowStartMs }).count == live.count,
            "\(asset): a window came out with two contents", sourceLocation: sourceLocation)
        #expect(
            live.count >= expected.count - 4 && live.count <= expected.count,
            "\(asset): \(live.count) of \(expected.count)", sourceLocation: sourceLocation)
        let differing = zip(expected, live).first { $0 != $1 }
        #expect(
            differing == nil,
            """
            \(asset) differs:
            replay \(differing?.0 ?? "")
            live   \(differing?.1 ?? "")
            """, sourceLocation: sourceLocation)
    }
    return repeats
}
