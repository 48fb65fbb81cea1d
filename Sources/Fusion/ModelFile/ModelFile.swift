import Signals

/// A trained model as one file: named tensors and what is worth knowing about them.
///
/// The bytes are a safetensors file, so that Python opens them too:
/// ```
/// n        8 bytes, little-endian: length of the header
/// header   n bytes of JSON, {"__metadata__": {text: text},
///                            name: {"dtype": "F32", "shape": […], "data_offsets": [a, b]}, …},
///          filled up with spaces so that the data begin at a multiple of 8
/// data     the tensors end to end, in order of their names
/// ```
/// Two entries of the metadata are ours and not the caller's: `format`, and `sha256` over the
/// content (see `digest`), so that no damaged model is ever put in service.
///
/// A pure value: reading and writing files is left to others.
package struct ModelFile: Equatable, Sendable {
    /// What the caller has to say, without `format` and `sha256`.
    package let metadata: [String: String]
    package let tensors: [String: Tensor]

    static let format = "anchord.model/1"
    static let formatKey = "format"
    static let digestKey = "sha256"

    package init(metadata: [String: String], tensors: [String: Tensor]) {
        precondition(
            metadata[Self.formatKey] == nil && metadata[Self.digestKey] == nil,
            "the file itself states its format and its digest")
        precondition(tensors[SafetensorsHeader.metadataKey] == nil, "that name is the metadata's")
        self.metadata = metadata
        self.tensors = tensors
    }

    /// The file. Equal content gives equal bytes.
    ///
    /// A number that is not finite is refused here as on reading: a diverged model is not kept.
    package var encoded: [UInt8] {
        get throws(ModelFileError) {
            let names = tensors.keys.sorted(by: inOrder)
            var entries: [SafetensorsHeader.Entry] = []
            var data: [UInt8] = []
            for name in names {
                guard let tensor = tensors[name] else { continue }
                try Self.check(tensor, named: name)
                let start = data.count
                data += tensor.littleEndian
                entries.append(
                    .init(name: name, shape: tensor.shape, start: start, end: data.count))
            }
            var stated = metadata
            stated[Self.formatKey] = Self.format
            stated[Self.digestKey] = digest
            let header = SafetensorsHeader(metadata: stated, entries: entries).encoded
            var writer = ByteWriter()
            writer.write(UInt64(header.count))
            return writer.bytes + header + data
        }
    }

    /// Reads a file back, or says what is wrong with it.
    package init(encoded bytes: [UInt8]) throws(ModelFileError) {
        let (header, dataStart) = try SafetensorsHeader.read(from: bytes)
        var metadata = header.metadata
        guard let format = metadata.removeValue(forKey: Self.formatKey), format == Self.format
        else { throw .otherFormat(header.metadata[Self.formatKey]) }
        let stated = metadata.removeValue(forKey: Self.digestKey)
        try header.check(dataBytes: bytes.count - dataStart)
        var tensors: [String: Tensor] = [:]
        for entry in header.entries {
            let stored = bytes[dataStart + entry.start..<dataStart + entry.end]
            tensors[entry.name] = Tensor(shape: entry.shape, littleEndian: stored)
        }
        self.metadata = metadata
        self.tensors = tensors
        guard stated == digest else { throw .altered }
        for (name, tensor) in tensors { try Self.check(tensor, named: name) }
    }

    private static func check(_ tensor: Tensor, named name: String) throws(ModelFileError) {
        guard tensor.values.allSatisfy(\.isFinite) else { throw .notFinite(name: name) }
    }

    /// SHA-256 of the content, whatever the order and the spelling of the header:
    /// ```
    /// text(format),  n, n × text(key) text(value),  m, m × text(name) list(shape) list(values)
    /// ```
    /// Metadata and tensors in order of their names' UTF-8 bytes. Counts and axes are 4 and 8 bytes,
    /// little-endian; a text or a list is its count and what it holds.
    package var digest: String {
        var content = ByteWriter()
        content.write(Self.format)
        content.write(UInt32(metadata.count))
        for (key, value) in metadata.sorted(by: { inOrder($0.key, $1.key) }) {
            content.write(key)
            content.write(value)
        }
        content.write(UInt32(tensors.count))
        for (name, tensor) in tensors.sorted(by: { inOrder($0.key, $1.key) }) {
            content.write(name)
            content.write(tensor.shape.map(UInt64.init))
            content.write(tensor.values)
        }
        return sha256(content.bytes)
    }
}

/// The order of two texts by their UTF-8 bytes, the same in every language.
func inOrder(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
}
