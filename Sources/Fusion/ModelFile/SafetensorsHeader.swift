/// The header of a safetensors file: which tensor is where, and the metadata.
struct SafetensorsHeader: Equatable {
    struct Entry: Equatable {
        let name: String
        let shape: [Int]
        /// First byte and the one after the last, from the beginning of the data.
        let start: Int
        let end: Int
    }

    var metadata: [String: String]
    var entries: [Entry]

    static let metadataKey = "__metadata__"
    /// Longer headers are not read: names, shapes and a training table take far less.
    static let bytesMax = 4 << 20

    /// The JSON, compact, in order of the names, filled up with spaces to a multiple of 8.
    var encoded: [UInt8] {
        let notes = metadata.sorted { inOrder($0.key, $1.key) }
            .map { quoted($0.key) + ":" + quoted($0.value) }
        let parts =
            [quoted(Self.metadataKey) + ":{" + notes.joined(separator: ",") + "}"]
            + entries.map { entry in
                let shape = entry.shape.map(String.init).joined(separator: ",")
                return quoted(entry.name) + #":{"dtype":"F32","shape":[\#(shape)],"#
                    + #""data_offsets":[\#(entry.start),\#(entry.end)]}"#
            }
        let text = Array(("{" + parts.joined(separator: ",") + "}").utf8)
        return text + [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    }

    /// The header at the beginning of `bytes`, and where the data begin.
    static func read(from bytes: [UInt8]) throws(ModelFileError) -> (SafetensorsHeader, Int) {
        guard bytes.count >= 8 else { throw .truncated(bytes: bytes.count, expected: 8) }
        let count = bytes.withUnsafeBytes { stored in
            UInt64(littleEndian: stored.loadUnaligned(as: UInt64.self))
        }
        guard count <= UInt64(bytesMax) else {
            throw .headerTooLong(bytes: count, max: bytesMax)
        }
        let end = 8 + Int(count)
        guard bytes.count >= end else { throw .truncated(bytes: bytes.count, expected: end) }
        var scanner = HeaderScanner(bytes, from: 8, to: end)
        return (try SafetensorsHeader(from: &scanner), end)
    }

    /// Whether the tensors fill `dataBytes` bytes exactly, without a gap and without an overlap,
    /// each with as many bytes as its shape asks for.
    func check(dataBytes: Int) throws(ModelFileError) {
        var end = 0
        for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            guard entry.start == end else {
                throw .misplaced(name: entry.name, start: entry.start, expected: end)
            }
            let bytes = entry.end - entry.start
            guard Self.bytes(ofShape: entry.shape) == bytes else {
                throw .shapeMismatch(name: entry.name, shape: entry.shape, bytes: bytes)
            }
            end = entry.end
        }
        guard end <= dataBytes else { throw .truncated(bytes: dataBytes, expected: end) }
        guard end == dataBytes else { throw .trailing(bytes: dataBytes - end) }
    }

    /// `4 × Π shape`, or `nil` when that is no number of bytes.
    private static func bytes(ofShape shape: [Int]) -> Int? {
        var product = 4
        for axis in shape {
            let (next, isTooLarge) = product.multipliedReportingOverflow(by: axis)
            guard !isTooLarge else { return nil }
            product = next
        }
        return product
    }
}

extension SafetensorsHeader {
    private init(from scanner: inout HeaderScanner) throws(ModelFileError) {
        metadata = [:]
        entries = []
        var names: Set<String> = []
        try scanner.object { scanner, name throws(ModelFileError) in
            guard names.insert(name).inserted else { throw .duplicate(name: name) }
            if name == Self.metadataKey {
                try scanner.object { scanner, key throws(ModelFileError) in
                    guard metadata[key] == nil else { throw .duplicate(name: key) }
                    metadata[key] = try scanner.string()
                }
            } else {
                entries.append(try Self.entry(named: name, from: &scanner))
            }
        }
        try scanner.padding()
    }

    private static func entry(
        named name: String, from scanner: inout HeaderScanner
    ) throws(ModelFileError) -> Entry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.object { scanner, key throws(ModelFileError) in
            switch key {
            case "dtype" where type == nil: type = try scanner.string()
            case "shape" where shape == nil: shape = try scanner.integers()
            case "data_offsets" where offsets == nil: offsets = try scanner.integers()
            case "dtype", "shape", "data_offsets": throw .duplicate(name: "\(name): \(key)")
            default: throw scanner.fault("dtype, shape or data_offsets")
            }
        }
        guard let type, let shape, let offsets else {
            throw scanner.fault("dtype, shape and data_offsets of \"\(name)\"")
        }
        guard type == "F32" else { throw .unsupportedType(name: name, type: type) }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw scanner.fault("a first and a last byte of \"\(name)\"")
        }
        return Entry(name: name, shape: shape, start: offsets[0], end: offsets[1])
    }
}
