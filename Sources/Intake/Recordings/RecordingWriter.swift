package import Signals

/// Writes messages as lines of a recording that `RecordingReader` reads back byte for byte.
///
/// A payload is embedded as it is when it is a JSON object or array on one line; other text becomes
/// a JSON string; anything else becomes `payload_hex`.
package struct RecordingWriter: Sendable {
    private var parser = JSONParser()

    package init() {}

    /// One line, with its newline.
    package mutating func line(for message: Message) -> [UInt8] {
        if !isKnownUniquelyReferenced(&parser) { parser = JSONParser() }
        var line: [UInt8] = []
        line.reserveCapacity(message.payload.count + message.topic.utf8.count + 96)
        line += "{\"tst\":\"\(RFC3339.text(nanoseconds: message.arrival.wall))\",\"topic\":".utf8
        Self.append(quoted: message.topic.utf8, to: &line)
        line += ",\"qos\":\(message.qos.rawValue),\"retain\":\(message.isRetained ? 1 : 0),".utf8
        if isEmbeddable(message.payload) {
            line += "\"payload\":".utf8
            line += message.payload
        } else if message.payload.withUnsafeBufferPointer({
            String(validating: $0, as: UTF8.self) != nil
        }) {
            line += "\"payload\":".utf8
            Self.append(quoted: message.payload, to: &line)
        } else {
            line += "\"payload_hex\":\"".utf8
            line += Hex.text(message.payload)
            line += "\"".utf8
        }
        line += "}\n".utf8
        return line
    }

    /// Space around a value or a line break within it would not come back.
    private func isEmbeddable(_ payload: [UInt8]) -> Bool {
        guard let first = payload.first, let last = payload.last,
            first == UInt8(ascii: "{") && last == UInt8(ascii: "}")
                || first == UInt8(ascii: "[") && last == UInt8(ascii: "]"),
            !payload.contains(0x0A), !payload.contains(0x0D)
        else { return false }
        return payload.withUnsafeBufferPointer(parser.isJSON)
    }

    private static func append(quoted text: some Sequence<UInt8>, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                line += "\\u00".utf8
                line += Hex.text([byte])
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
