import ArgumentParser
import Daemon

@main
struct Anchord: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchord",
        abstract: "Hears a machine through several senses and says which of them disagrees.",
        discussion: """
            The daemon is `anchord run`; systemd starts it with /etc/anchord/anchord.toml. Try a \
            settings file with `anchord check`, a recording with `anchord replay`, and ask the \
            running daemon with `anchord status`.
            """,
        version: version,
        subcommands: [
            RunCommand.self, CheckCommand.self, StatusCommand.self, WatchCommand.self,
            AssetCommand.self, AlarmsCommand.self, SearchCommand.self, ReportCommand.self,
            DiagnoseCommand.self,
            LabelCommand.self, QuarantineCommand.self, RecordCommand.self, ReplayCommand.self,
            PublishCommand.self, TrainCommand.self, EvaluateCommand.self, ModelCommand.self,
            SimulateCommand.self, VersionCommand.self,
        ])
}
