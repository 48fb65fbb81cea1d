import Foundation
import Logging
import Signals
import Store
import TestSupport
import Testing

@testable import Daemon

/// A message that kills the process is found in flight at each next start. Here a life ends when a
/// test lets go of its guard without a word.
@Suite("The poison guard")
struct PoisonGuardTests {
    private let folder: TemporaryFolder
    private let store: StateStore
    private let poison = message("poison")
    private let good = message("good")

    init() throws {
        folder = try TemporaryFolder()
        store = try StateStore(path: folder.path("state.sqlite"), settings: StoreSettings())
    }

    private static func message(_ text: String) -> Message {
        Message(
            topic: "features/press-1/camera", payload: Array(text.utf8),
            arrival: Arrival(wall: 0, elapsed: 0))
    }

    private var entries: [JournalEntry] {
        [
            JournalEntry(sequence: 7, record: .message(good)),
            JournalEntry(sequence: 8, record: .message(poison)),
        ]
    }

    private func life(endedCleanly: Bool) throws -> PoisonGuard {
        try PoisonGuard(
            folder: folder.url.path, store: store, entries: entries, endedCleanly: endedCleanly,
            clocks: Clocks(after: nil),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// One life that processes what the journal holds and dies in the middle of `poison`.
    private func dies() throws {
        var life = try life(endedCleanly: false)
        #expect(try life.admits(good, sequence: 7))
        life.passed(good)
        #expect(try life.admits(poison, sequence: 8))
    }

    @Test("Found in flight at three starts, a message is held back, and the others are not")
    func thirdStartHolds() throws {
        for _ in 0..<PoisonGuard.attemptsMax { try dies() }

        var life = try life(endedCleanly: false)
        #expect(try life.admits(good, sequence: 7))
        #expect(try !life.admits(poison, sequence: 8))
        #expect(life.heldTotal == 1)
        let kept = try store.quarantined()
        #expect(kept.map(\.topic) == [poison.topic])
        #expect(kept.map(\.payload) == [poison.payload])
        #expect(kept.map(\.attempts) == [PoisonGuard.attemptsMax])
        #expect(kept.allSatisfy { $0.isHeld && $0.reason.contains("died 3 times") })
    }

    @Test("What is held stays held after a clean end, also when it comes again")
    func staysHeld() throws {
        for _ in 0..<PoisonGuard.attemptsMax { try dies() }
        var careful = try life(endedCleanly: false)
        careful.rest()
        var calm = try life(endedCleanly: true)
        #expect(try !calm.admits(poison, sequence: 99))
        #expect(try calm.admits(good, sequence: 100))
    }

    @Test("Going well once clears the suspicion, so that chance crashes do not add up")
    func successClears() throws {
        for _ in 1..<PoisonGuard.attemptsMax { try dies() }
        #expect(try store.quarantined().count == 1)

        var lucky = try life(endedCleanly: false)
        #expect(try lucky.admits(poison, sequence: 8))
        lucky.passed(poison)
        #expect(try store.quarantined().isEmpty)

        for _ in 1..<PoisonGuard.attemptsMax { try dies() }
        var later = try life(endedCleanly: false)
        #expect(try later.admits(poison, sequence: 8))
    }

    @Test("A death between two messages suspects nobody")
    func betweenMessages() throws {
        for _ in 0..<5 {
            var life = try life(endedCleanly: false)
            #expect(try life.admits(poison, sequence: 8))
            life.passed(poison)
        }
        #expect(try store.quarantined().isEmpty)
    }

    @Test("After a clean end nothing is marked, and nothing is written")
    func normalOperationMarksNothing() throws {
        var life = try life(endedCleanly: true)
        #expect(try life.admits(poison, sequence: 8))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(!files.contains("in-flight"))
        var next = try self.life(endedCleanly: false)
        #expect(try store.quarantined().isEmpty)
        #expect(try next.admits(poison, sequence: 8))
    }

    @Test("A minute without a crash ends the care, and its file")
    func relaxes() throws {
        var life = try life(endedCleanly: false)
        let marker = folder.path("in-flight")
        let now = Clocks(after: nil).now
        life.relax(at: now)
        #expect(FileManager.default.fileExists(atPath: marker))
        life.relax(at: Arrival(wall: now.wall, elapsed: now.elapsed + 61_000_000_000))
        #expect(!FileManager.default.fileExists(atPath: marker))
    }
}
