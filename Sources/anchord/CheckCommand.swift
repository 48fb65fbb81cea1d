import ArgumentParser
import Daemon
import Foundation

/// `anchord check`: says all that is wrong with the settings and touches nothing else.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say everything that is wrong with the settings; touch nothing.",
        discussion: """
            Reads the settings file, the drop-ins conf.d/*.toml beside it and the variables \
            ANCHORD__SECTION__KEY, without network and without secrets. Each fault is a line \
            file:line:column. Exits with 0 when all is good and with 78 when not.

              anchord check --config anchord.toml
              anchord check --print-effective | grep windowing
            """)

    @OptionGroup var location: SettingsLocation

    @Flag(help: "Print every setting with its value and where it came from; secrets are masked.")
    var printEffective = false

    func run() throws {
        let loaded = DaemonSettings.load(
            file: location.file, environment: ProcessInfo.processInfo.environment)
        guard loaded.faults.isEmpty else {
            for fault in loaded.faults { print(fault) }
            let count = loaded.faults.count
            tell(
                "\(count) fault\(count == 1 ? "" : "s"); the daemon would not start with these settings."
            )
            throw ExitCode(78)  // EX_CONFIG: trying again will not help.
        }
        let effective = loaded.effective()
        if printEffective {
            for setting in effective { print(setting) }
        }
        var fromFiles = 0
        var fromEnvironment = 0
        for setting in effective {
            switch setting.origin {
            case .default: break
            case .file: fromFiles += 1
            case .environment: fromEnvironment += 1
            }
        }
        let good = loaded.files.first.map { "\(($0 as NSString).lastPathComponent) is good" }
        let files = loaded.files.count == 1 ? "the file" : "\(loaded.files.count) files"
        let verdict =
            "\(good ?? "no file, the defaults are good"): \(effective.count) settings, "
            + "\(fromFiles) from \(files), \(fromEnvironment) from the environment, "
            + "\(effective.count - fromFiles - fromEnvironment) defaults"
        // Beside the settings, so that these can be piped on.
        printEffective ? tell(verdict) : print(verdict)
    }
}
