import ArgumentParser
import Daemon
import Signals

/// `anchord quarantine`: messages that the daemon died of and holds back.
struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "List messages the daemon died of, or release them.",
        discussion: """
            A message found in flight after three deaths of the daemon is no longer processed, so \
            that it cannot kill a fourth one. It is kept, to be looked at and reported.
            """,
        subcommands: [List.self, Release.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One line for each message.")
        @OptionGroup var line: ControlLine

        func run() throws {
            for entry in try line.ask(ControlRequest(.quarantine)).quarantine ?? [] {
                print(entry.line)
            }
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Process a message again, as after an upgrade that mends the fault.",
            discussion: """
                It comes with the time it had, so it is late where its windows have closed. If the \
                daemon dies of it once more, it is back in quarantine at the next start.
                """)
        @OptionGroup var line: ControlLine
        @Argument(help: "Its id, as `anchord quarantine list` shows it, or: all")
        var id: String

        func run() throws {
            let request = ControlRequest(.release, id: id == "all" ? nil : id)
            let released = try line.ask(request).quarantine ?? []
            if released.isEmpty { print("The quarantine is empty.") }
            for entry in released {
                print(
                    entry.isWhole
                        ? "Released \(entry.id) and processed it again."
                        : "Released \(entry.id). Only its beginning was kept: it is processed when it comes again."
                )
            }
        }
    }
}

extension QuarantineEntry {
    var line: String {
        let last = TimeText.utc(EventTime(milliseconds: lastMs))
        return "\(id)  \(topic)  \(attempts) attempts  \(last)  \(payloadBytes) bytes  \(reason)"
    }
}
