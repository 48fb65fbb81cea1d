package import Signals

/// One input of the pipeline, as the journal keeps it.
package enum JournalRecord: Equatable, Sendable {
    /// What the broker sent.
    case message(Message)
    /// Time passed. `isDrained`: the broker's backlog was empty, so silence means silence.
    case tick(Arrival, isDrained: Bool)
    /// The acknowledgements of everything up to this sequence number have left for the broker.
    case mark(flushedThrough: UInt64)
    /// A command or a decision that changes what the pipeline does: small JSON of the caller.
    case control([UInt8])
}

/// One record and its place among all inputs. Numbers start at 1 and are never given twice.
package struct JournalEntry: Equatable, Sendable {
    package let sequence: UInt64
    package let record: JournalRecord

    package init(sequence: UInt64, record: JournalRecord) {
        self.sequence = sequence
        self.record = record
    }
}

/// The layout, little-endian:
/// ```
/// length of body u32 | CRC-32C of length and body u32 | body
/// body of a message: kind u8, QoS and retained u8, length of topic u16, wall i64, elapsed i64,
///                    topic, payload
/// ```
extension JournalRecord {
    static let headBytes = 8

    private enum Tag: UInt8 {
        case message = 1
        case tick, mark, control
    }

    private static let retainedBit: UInt8 = 0x80

    /// Appends this record, framed and summed, to `buffer`.
    func encode(into buffer: inout ByteBuffer) {
        let head = buffer.count
        buffer.append(UInt64(0))  // Filled in below, when the body is known.
        switch self {
        case .message(let message):
            var topic = message.topic
            let topicBytes = topic.utf8.count
            precondition(topicBytes <= Int(UInt16.max), "MQTT has no topic of \(topicBytes) bytes")
            buffer.append(Tag.message.rawValue)
            buffer.append(
                UInt8(message.qos.rawValue) | (message.isRetained ? Self.retainedBit : 0))
            buffer.append(UInt16(topicBytes))
            buffer.append(message.arrival.wall)
            buffer.append(message.arrival.elapsed)
            topic.withUTF8 { buffer.append(bytes: UnsafeRawBufferPointer($0)) }
            message.payload.withUnsafeBytes { buffer.append(bytes: $0) }
        case .tick(let arrival, let isDrained):
            buffer.append(Tag.tick.rawValue)
            buffer.append(UInt8(isDrained ? 1 : 0))
            buffer.append(arrival.wall)
            buffer.append(arrival.elapsed)
        case .mark(let flushedThrough):
            buffer.append(Tag.mark.rawValue)
            buffer.append(flushedThrough)
        case .control(let json):
            buffer.append(Tag.control.rawValue)
            json.withUnsafeBytes { buffer.append(bytes: $0) }
        }
        let bodyBytes = UInt32(buffer.count - head - Self.headBytes)
        buffer.set(bodyBytes, at: head)
        buffer.set(Self.checksum(of: buffer.bytes(from: head)), at: head + 4)
    }

    /// The record at the start of `bytes` and how many bytes it takes; `nil` when torn or damaged.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> (JournalRecord, byteCount: Int)? {
        guard bytes.count >= headBytes else { return nil }
        let bodyBytes = Int(bytes.read(UInt32.self, at: 0))
        guard bodyBytes > 0, bodyBytes <= bytes.count - headBytes else { return nil }
        let whole = UnsafeRawBufferPointer(rebasing: bytes[..<(headBytes + bodyBytes)])
        guard bytes.read(UInt32.self, at: 4) == checksum(of: whole),
            let record = decode(body: UnsafeRawBufferPointer(rebasing: whole[headBytes...]))
        else { return nil }
        return (record, headBytes + bodyBytes)
    }

    private static func decode(body: UnsafeRawBufferPointer) -> JournalRecord? {
        switch Tag(rawValue: body[0]) {
        case .message:
            guard body.count >= 20 else { return nil }
            let flags = body[1]
            let payloadStart = 20 + Int(body.read(UInt16.self, at: 2))
            guard payloadStart <= body.count,
                let qos = QoS(rawValue: Int32(flags & ~retainedBit))
            else { return nil }
            return .message(
                Message(
                    topic: String(decoding: body[20..<payloadStart], as: UTF8.self),
                    payload: [UInt8](body[payloadStart...]), qos: qos,
                    isRetained: flags & retainedBit != 0, arrival: arrival(in: body, at: 4)))
        case .tick:
            guard body.count == 18 else { return nil }
            return .tick(arrival(in: body, at: 2), isDrained: body[1] != 0)
        case .mark:
            guard body.count == 9 else { return nil }
            return .mark(flushedThrough: body.read(UInt64.self, at: 1))
        case .control:
            return .control([UInt8](body[1...]))
        case nil:
            return nil
        }
    }

    private static func arrival(in body: UnsafeRawBufferPointer, at offset: Int) -> Arrival {
        Arrival(
            wall: body.read(Int64.self, at: offset), elapsed: body.read(Int64.self, at: offset + 8))
    }

    /// Over the body and its length, so that a damaged length is damage too.
    private static func checksum(of record: UnsafeRawBufferPointer) -> UInt32 {
        let body = CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: record[headBytes...]))
        // Multiplying by an odd number maps lengths one to one, so equal bodies never hide a change.
        return body ^ (record.read(UInt32.self, at: 0) &* 0x9E37_79B1)
    }
}
