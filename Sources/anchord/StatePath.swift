import Daemon
import Foundation
import Store

/// Where the state of a daemon lies that a command reads beside it.
enum StatePath {
    private static let packaged = "/var/lib/anchord/anchord.sqlite"

    /// - Parameters:
    ///   - named: the one that was asked for.
    ///   - settings: in force.
    /// - Returns: its path; whether there is such a file is not asked.
    static func of(_ named: String?, settings: DaemonSettings) -> String {
        if let named { return named }
        let environment = ProcessInfo.processInfo.environment
        if settings.store.path == nil, environment["STATE_DIRECTORY"] == nil,
            FileManager.default.fileExists(atPath: packaged)
        {
            // Where the unit's state directory is.
            return packaged
        }
        return settings.store.effectivePath(environment: environment)
    }
}
