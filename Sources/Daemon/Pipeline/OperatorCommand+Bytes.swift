import Detection
import Foundation

extension OperatorCommand {
    /// JSON: rare, small, and readable in a dump.
    var encoded: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Names and whole numbers: nothing in it can fail to encode.
        return (try? encoder.encode(self)).map { [UInt8]($0) } ?? []
    }

    init?(encoded: [UInt8]) {
        guard let command = try? JSONDecoder().decode(Self.self, from: Data(encoded)) else {
            return nil
        }
        self = command
    }
}
