import Detection
import Fusion
import Signals
import Windowing

// What waits for a fit, in the order in which it came.
extension AssetLine {
    enum Held: Sendable {
        case window(PackedWindow)
        case proposal(Proposal)
        case relearn
        case command(OperatorCommand)
        case loan(LoanRequest)
    }

    /// A closed window in its stored form, which takes half the room: while all assets of a plant wait
    /// for their first models, thousands are held.
    struct PackedWindow: Sendable {
        private let bytes: [UInt8]

        init(_ window: ClosedWindow) {
            var writer = ByteWriter()
            window.header.write(to: &writer)
            writer.write(window.summary.encoded)
            writer.write(window.activity.rawValue)
            writer.write(window.archiveMax)
            writer.write(window.assets)
            // Without the room that the writer has left to grow.
            bytes = writer.bytes.withUnsafeBufferPointer { Array($0) }
        }

        /// The window again, to the bit.
        var unpacked: ClosedWindow {
            var reader = ByteReader(bytes)
            do {
                return try Self.window(from: &reader)
            } catch {
                // `init` wrote them, or `init(from:)` has read them once.
                preconditionFailure("a held window cannot be read: \(error)")
            }
        }

        private static func window(from reader: inout ByteReader) throws -> ClosedWindow {
            ClosedWindow(
                header: try WindowHeader(from: &reader),
                summary: try WindowSummary(encoded: try reader.readIntegers(UInt8.self)),
                activity: Activity(rawValue: try reader.readString()) ?? .active,
                archiveMax: try reader.read(Int64.self), assets: try reader.read(Int64.self))
        }

        func write(to writer: inout ByteWriter) {
            writer.write(bytes)
        }

        init(from reader: inout ByteReader) throws {
            bytes = try reader.readIntegers(UInt8.self)
            var reader = ByteReader(bytes)
            _ = try Self.window(from: &reader)
        }
    }
}

extension AssetLine.Held {
    func write(to writer: inout ByteWriter) {
        switch self {
        case .window(let window):
            writer.write(UInt8(0))
            window.write(to: &writer)
        case .proposal(let proposal):
            writer.write(UInt8(1))
            Optional(proposal).write(to: &writer)
        case .relearn:
            writer.write(UInt8(2))
        case .command(let command):
            writer.write(UInt8(3))
            writer.write(command.encoded)
        case .loan(let request):
            writer.write(UInt8(4))
            request.write(to: &writer)
        }
    }

    init(from reader: inout ByteReader) throws {
        switch try reader.read(UInt8.self) {
        case 0: self = .window(try AssetLine.PackedWindow(from: &reader))
        case 1:
            guard let proposal = try AssetLine.Proposal?(from: &reader) else {
                throw AssetLineState.OtherFormat()
            }
            self = .proposal(proposal)
        case 2: self = .relearn
        case 3:
            guard
                let command = OperatorCommand(
                    encoded: try reader.readIntegers(UInt8.self))
            else { throw AssetLineState.OtherFormat() }
            self = .command(command)
        case 4: self = .loan(try AssetLine.LoanRequest(from: &reader))
        default: throw AssetLineState.OtherFormat()
        }
    }
}
