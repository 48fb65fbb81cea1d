import Foundation
import GRDB
import Glibc
import TestSupport
import Testing

@testable import Store

@Suite("A state that cannot be opened says what to do")
struct OpeningTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func failure(at path: String) -> StoreError? {
        do {
            _ = try StateStore(path: path)
            return nil
        } catch {
            return error as? StoreError
        }
    }

    @Test("A file that is no database is left alone and named")
    func notADatabase() throws {
        let path = folder.path("anchord.sqlite")
        let text = Data(String(repeating: "This is a letter. ", count: 500).utf8)
        try text.write(to: URL(fileURLWithPath: path))
        let error = try #require(failure(at: path))
        #expect(error.kind == .notOurs)
        #expect(error.description.contains("open the state in \(path)"))
        #expect(error.description.contains("Move the file away"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
    }

    @Test("A file of a later version is refused, not changed")
    func laterVersion() throws {
        let path = folder.path("anchord.sqlite")
        do {
            let store = try StateStore(path: path)
            try store.write("come from the future") { db in
                try db.execute(
                    sql: "INSERT INTO grdb_migrations VALUES ('Create something unheard of')")
            }
        }
        let error = try #require(failure(at: path))
        #expect(error.kind == .newer)
        #expect(error.description.contains("a later version of anchord has changed it"))
    }

    @Test("A path below a file cannot be made")
    func belowAFile() throws {
        let error = try #require(failure(at: "/dev/null/anchord.sqlite"))
        #expect(error.kind == .inaccessible)
        #expect(error.description.contains("may write to it"))
    }

    @Test("A folder in place of the file is said to be inaccessible")
    func folderInPlace() throws {
        let error = try #require(failure(at: folder.url.path))
        #expect(error.kind == .inaccessible)
    }

    @Test("A folder without permission is said to be inaccessible", .enabled(if: geteuid() != 0))
    func withoutPermission() throws {
        let inner = folder.path("closed")
        try FileManager.default.createDirectory(
            atPath: inner, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o500])
        let error = try #require(failure(at: inner + "/anchord.sqlite"))
        #expect(error.kind == .inaccessible)
    }

    @Test("A full device refuses a journal file whole, and says it is full")
    func fullDevice() throws {
        #expect {
            _ = try JournalSegment(path: "/dev/full", first: 1)
        } throws: { error in
            guard let error = error as? StoreError else { return false }
            return error.kind == .full && error.description.contains("journal_bytes_max")
        }
    }

    @Test("The checksum is CRC-32C as RFC 3720 shows it, at every length of the eight-byte steps")
    func checksum() {
        func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes(CRC32C.checksum(of:)) }
        #expect(crc(Array("123456789".utf8)) == 0xE306_9283)
        #expect(crc([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(crc([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(crc(Array(0..<32)) == 0x46DD_794E)
    }

    @Test("Settings that cannot work are named one by one")
    func settingsProblems() {
        #expect(StoreSettings().problems().isEmpty)
        var settings = StoreSettings()
        settings.path = ""
        settings.journalFolder = ""
        settings.commitEvery = .zero
        settings.journalBytesMax = 0
        settings.verdictsKeep = .zero
        settings.calmVerdictEvery = .seconds(-1)
        settings.sizeMax = 1
        settings.outboxMax = 0
        #expect(settings.problems().count == 8)
    }

    @Test("The folders of systemd are used, and the journal leaves memory when power may fail")
    func effectivePaths() {
        let environment = [
            "STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "RUNTIME_DIRECTORY": "/run/a",
        ]
        var settings = StoreSettings()
        #expect(settings.effectivePath(environment: [:]) == "./anchord-state/anchord.sqlite")
        #expect(settings.effectivePath(environment: environment) == "/var/lib/a/anchord.sqlite")
        #expect(settings.effectiveJournalFolder(environment: environment) == "/run/a/journal")
        settings.durability = .power
        #expect(settings.effectiveJournalFolder(environment: environment) == "/var/lib/a/journal")
    }
}
