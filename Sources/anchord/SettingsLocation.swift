import ArgumentParser
import Daemon
import Foundation

/// Which settings file a command reads.
struct SettingsLocation: ParsableArguments {
    static let standard = "/etc/anchord/anchord.toml"

    @Option(
        help: ArgumentHelp(
            "Settings file; its conf.d/*.toml drop-ins and ANCHORD__SECTION__KEY come after it. Without it: \(standard) where that exists, else the defaults.",
            valueName: "file"))
    var config: String?

    /// The file that is read; `nil` when none was named and the standard one is not there.
    var file: String? {
        config ?? (FileManager.default.fileExists(atPath: Self.standard) ? Self.standard : nil)
    }

    /// Good settings, or an exit with 78 after every fault has been printed.
    func load() throws -> LoadedSettings {
        let loaded = DaemonSettings.load(
            file: file, environment: ProcessInfo.processInfo.environment)
        guard loaded.faults.isEmpty else {
            for fault in loaded.faults {
                FileHandle.standardError.write(Data("\(fault)\n".utf8))
            }
            throw ExitCode(78)  // EX_CONFIG: trying again will not help.
        }
        return loaded
    }
}
