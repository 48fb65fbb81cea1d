import Foundation
package import Signals

/// What is known to be true of one asset's window: the file that `replay --fit-on` and the scoring
/// take, `asset,window_start_ms,split,label,stream`; a sixth column, `state`, may follow.
package struct WindowLabel: Equatable, Sendable {
    package enum Split: String, CaseIterable, Sendable {
        case train, test
    }

    package var asset: AssetName
    package var windowStart: EventTime
    package var split: Split
    /// `normal`, or the kind of fault.
    package var label: String
    /// The stream at fault, as the file has it; empty when none is named.
    package var stream: String
    /// The state that the machine was in, such as its recipe or phase; empty when it was not tagged.
    package var state: String

    package init(
        asset: AssetName, windowStart: EventTime, split: Split, label: String, stream: String,
        state: String = ""
    ) {
        self.asset = asset
        self.windowStart = windowStart
        self.split = split
        self.label = label
        self.stream = stream
        self.state = state
    }
}

package enum LabelsReader {
    package static let header = "asset,window_start_ms,split,label,stream"
    /// With the states that windows were tagged with.
    package static let headerWithState = header + ",state"

    /// Reads a labels file; every fault of it comes in one error.
    package static func read(path: String) throws -> [WindowLabel] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw RecordingError(
                "could not read the labels file \(path). Give a CSV file that can be read.")
        }
        return try parse(String(decoding: data, as: UTF8.self), name: path)
    }

    /// Parses the text of a labels file; `name` is for the error.
    package static func parse(_ text: String, name: String) throws -> [WindowLabel] {
        var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }[...]
        guard let first = lines.popFirst().map(trimmed), first == header || first == headerWithState
        else {
            throw RecordingError(
                "\(name):1: the first line must be \"\(header)\", or end in \",state\" beyond that."
            )
        }
        let fields = first == header ? 5 : 6
        var labels: [WindowLabel] = []
        var faults: [String] = []
        for (number, line) in zip(2..., lines) where !trimmed(line).isEmpty {
            switch label(line, fields: fields) {
            case .success(let label): labels.append(label)
            case .failure(let fault): faults.append("\(name):\(number): \(fault.description)")
            }
        }
        guard faults.isEmpty else {
            let rest = faults.count > 10 ? ["and \(faults.count - 10) more."] : []
            throw RecordingError((faults.prefix(10) + rest).joined(separator: "\n"))
        }
        return labels
    }

    private static func label(
        _ line: Substring, fields count: Int
    ) -> Result<WindowLabel, RecordingError> {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
        guard fields.count == count else {
            return .failure(
                RecordingError(
                    "found \(fields.count) fields, but a label has \(count): \(count == 5 ? header : headerWithState)."
                ))
        }
        guard isName(fields[0]) else {
            return .failure(
                RecordingError("asset \"\(fields[0])\" is no name; write the topic's asset."))
        }
        guard let start = Int64(fields[1]), start.magnitude < 1 << 43 else {
            return .failure(
                RecordingError(
                    "window_start_ms is \"\(fields[1])\"; write whole milliseconds since 1970."))
        }
        guard let split = WindowLabel.Split(rawValue: fields[2]) else {
            return .failure(
                RecordingError("split is \"\(fields[2])\"; write train or test."))
        }
        return .success(
            WindowLabel(
                asset: AssetName(fields[0]), windowStart: EventTime(milliseconds: start),
                split: split, label: fields[3], stream: fields[4],
                state: count == 6 ? fields[5] : ""))
    }

    private static func trimmed(_ text: Substring) -> String {
        text.trimmingCharacters(in: .whitespaces)
    }
}
