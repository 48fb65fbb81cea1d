import ArgumentParser
import Daemon

/// `anchord version`: the release and nothing else.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.")

    func run() {
        print(version)
    }
}
