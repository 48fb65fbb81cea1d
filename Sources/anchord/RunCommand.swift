import ArgumentParser
import Daemon
import Foundation

/// `anchord run`: the daemon in the foreground, as systemd runs it.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the daemon in the foreground, as systemd does.",
        discussion: """
            TERM and INT stop it in good order, HUP reads the settings again: bad ones are refused \
            and the old ones stay. Exit status 78 means bad settings: trying again will not help.
            """)

    @OptionGroup var location: SettingsLocation

    func run() throws {
        let status = DaemonRun(
            file: location.file, environment: ProcessInfo.processInfo.environment
        ).run()
        if status != 0 { throw ExitCode(status) }
    }
}
