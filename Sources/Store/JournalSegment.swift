import Foundation
import Glibc

/// One file of the journal, open for appending. Closed exactly once.
///
/// The file starts with a head of 16 bytes (magic, then the sequence number of its first record),
/// so a record's number follows from its place and costs no bytes.
struct JournalSegment: ~Copyable {
    static let magic: UInt64 = 0x316C_6E72_6A68_636E  // "nchjrnl1" read as little-endian.
    static let headBytes = 16

    let path: String
    private(set) var byteCount: Int
    private let descriptor: Int32

    /// Starts a new file; an old one of that name, which held nothing readable, gives way.
    init(path: String, first: UInt64) throws(StoreError) {
        descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        self.path = path
        byteCount = 0
        guard descriptor >= 0 else {
            throw StoreError(errno: errno, attempting: "start the journal file \(path)")
        }
        var head = ByteBuffer(capacity: Self.headBytes)
        head.append(Self.magic)
        head.append(first)
        try append(head.bytes())
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends `bytes` in one call of the system, all or nothing.
    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        var written = 0
        while written < bytes.count {
            let count = write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let code = count == 0 ? ENOSPC : errno
                // Part of a batch must not stay: what is appended next would hide behind it.
                ftruncate(descriptor, off_t(byteCount))
                throw StoreError(errno: code, attempting: "append to the journal \(path)")
            }
            written += count
        }
        byteCount += bytes.count
    }

    /// Takes the last `bytes` appended away again; returns whether that worked.
    mutating func takeBack(_ bytes: Int) -> Bool {
        guard ftruncate(descriptor, off_t(byteCount - bytes)) == 0 else { return false }
        byteCount -= bytes
        return true
    }

    /// Waits, with `syncFile`, until all that was appended is on the disk.
    borrowing func sync(with syncFile: (Int32) -> Int32) throws(StoreError) {
        guard syncFile(descriptor) == 0 else {
            throw StoreError(errno: errno, attempting: "sync the journal \(path)")
        }
    }

    /// `journal-` and twenty digits, so that the order of names is the order of records.
    static func name(first: UInt64) -> String {
        let digits = String(first)
        return "journal-" + String(repeating: "0", count: 20 - digits.count) + digits
    }

    static func first(inName name: String) -> UInt64? {
        guard name.hasPrefix("journal-"), name.utf8.count == 28 else { return nil }
        return UInt64(name.dropFirst(8))
    }

    /// What was found in one file besides its records.
    struct Reading {
        /// Number the next record of this file would have.
        var next: UInt64
        /// Bytes of damaged records with sound ones behind them.
        var damagedBytes = 0
        /// Bytes at the end behind which nothing can be read.
        var tailBytes = 0
        /// Bytes of the file without that tail.
        var byteCount = 0
    }

    /// Hands each sound record of a file to `body`, in order.
    static func read(
        path: String, first: UInt64, body: (JournalEntry) throws -> Void
    ) throws -> Reading {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw StoreError(error, attempting: "read the journal file \(path)")
        }
        return try data.withUnsafeBytes { bytes in
            var reading = Reading(next: first)
            guard bytes.count >= headBytes, bytes.read(UInt64.self, at: 0) == magic,
                bytes.read(UInt64.self, at: 8) == first
            else {
                reading.tailBytes = bytes.count
                return reading
            }
            var offset = headBytes
            while offset < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                if let (record, byteCount) = JournalRecord.decode(rest) {
                    try body(JournalEntry(sequence: reading.next, record: record))
                    offset += byteCount
                } else if let byteCount = damagedBytes(atStartOf: rest) {
                    reading.damagedBytes += byteCount
                    offset += byteCount
                } else {
                    break
                }
                reading.next += 1
            }
            reading.tailBytes = bytes.count - offset
            reading.byteCount = offset
            return reading
        }
    }

    /// Bytes of the unsound record at the start of `bytes`, when a sound one follows it: damage to
    /// one record then costs no other, and the numbers behind it stay right.
    private static func damagedBytes(atStartOf bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= JournalRecord.headBytes else { return nil }
        let byteCount = JournalRecord.headBytes + Int(bytes.read(UInt32.self, at: 0))
        guard byteCount < bytes.count,
            JournalRecord.decode(UnsafeRawBufferPointer(rebasing: bytes[byteCount...])) != nil
        else { return nil }
        return byteCount
    }
}
