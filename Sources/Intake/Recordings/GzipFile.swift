import CZlib
import Foundation

/// A file being read, gzip or plain, closed exactly once.
struct GzipFile: ~Copyable {
    private let file: gzFile
    private let path: String
    /// The file's size on disk, for a progress bar; `nil` for a pipe.
    let bytesTotal: Int?

    /// Opens `path`, or the standard input for `-`.
    init(path: String) throws(RecordingError) {
        self.path = path
        let opened: gzFile?
        if path == "-" {
            let descriptor = dup(0)
            opened = descriptor < 0 ? nil : gzdopen(descriptor, "rb")
        } else {
            opened = gzopen(path, "rb")
        }
        guard let opened else {
            throw RecordingError(
                "could not open the recording \(path): \(String(cString: strerror(errno))). "
                    + "Give a file that can be read, or - for the standard input.")
        }
        file = opened
        gzbuffer(file, 256 << 10)
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        bytesTotal = (attributes?[.size] as? NSNumber)?.intValue
    }

    deinit {
        gzclose(file)
    }

    /// Bytes taken from the disk so far.
    var bytesRead: Int { Int(gzoffset(file)) }

    enum Chunk {
        case bytes(Int)
        case end
        /// The file stops in the middle: its writer was interrupted.
        case cutOff
    }

    borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(RecordingError) -> Chunk
    {
        let count = gzread(file, buffer.baseAddress, UInt32(min(buffer.count, 1 << 30)))
        if count > 0 { return .bytes(Int(count)) }
        var code: Int32 = 0
        let words = gzerror(file, &code)
        if code == Z_BUF_ERROR { return .cutOff }
        guard count == 0, code == Z_OK || code == Z_STREAM_END else {
            throw RecordingError(
                "could not read on in the recording \(path): "
                    + "\(words.map { String(cString: $0) } ?? "unknown error") (zlib \(code)). "
                    + "The file is damaged; copy it again from where it was made.")
        }
        return .end
    }
}

/// Why a recording or a labels file cannot be read at all.
package struct RecordingError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
