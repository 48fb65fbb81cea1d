/// Why bytes are no model file of ours. Nothing of such a file is used.
package enum ModelFileError: Error, Equatable, CustomStringConvertible {
    /// Fewer bytes than the file says it has.
    case truncated(bytes: Int, expected: Int)
    case headerTooLong(bytes: UInt64, max: Int)
    /// The header is not the JSON that safetensors prescribes; `offset` is in bytes from the file's
    /// beginning.
    case malformedHeader(offset: Int, expected: String)
    case duplicate(name: String)
    case unsupportedType(name: String, type: String)
    /// A tensor's shape and the bytes it claims do not agree.
    case shapeMismatch(name: String, shape: [Int], bytes: Int)
    /// A tensor begins where it should not: a gap or an overlap.
    case misplaced(name: String, start: Int, expected: Int)
    case trailing(bytes: Int)
    case notFinite(name: String)
    /// `nil` when the file states no format at all.
    case otherFormat(String?)
    /// The digest is missing or is not the content's.
    case altered

    package var description: String { "this is no usable model file: \(reason)" }

    private var reason: String {
        switch self {
        case .truncated(let bytes, let expected):
            "it ends after \(bytes) bytes, but needs at least \(expected)"
        case .headerTooLong(let bytes, let max):
            "its header claims \(bytes) bytes, but at most \(max) are read"
        case .malformedHeader(let offset, let expected):
            "its header breaks off at byte \(offset), where \(expected) is due"
        case .duplicate(let name):
            "its header names \"\(name)\" twice"
        case .unsupportedType(let name, let type):
            "the tensor \"\(name)\" is of type \(type), but only F32 is read"
        case .shapeMismatch(let name, let shape, let bytes):
            "the tensor \"\(name)\" has \(bytes) bytes, which is not the shape \(shape) in F32"
        case .misplaced(let name, let start, let expected):
            "the tensor \"\(name)\" begins at \(start), but the one before ends at \(expected)"
        case .trailing(let bytes):
            "\(bytes) bytes follow the last tensor"
        case .notFinite(let name):
            "the tensor \"\(name)\" holds a number that is not finite"
        case .otherFormat(nil):
            "it states no format, and \(ModelFile.format) is due"
        case .otherFormat(let format?):
            "its format is \"\(format)\", but this version reads \(ModelFile.format)"
        case .altered:
            "it was damaged or tampered with, for its SHA-256 is not the one it states"
        }
    }
}
