import Glibc
import Signals
import TestSupport
import Testing

@testable import Store

@Suite("A disk that fails to sync")
struct JournalSyncTests {
    @Test("A batch that did not reach the disk is not kept, and what follows has the right numbers")
    func failedSync() throws {
        let folder = try TemporaryFolder()
        do {
            let journal = try Journal(folder: folder.path("j"), syncEveryAppend: true)
            _ = try journal.recover(after: 0) { _ in }
            // Also at the very start of a file, and twice in a row.
            for text in ["one", "two"] {
                journal.syncFile = { _ in
                    errno = EIO
                    return -1
                }
                for _ in 0..<2 {
                    #expect(throws: StoreError.self) {
                        try journal.append([.message(message("lost")), .message(message("lost"))])
                    }
                }
                journal.syncFile = fdatasync
                try journal.append([.message(message(text))])
            }
            #expect(journal.lastSequence == 2)
            #expect(try journal.append([.mark(flushedThrough: 2)]) == 3)
        }
        let found = try recovered(folder.path("j"))
        #expect(found.entries.map(\.sequence) == [1, 2, 3])
        #expect(
            found.entries.map(\.record) == [
                .message(message("one")), .message(message("two")), .mark(flushedThrough: 2),
            ])
        #expect(found.report.damagedBytes == 0 && found.report.gaps.isEmpty)
        #expect(found.last == 3)
    }
}
