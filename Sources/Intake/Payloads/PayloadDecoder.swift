import CSimdjson
import Signals

/// One payload's meaning, before the stream that sent it has its say.
enum Decoded {
    /// `time` is `nil` when the payload has none.
    case vector([Float], time: EventTime?)
    case line(LogLine, time: EventTime?)
}

/// A log line's bytes, good until the parser's next call, and the fields beside it.
struct LogLine {
    var bytes: UnsafeBufferPointer<UInt8>
    var severity: AnchordScalar
    var code: AnchordScalar

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        severity = AnchordScalar()
        code = AnchordScalar()
    }
}

/// Turns bytes into numbers or a line, by the encoding that is declared or that they show.
struct PayloadDecoder {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    let parser: JSONParser
    let source: StreamSource
    let kind: StreamKind?
    let dimension: Int?

    func decode(_ bytes: Bytes) throws(Refusal) -> Decoded {
        switch source.declaration.encoding {
        case .f32le, .f64le: return try raw(bytes)
        case .text:
            guard isText(bytes) else { throw Refusal(.malformed) }
            return .line(LogLine(bytes), time: nil)
        case .json: return try json(bytes)
        case .auto:
            guard let first = bytes.first(where: { $0 != 0x20 && !(0x09...0x0D).contains($0) })
            else { throw Refusal(.emptyPayload) }
            switch first {
            case UInt8(ascii: "{"): return try json(bytes)
            case UInt8(ascii: "["):
                return isBracketedLine(bytes)
                    ? .line(LogLine(bytes), time: nil) : try json(bytes)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                // A bare number is a vector of one, except where lines are what comes.
                if kind != .log, let number = try? json(bytes) { return number }
            default: break
            }
            guard kind != .vector else { throw Refusal(isText(bytes) ? .wrongKind : .malformed) }
            guard isText(bytes) else { throw Refusal(.malformed) }
            return .line(LogLine(bytes), time: nil)
        }
    }

    private func raw(_ bytes: Bytes) throws(Refusal) -> Decoded {
        // `problems()` refuses raw streams without a dimension.
        guard let dimension = source.declaration.dimension else { throw Refusal(.malformed) }
        let isDouble = source.declaration.encoding == .f64le
        guard source.declaration.timestamp.source == .head else {
            return .vector(
                try RawVector.numbers(in: bytes, isDouble: isDouble, dimension: dimension),
                time: nil)
        }
        let (milliseconds, rest) = try RawVector.head(of: bytes)
        let numbers = try RawVector.numbers(in: rest, isDouble: isDouble, dimension: dimension)
        guard let milliseconds = Int64(exactly: milliseconds) else {
            throw Refusal(.implausibleTime)
        }
        return .vector(numbers, time: try Timestamp.time(integer: milliseconds, unit: .ms))
    }

    private func json(_ bytes: Bytes) throws(Refusal) -> Decoded {
        var names = source.fields.names
        names.wantsValue = kind != .log
        names.wantsLine = kind != .vector
        if kind != .log, let dimension { names.numbersMax = max(dimension, names.numbersMax) }
        var payload = AnchordPayload()
        let status = anchord_parse_payload(
            parser.handle, bytes.baseAddress, bytes.count, &names, &payload)
        switch status {
        case .good: break
        case .malformed: throw Refusal(.malformed)
        case .notUTF8: throw Refusal(.malformed)
        case .notFinite: throw Refusal(.notFinite)
        case .wrongLength: throw Refusal(.wrongLength)
        case .tooManyNumbers:
            throw Refusal(.dimensionTooLarge, expected: names.numbersMax)
        case .outOfMemory:
            fatalError("could not decode \(bytes.count) bytes of JSON: out of memory")
        }
        if names.wantsValue, let numbers = payload.numbers {
            guard payload.count > 0 else { throw Refusal(.wrongDimension, found: 0) }
            let vector = [Float](UnsafeBufferPointer(start: numbers, count: payload.count))
            return .vector(vector, time: try time(payload.time))
        }
        if names.wantsLine, payload.hasLine {
            var line = LogLine(payload.line.buffer)
            line.severity = payload.severity
            line.code = payload.code
            return .line(line, time: try time(payload.time))
        }
        throw Refusal(payload.hasValue || payload.hasLine ? .wrongKind : .missingField)
    }

    private func time(_ scalar: AnchordScalar) throws(Refusal) -> EventTime? {
        guard source.declaration.timestamp.source == .field else { return nil }
        return try Timestamp.time(scalar, unit: source.declaration.timestamp.unit)
    }

    /// Whether this is a line such as `[error] 1, 2` rather than an array, which ends with its bracket.
    private func isBracketedLine(_ bytes: Bytes) -> Bool {
        guard kind != .vector, let close = bytes.firstIndex(of: UInt8(ascii: "]")) else {
            return kind == .log
        }
        return kind == .log || bytes[(close + 1)...].contains(where: Character.isLetter)
    }

    /// Whether the bytes may be read as text: no control characters but the usual, and no more than
    /// one byte in eight that is not UTF-8.
    private func isText(_ bytes: Bytes) -> Bool {
        let head = bytes.prefix(1024)
        var broken = 0
        for byte in head where byte < 0x20 || byte == 0x7F {
            guard (0x09...0x0D).contains(byte) || byte == 0x1B else { return false }
        }
        guard head.contains(where: { $0 >= 0x80 }) else { return true }
        for scalar in String(decoding: head, as: UTF8.self).unicodeScalars
        where scalar == "\u{FFFD}" {
            broken += 1
        }
        return broken * 8 <= head.count
    }
}
