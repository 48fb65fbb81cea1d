import CZlib
import Foundation
package import Signals

/// A recording being written, one line per message; gzip when its name ends in `.gz`.
///
/// Noncopyable: closed exactly once, by whoever holds it. A file cut off by a crash is readable up to
/// the last `flush`.
package struct RecordingFile: ~Copyable {
    private let file: gzFile
    private let path: String
    private var writer = RecordingWriter()

    package private(set) var messagesTotal = 0
    /// Before compression.
    package private(set) var bytesTotal = 0

    /// Opens `path` anew, or the standard output for `-`.
    package init(path: String) throws {
        self.path = path
        // T: as it is, without compression.
        let mode = path.hasSuffix(".gz") ? "wb6" : "wbT"
        let opened: gzFile?
        if path == "-" {
            let descriptor = dup(1)
            opened = descriptor < 0 ? nil : gzdopen(descriptor, mode)
        } else {
            opened = gzopen(path, mode)
        }
        guard let opened else {
            throw RecordingError(
                "could not write the recording \(path): \(String(cString: strerror(errno))). "
                    + "Name a file in a folder you may write to, or - for the standard output.")
        }
        file = opened
        gzbuffer(file, 256 << 10)
    }

    deinit {
        gzclose(file)
    }

    package mutating func write(_ message: Message) throws {
        let line = writer.line(for: message)
        guard gzwrite(file, line, UInt32(line.count)) == Int32(line.count) else {
            throw failure()
        }
        messagesTotal += 1
        bytesTotal += line.count
    }

    /// Everything written so far is in the file afterwards. Costs a few bytes of compression.
    package func flush() throws {
        guard gzflush(file, Z_SYNC_FLUSH) == Z_OK else { throw failure() }
    }

    /// Call at the end instead of letting go, to hear of a full disk.
    package func close() throws {
        guard gzflush(file, Z_FINISH) == Z_OK else { throw failure() }
    }

    private func failure() -> RecordingError {
        let systemError = errno
        var code: Int32 = 0
        let words = gzerror(file, &code)
        let detail =
            code == Z_ERRNO
            ? String(cString: strerror(systemError))
            : words.map { String(cString: $0) } ?? "unknown error"
        return RecordingError(
            "could not write to the recording \(path): \(detail). Make room there, or name another "
                + "place.")
    }
}
