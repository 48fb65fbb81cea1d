import CSimdjson
package import Signals

/// Reads messages back from a recording: the JSON lines that `mosquitto_sub -F %J` or `%j` prints, or
/// that `RecordingWriter` writes; plain or gzip.
///
/// A line that cannot be read is counted with its number and its reason, and the next one is read.
/// The recording's `tst` is both of the arrival's clocks; the one that never steps stands still where
/// `tst` goes back.
package struct RecordingReader: ~Copyable {
    /// Bytes in one line at most.
    package static let lineBytesMax = 64 << 20

    private let file: GzipFile
    private let parser = JSONParser()
    private var buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var searched = 0
    private var isAtEnd = false
    private var skipsRestOfLine = false
    private var elapsed = Int64.min

    /// Lines read so far, bad ones included, empty ones not.
    package private(set) var linesTotal = 0
    package private(set) var badLines = BadLines()

    /// Opens `path`, or the standard input for `-`.
    package init(path: String) throws {
        file = try GzipFile(path: path)
        buffer = .allocate(byteCount: 1 << 20, alignment: 64)
    }

    deinit {
        buffer.deallocate()
    }

    /// Size on disk, and how much of it is read, compressed bytes where it is compressed.
    package var bytesTotal: Int? { file.bytesTotal }
    package var bytesRead: Int { file.bytesRead }

    /// The next message, or `nil` at the end.
    package mutating func next() throws -> Message? {
        while let line = try nextLine() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            switch read(line) {
            case .success(let message): return message
            case .failure(let bad): badLines.count(bad.reason, line: lineNumber)
            }
        }
        return nil
    }

    private var lineNumber = 0

    private mutating func nextLine() throws -> UnsafeBufferPointer<UInt8>? {
        while true {
            let fresh = UnsafeRawBufferPointer(rebasing: buffer[searched..<end])
            if let newline = fresh.newline {
                let line = UnsafeRawBufferPointer(rebasing: buffer[start..<searched + newline])
                start = searched + newline + 1
                searched = start
                lineNumber += 1
                if skipsRestOfLine {
                    skipsRestOfLine = false
                    continue
                }
                return line.bindMemory(to: UInt8.self)
            }
            searched = end
            if isAtEnd {
                guard start < end, !skipsRestOfLine else { return nil }
                let line = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
                start = end
                lineNumber += 1
                return line.bindMemory(to: UInt8.self)
            }
            try fill()
        }
    }

    /// Moves what is left to the front and reads on behind it.
    private mutating func fill() throws {
        let left = end - start
        if left > Self.lineBytesMax || skipsRestOfLine {
            if !skipsRestOfLine {
                linesTotal += 1
                badLines.count(.tooLong, line: lineNumber + 1)
            }
            skipsRestOfLine = true
            start = end
        }
        buffer.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
        end -= start
        start = 0
        searched = end
        // simdjson looks a little beyond the end of a line.
        if buffer.count - end - anchord_padding() < buffer.count / 4 {
            let grown = UnsafeMutableRawBufferPointer.allocate(
                byteCount: buffer.count * 2, alignment: 64)
            grown.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<end]))
            buffer.deallocate()
            buffer = grown
        }
        let space = UnsafeMutableRawBufferPointer(
            rebasing: buffer[end..<buffer.count - anchord_padding()])
        switch try file.read(into: space) {
        case .bytes(let count): end += count
        case .end: isAtEnd = true
        case .cutOff:
            isAtEnd = true
            badLines.count(.cutOff, line: lineNumber + 1)
        }
    }

    private mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Result<Message, BadLine> {
        linesTotal += 1
        var line = AnchordRecordedLine()
        switch anchord_parse_recorded_line(parser.handle, bytes.baseAddress, bytes.count, &line) {
        case .good: break
        case .notUTF8: return .failure(BadLine(.notUTF8))
        default: return .failure(BadLine(.notJSON))
        }
        guard line.topic.length > 0 else { return .failure(BadLine(.noTopic)) }
        guard let wall = RFC3339.nanoseconds(line.tst.buffer) else {
            return .failure(BadLine(.noTime))
        }
        guard let qos = Self.qos(line.qos) else { return .failure(BadLine(.badQoS)) }
        let payload: [UInt8]
        switch line.form {
        case .absent: return .failure(BadLine(.noPayload))
        case .value, .string: payload = Array(line.payload.buffer)
        case .hex:
            guard let decoded = Hex.bytes(line.payload.buffer) else {
                return .failure(BadLine(.badHex))
            }
            payload = decoded
        }
        elapsed = max(elapsed, wall)
        return .success(
            Message(
                topic: String(decoding: line.topic.buffer, as: UTF8.self), payload: payload,
                qos: qos, isRetained: line.isRetained,
                arrival: Arrival(wall: wall, elapsed: elapsed)))
    }

    private static func qos(_ scalar: AnchordScalar) -> QoS? {
        switch scalar.kind {
        // Written by hand, most likely.
        case .absent: .atLeastOnce
        case .integer: Int32(exactly: scalar.integer).flatMap(QoS.init)
        default: nil
        }
    }
}

/// Lines of a recording that could not be read: how many for each reason, and where the first were.
package struct BadLines: Equatable, Sendable {
    package enum Reason: String, CaseIterable, Comparable, Sendable {
        case notJSON = "is not one complete JSON object"
        case notUTF8 = "is not UTF-8; binary payloads belong into payload_hex"
        case noTime = "has no tst that is a date with an offset"
        case noTopic = "has no topic"
        case noPayload = "has neither payload nor payload_hex"
        case badHex = "has a payload_hex that is not pairs of hexadecimal digits"
        case badQoS = "has a qos that is not 0, 1 or 2"
        case tooLong = "is longer than 64 MiB"
        case cutOff = "is where the compressed file stops in the middle"

        package static func < (a: Reason, b: Reason) -> Bool { a.rawValue < b.rawValue }
    }

    package struct Place: Equatable, Sendable, CustomStringConvertible {
        /// Counted from 1.
        package let line: Int
        package let reason: Reason

        package var description: String { "line \(line) \(reason.rawValue)" }
    }

    package private(set) var byReason: [Reason: Int] = [:]
    /// The first twenty.
    package private(set) var first: [Place] = []

    package var total: Int { byReason.values.reduce(0, +) }

    mutating func count(_ reason: Reason, line: Int) {
        byReason[reason, default: 0] += 1
        if first.count < 20 { first.append(Place(line: line, reason: reason)) }
    }
}

private struct BadLine: Error {
    let reason: BadLines.Reason
    init(_ reason: BadLines.Reason) { self.reason = reason }
}
