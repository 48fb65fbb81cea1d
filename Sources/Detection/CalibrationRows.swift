package import Fusion
import Signals

/// Held-back windows of one fold, in order of time, as bytes.
///
/// As values they would take four times the room, and a gateway keeps a thousand of them for each of
/// a thousand assets. They are read only when a new set of present senses has to be calibrated.
package struct CalibrationRows: Equatable, Sendable {
    /// One held-back window: what the model saw, and the rolling anchor before it.
    package struct Row: Equatable, Sendable {
        package let window: EmbeddedWindow
        package let reference: [Float]
    }

    package private(set) var count = 0
    private var bytes: [UInt8] = []

    package init() {}

    package mutating func append(_ row: Row) {
        var writer = ByteWriter()
        row.window.write(to: &writer)
        writer.write(row.reference)
        bytes.append(contentsOf: writer.bytes)
        count += 1
    }

    /// What `body` makes of each row, in order; `nil` is left out.
    package func compactMap<Value>(_ body: (Row) -> Value?) -> [Value] {
        var reader = ByteReader(bytes)
        return (0..<count).compactMap { _ in
            // Written by `append`, or read once by `init(from:)`: it cannot be torn.
            (try? Self.row(from: &reader)).flatMap(body)
        }
    }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt32(count))
        writer.write(bytes)
    }

    /// - Throws: `ByteReader.Truncated` unless every row can be read.
    init(from reader: inout ByteReader) throws {
        count = Int(try reader.read(UInt32.self))
        bytes = try reader.readIntegers(UInt8.self)
        var rows = ByteReader(bytes)
        for _ in 0..<count { _ = try Self.row(from: &rows) }
    }

    private static func row(from reader: inout ByteReader) throws -> Row {
        let window = try EmbeddedWindow(from: &reader)
        return Row(window: window, reference: try reader.readFloats())
    }
}
