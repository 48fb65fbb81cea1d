import Foundation

enum Folder {
    /// Makes `path` and what leads to it, readable by owner and group only.
    static func make(_ path: String, attempting attempt: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o750])
        } catch {
            throw StoreError(error, attempting: attempt)
        }
    }
}
