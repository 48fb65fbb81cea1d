import Foundation
import Glibc

/// Every accepted input since the oldest one an open window needs, in the order it was taken.
///
/// In: records, a batch at a time, on disk (or in tmpfs) before `append` returns; only then may
/// they be acknowledged. Out, at the next start: the same records with the same numbers. A state
/// commit makes old records superfluous and `trim` removes them, whole files at a time.
///
/// A class that is not `Sendable`: the thread that turns the broker's loop owns it.
package final class Journal {
    /// Changes when the folder was lost, as a reboot loses `/run`. A state commit keeps it, so the
    /// next start knows whether inputs after that commit may be gone.
    ///
    /// The kernel's boot id says less (a journal on disk survives a reboot), and the unit's
    /// `ProcSubset=pid` hides it.
    package let id: String
    package let folder: String

    /// Number of the newest record, 0 before the first.
    package private(set) var lastSequence: UInt64 = 0
    /// Bytes of all files of the journal.
    package var bytes: Int { closed.reduce(0) { $0 + $1.byteCount } + (current?.byteCount ?? 0) }

    private struct ClosedSegment {
        let path: String
        /// Number of the newest record within, or of the one before when there is none.
        let last: UInt64
        let byteCount: Int
    }

    private let segmentBytes: Int
    private let syncEveryAppend: Bool
    private let lock: Int32
    private var closed: [ClosedSegment] = []
    private var current: JournalSegment?
    private var buffer = ByteBuffer(capacity: 1 << 16)
    private var isRecovered = false
    /// Waits for the disk; a test hands in a disk that fails.
    var syncFile: (Int32) -> Int32 = fdatasync

    /// Opens the journal in `folder`, which is made when it is not there, and keeps others out.
    ///
    /// - Parameters:
    ///   - folder: Where the files are; tmpfs spares the flash.
    ///   - segmentBytes: Size at which a file is closed and the next one begun.
    ///   - syncEveryAppend: Wait for the disk in each `append`: records survive a power cut.
    /// - Throws: `StoreError` when the folder cannot be written or another process has it.
    package init(
        folder: String, segmentBytes: Int = 4 << 20, syncEveryAppend: Bool = false
    ) throws {
        self.folder = folder
        self.segmentBytes = segmentBytes
        self.syncEveryAppend = syncEveryAppend
        try Folder.make(folder, attempting: "make the journal's folder \(folder)")
        lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else {
            throw StoreError(errno: errno, attempting: "open the journal's folder \(folder)")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(lock)
            throw StoreError(errno: code, attempting: "lock the journal's folder \(folder)")
        }
        do {
            id = try Self.identity(in: folder)
        } catch {
            close(lock)
            throw error
        }
    }

    deinit {
        close(lock)
    }

    /// Nothing is appended any more: another may take the folder over.
    package func release() {
        flock(lock, LOCK_UN)
    }

    /// Reads back what an earlier process left, in order, and makes the journal ready to append.
    ///
    /// Call it once, before the first `append`. What cannot be read is reported, never fatal; a
    /// torn tail was never acknowledged, so the broker sends it again.
    ///
    /// - Parameters:
    ///   - sequence: Newest number the committed state contains; numbering goes on after it even
    ///     when the journal itself was lost.
    ///   - body: Takes each record. What it throws ends the recovery.
    /// - Returns: What was found, lost or damaged.
    /// - Throws: `StoreError` when the folder cannot be read, and what `body` throws.
    package func recover(
        after sequence: UInt64, _ body: (JournalEntry) throws -> Void
    ) throws -> JournalRecovery {
        precondition(!isRecovered, "a journal is recovered once, before its first append")
        var recovery = JournalRecovery()
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw StoreError(error, attempting: "list the journal's folder \(folder)")
        }
        let firsts = names.compactMap(JournalSegment.first(inName:)).sorted()
        for (index, first) in firsts.enumerated() {
            let path = folder + "/" + JournalSegment.name(first: first)
            let part = try JournalSegment.read(path: path, first: first) { entry in
                recovery.note(entry.sequence)
                try body(entry)
            }
            recovery.damagedBytes += part.damagedBytes
            if part.tailBytes > 0 {
                if index == firsts.count - 1 {
                    recovery.tornBytes += part.tailBytes
                    truncate(path, off_t(part.byteCount))
                } else {
                    recovery.damagedBytes += part.tailBytes
                }
            }
            closed.append(
                ClosedSegment(path: path, last: part.next - 1, byteCount: part.byteCount))
        }
        lastSequence = max(sequence, closed.last?.last ?? 0)
        isRecovered = true
        return recovery
    }

    /// Keeps `records`, all of them or, when it throws, none; one call of the system per batch.
    ///
    /// - Returns: The number of the last record; the others precede it without a gap.
    /// - Throws: `StoreError`. Nothing of the batch may be acknowledged; the next batch may succeed.
    @discardableResult
    package func append(_ records: [JournalRecord]) throws -> UInt64 {
        precondition(isRecovered, "a journal is recovered before its first append")
        guard !records.isEmpty else { return lastSequence }
        try rollIfFull()
        buffer.removeAll(capacityMax: 4 << 20)
        for record in records { record.encode(into: &buffer) }
        try current!.append(buffer.bytes())
        if syncEveryAppend { try sync(records.count) }
        lastSequence += UInt64(records.count)
        return lastSequence
    }

    /// Removes files whose every record is older than `keepFrom`. The newest file always stays.
    package func trim(keepFrom: UInt64) {
        // In order, and only from the front, so that what stays is one run of numbers.
        while let oldest = closed.first, oldest.last < keepFrom {
            unlink(oldest.path)
            closed.removeFirst()
        }
    }

    /// Waits until the batch just appended is on the disk.
    ///
    /// When that fails the batch is taken back, or the records after it would be numbered wrongly at
    /// the next start. The next one goes into a file of its own: after a failure the kernel takes
    /// what it could not write for written, and a later success would say nothing of it.
    private func sync(_ count: Int) throws {
        do {
            try current!.sync(with: syncFile)
        } catch {
            if !current!.takeBack(buffer.count) {
                // They stay in the file, under their numbers; the broker sends them again.
                lastSequence += UInt64(count)
            }
            closeCurrent()
            throw error
        }
    }

    private func closeCurrent() {
        guard let path = current?.path, let byteCount = current?.byteCount else { return }
        closed.append(ClosedSegment(path: path, last: lastSequence, byteCount: byteCount))
        current = nil
    }

    private func rollIfFull() throws {
        if let byteCount = current?.byteCount {
            guard byteCount >= segmentBytes else { return }
            closeCurrent()
        }
        let path = folder + "/" + JournalSegment.name(first: lastSequence + 1)
        // A file of that name held no readable record: it gives way, in our list too.
        closed.removeAll { $0.path == path }
        current = try JournalSegment(path: path, first: lastSequence + 1)
        // A synced file in an unsynced folder may have no name after a power cut.
        if syncEveryAppend { fsync(lock) }
    }

    /// The folder's own name for itself, made with the folder and lost with it.
    private static func identity(in folder: String) throws -> String {
        let path = folder + "/id"
        if let text = try? String(contentsOfFile: path, encoding: .utf8), text.utf8.count == 36 {
            return text
        }
        let text = UUID().uuidString.lowercased()
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw StoreError(error, attempting: "write to the journal's folder \(folder)")
        }
        return text
    }
}
