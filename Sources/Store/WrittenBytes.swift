import Foundation

/// What this process has made the disks write.
package enum WrittenBytes {
    /// Bytes the kernel charged to us for writing to storage since we started, tmpfs not among
    /// them; `nil` where the kernel does not count.
    package static func ofThisProcess() -> UInt64? {
        guard let text = try? String(contentsOfFile: "/proc/self/io", encoding: .utf8) else {
            return nil
        }
        for line in text.split(separator: "\n") where line.hasPrefix("write_bytes: ") {
            return UInt64(line.dropFirst(13))
        }
        return nil
    }
}
