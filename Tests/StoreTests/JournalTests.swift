import Foundation
import Signals
import Store
import TestSupport
import Testing

@Suite("The journal gives back what was appended")
struct JournalTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Writes `batches` as one process would, and lets go of the journal.
    private func write(_ batches: [[JournalRecord]], segmentBytes: Int = 4 << 20) throws {
        let journal = try Journal(folder: folder.path("j"), segmentBytes: segmentBytes)
        _ = try journal.recover(after: 0) { _ in }
        for batch in batches { try journal.append(batch) }
    }

    @Test(
        "Records of every kind come back in order, over any number of files and restarts",
        arguments: UInt64(0)..<16)
    func recordsComeBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var sent: [JournalRecord] = []
        for _ in 0..<4 {
            let journal = try Journal(
                folder: folder.path("j"),
                segmentBytes: Int.random(in: 100...20_000, using: &random))
            _ = try journal.recover(after: 0) { _ in }
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let batch = records(Int.random(in: 1...20, using: &random), using: &random)
                sent += batch
                #expect(try journal.append(batch) == UInt64(sent.count))
            }
        }
        let found = try recovered(folder.path("j"))
        #expect(found.entries.map(\.record) == sent)
        #expect(found.entries.map(\.sequence) == Array(0..<UInt64(sent.count)).map { $0 + 1 })
        #expect(found.report.tornBytes == 0)
        #expect(found.report.damagedBytes == 0)
        #expect(found.report.gaps.isEmpty)
    }

    @Test("A crash at any byte of the last record loses that record and no other")
    func tornTail() throws {
        let kept: [JournalRecord] = [.message(message("one")), .mark(flushedThrough: 1)]
        try write([kept])
        let path = try segmentPaths(folder.path("j"))[0]
        let before = try Data(contentsOf: URL(fileURLWithPath: path)).count
        try FileManager.default.removeItem(atPath: path)
        try write([kept + [.message(message("torn"))]])
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))

        for length in before..<whole.count {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            let found = try recovered(folder.path("j"))
            #expect(found.entries.map(\.record) == kept, "cut at byte \(length)")
            #expect(found.report.tornBytes == length - before)
            #expect(found.last == 2)
        }
    }

    @Test("After a torn tail the numbers go on without a gap")
    func appendAfterTornTail() throws {
        try write([[.message(message("one")), .message(message("two"))]])
        let path = try segmentPaths(folder.path("j"))[0]
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try whole.dropLast().write(to: URL(fileURLWithPath: path))
        do {
            let journal = try Journal(folder: folder.path("j"))
            _ = try journal.recover(after: 0) { _ in }
            #expect(try journal.append([.message(message("again"))]) == 2)
        }
        let found = try recovered(folder.path("j"))
        #expect(found.entries.map(\.sequence) == [1, 2])
        #expect(found.entries.last?.record == .message(message("again")))
        #expect(found.report.tornBytes + found.report.damagedBytes == 0)
    }

    @Test("A flipped bit anywhere costs one record, or at worst the tail, and is reported")
    func flippedBit() throws {
        let sent = ["one", "two", "three"].map { JournalRecord.message(message($0)) }
        try write([sent])
        let path = try segmentPaths(folder.path("j"))[0]
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for byte in 0..<whole.count {
            var damaged = whole
            damaged[byte] ^= 1 << UInt8(byte % 8)
            try damaged.write(to: URL(fileURLWithPath: path))
            let found = try recovered(folder.path("j"))
            #expect(found.report.tornBytes + found.report.damagedBytes > 0, "byte \(byte)")
            #expect(found.entries.count < sent.count)
            for entry in found.entries {
                #expect(entry.record == sent[Int(entry.sequence) - 1], "byte \(byte)")
            }
        }
    }

    @Test("A damaged record in the middle is a gap in the numbers, and what follows is read")
    func damageInTheMiddle() throws {
        let sent = ["one", "two", "three"].map { JournalRecord.message(message($0)) }
        try write([sent])
        let path = try segmentPaths(folder.path("j"))[0]
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let two = Array("two".utf8)
        let at = (0..<bytes.count - 3).first { Array(bytes[$0..<$0 + 3]) == two }!
        bytes[at] ^= 0xFF
        try Data(bytes).write(to: URL(fileURLWithPath: path))

        let found = try recovered(folder.path("j"))
        #expect(found.entries.map(\.sequence) == [1, 3])
        #expect(found.report.gaps == [2...2])
        #expect(!found.report.covers(from: 1, through: 3))
        #expect(found.report.covers(from: 3, through: 3))
    }

    @Test("Trimming never takes a record that is still needed", arguments: UInt64(0)..<32)
    func trimKeepsWhatIsNeeded(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var sent: [JournalRecord] = []
        var keepFrom: UInt64 = 1
        for _ in 0..<3 {
            let journal = try Journal(folder: folder.path("j"), segmentBytes: 3000)
            _ = try journal.recover(after: 0) { _ in }
            for _ in 0..<10 {
                let batch = records(Int.random(in: 1...8, using: &random), using: &random)
                sent += batch
                try journal.append(batch)
                keepFrom = UInt64.random(in: keepFrom...UInt64(sent.count) + 1, using: &random)
                journal.trim(keepFrom: keepFrom)
                let onDisk = try segmentPaths(folder.path("j")).reduce(0) {
                    try $0 + Data(contentsOf: URL(fileURLWithPath: $1)).count
                }
                #expect(journal.bytes == onDisk)
            }
        }
        let needed = sent.enumerated().map { (UInt64($0 + 1), $1) }.filter { $0.0 >= keepFrom }
        let found = try recovered(folder.path("j")).entries.filter { $0.sequence >= keepFrom }
        #expect(found.map(\.sequence) == needed.map(\.0))
        #expect(found.map(\.record) == needed.map(\.1))
    }

    @Test("A batch of many megabytes and a small one after it both come back")
    func largeBatch() throws {
        let large = [UInt8](repeating: 9, count: 9 << 20)
        try write([[.control(large)], [.control([1])]])
        #expect(
            try recovered(folder.path("j")).entries.map(\.record) == [
                .control(large), .control([1]),
            ])
    }

    @Test("Trimming lets files go")
    func trimRemovesFiles() throws {
        let journal = try Journal(folder: folder.path("j"), segmentBytes: 1000)
        _ = try journal.recover(after: 0) { _ in }
        for _ in 0..<50 { try journal.append([.control([UInt8](repeating: 7, count: 400))]) }
        #expect(try segmentPaths(folder.path("j")).count > 10)
        journal.trim(keepFrom: journal.lastSequence + 1)
        #expect(try segmentPaths(folder.path("j")).count == 1)
        #expect(journal.bytes < 2000)
    }

    @Test("A lost journal goes on after the committed state, under another id")
    func lostJournal() throws {
        let first: String
        do {
            let journal = try Journal(folder: folder.path("j"))
            first = journal.id
        }
        #expect(try Journal(folder: folder.path("j")).id == first)
        try FileManager.default.removeItem(atPath: folder.path("j"))

        let journal = try Journal(folder: folder.path("j"), syncEveryAppend: true)
        let report = try journal.recover(after: 41) { _ in }
        #expect(journal.id != first)
        #expect(!report.covers(from: 40, through: 41))
        #expect(report.covers(from: 42, through: 41), "no window was open")
        #expect(try journal.append([.control([])]) == 42)
    }

    @Test("A second process is kept out, and told why")
    func secondProcess() throws {
        let journal = try Journal(folder: folder.path("j"))
        #expect {
            _ = try Journal(folder: folder.path("j"))
        } throws: { error in
            (error as? StoreError)?.kind == .inUse && "\(error)".contains("Another anchord")
        }
        _ = journal.lastSequence
    }

    @Test("A folder that cannot be made is named, with what to do")
    func folderThatCannotBe() throws {
        #expect {
            _ = try Journal(folder: "/dev/null/journal")
        } throws: { error in
            (error as? StoreError)?.kind == .inaccessible
                && "\(error)".contains("/dev/null/journal")
        }
    }
}
