import Foundation
import GRDB

/// What could not be remembered or recalled: what was attempted, what was found, what to do.
package struct StoreError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The path cannot be created, opened or written by this user.
        case inaccessible
        /// The file is something else, or damaged.
        case notOurs
        /// A later version of anchord wrote it.
        case newer
        /// No room left on the disk.
        case full
        /// Another process holds it.
        case inUse
        /// The disk failed, or SQLite refused for a reason not foreseen.
        case failed
    }

    package let kind: Kind
    /// What we were doing, as the end of "could not …".
    package let attempt: String
    package let found: String
    package let remedy: String

    package var description: String { "could not \(attempt): \(found). \(remedy)" }

    /// Whether the same call may succeed later without anyone changing the settings.
    package var isRetriable: Bool { kind == .full || kind == .inUse }
}

extension StoreError {
    /// What SQLite said, in an operator's words; its own words are kept in `found`.
    init(_ error: any Error, attempting attempt: String) {
        switch error {
        case let error as StoreError:
            self = error
        case let error as DatabaseError:
            self.init(error, attempting: attempt)
        case let error as CocoaError:
            self.init(
                kind: error.code == .fileWriteOutOfSpace ? .full : .inaccessible, attempt: attempt,
                found: error.localizedDescription, remedy: Self.accessRemedy)
        default:
            self.init(
                kind: .failed, attempt: attempt, found: "\(error)", remedy: Self.reportRemedy)
        }
    }

    private init(_ error: DatabaseError, attempting attempt: String) {
        let said = "\(error.message ?? "no message") (SQLite \(error.extendedResultCode.rawValue))"
        let (kind, remedy): (Kind, String) =
            switch error.resultCode {
            case .SQLITE_NOTADB, .SQLITE_CORRUPT:
                (
                    .notOurs,
                    "Move the file away; anchord then starts with an empty state and warms up anew."
                )
            case .SQLITE_FULL:
                (.full, "Make room on the disk, or lower store.size_max.")
            case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
                (.inaccessible, Self.accessRemedy)
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                (.inUse, "Another process holds the file; let it finish, or end it.")
            case .SQLITE_IOERR:
                (.failed, "Check the disk and the system's log for errors of the device.")
            default:
                (.failed, Self.reportRemedy)
            }
        self.init(kind: kind, attempt: attempt, found: said, remedy: remedy)
    }

    /// What the operating system said to a call on a file.
    init(errno code: Int32, attempting attempt: String) {
        let (kind, remedy): (Kind, String) =
            switch code {
            case ENOSPC, EDQUOT, EFBIG:
                (.full, "Make room there, or lower store.journal_bytes_max.")
            case EACCES, EPERM, EROFS, ENOENT, ENOTDIR, ELOOP:
                (.inaccessible, Self.accessRemedy)
            case EWOULDBLOCK:
                (.inUse, "Another anchord uses this folder; give each its own, or end one.")
            default:
                (.failed, "Check the disk and the system's log for errors of the device.")
            }
        self.init(
            kind: kind, attempt: attempt,
            found: "\(String(cString: strerror(code))) (errno \(code))", remedy: remedy)
    }

    private static let accessRemedy =
        "Check that the folder exists and that the user anchord runs as may write to it."
    private static let reportRemedy =
        "Please report this; anchord goes on with its last committed state after a restart."
}
