import Foundation
import Signals
package import SimulatedPlant

/// A fault of the simulated plant as one line of JSON: what the simulation says, and what a watch
/// holds verdicts against.
package struct FaultAnnouncement: Codable, Equatable, Sendable {
    package enum Event: String, Codable, Sendable {
        case began, ended
    }

    package var event: Event
    package var asset: String
    package var kind: String
    package var streams: [String]
    /// True time of the plant, milliseconds since 1970.
    package var fromMs: Int64
    package var toMs: Int64
    package var sentence: String

    enum CodingKeys: String, CodingKey {
        case event, asset, kind, streams, sentence
        case fromMs = "from_ms"
        case toMs = "to_ms"
    }

    package init(_ event: Event, _ fault: Fault) {
        self.event = event
        asset = fault.asset.text
        kind = fault.kind.rawValue
        streams = fault.streams.map(\.text)
        fromMs = fault.from.milliseconds
        toMs = fault.to.milliseconds
        sentence = fault.sentence
    }

    /// Without a line end; the same bytes each time.
    package var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("texts and numbers are always JSON")
        }
        return Array(data)
    }

    package init?(json line: [UInt8]) {
        guard let read = try? JSONDecoder().decode(Self.self, from: Data(line)) else { return nil }
        self = read
    }

    /// What a person is told, without the time.
    package var text: String {
        switch event {
        case .began: "fault begins  \(sentence)"
        case .ended: "fault ends    \(asset): \(kind) of \(streams.joined(separator: ", "))"
        }
    }
}

/// Reads the lines that another process appends to a file.
package struct FollowedFile {
    private let path: String
    private var offset: UInt64 = 0
    private var rest: [UInt8] = []

    package init(path: String) {
        self.path = path
    }

    /// The whole lines that were added since the last call; none while there is no file.
    package mutating func newLines() -> [[UInt8]] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        guard (try? file.seek(toOffset: offset)) != nil, let data = try? file.readToEnd() else {
            return []
        }
        offset += UInt64(data.count)
        rest += data
        var lines = rest.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        rest = lines.removeLast()
        return lines
    }
}
