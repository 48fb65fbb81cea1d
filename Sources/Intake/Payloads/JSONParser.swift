import CSimdjson

/// simdjson's parser and its buffers, freed once.
///
/// Unchecked: the buffers are scratch that one thread at a time may use. `SignalReader` keeps that by
/// taking a parser of its own as soon as it shares one with a copy of itself.
final class JSONParser: @unchecked Sendable {
    let handle: OpaquePointer

    init() {
        guard let handle = anchord_parser_create() else {
            fatalError("could not make a JSON parser: out of memory")
        }
        self.handle = handle
    }

    deinit {
        anchord_parser_destroy(handle)
    }

    /// Whether `bytes` are one complete JSON value, checked throughout.
    func isJSON(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        anchord_is_json(handle, bytes.baseAddress, bytes.count)
    }
}

/// The names of a payload's fields, as C reads them.
///
/// Unchecked: written in `init` only.
final class PayloadFields: @unchecked Sendable {
    private let bytes: UnsafeMutablePointer<UInt8>
    private(set) var names = AnchordFields()

    init(value: String, line: String, time: String, numbersMax: Int) {
        let texts = [value, line, time, "severity", "code"].map { Array($0.utf8) }
        bytes = .allocate(capacity: texts.reduce(1) { $0 + $1.count })
        var end = bytes
        let pieces = texts.map { text in
            end.initialize(from: text, count: text.count)
            defer { end += text.count }
            return AnchordText(start: UnsafePointer(end), length: text.count)
        }
        names.value = pieces[0]
        names.line = pieces[1]
        names.time = pieces[2]
        names.severity = pieces[3]
        names.code = pieces[4]
        names.numbersMax = numbersMax
    }

    deinit {
        bytes.deallocate()
    }
}

extension AnchordText {
    /// The bytes, good until the parser's next call.
    var buffer: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: start, count: start == nil ? 0 : length)
    }
}
