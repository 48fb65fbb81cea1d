import ArgumentParser
import Foundation
import Signals
import Tools

/// `anchord record`: what a broker sends, as a recording.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Write what a broker sends into a recording.",
        discussion: """
            A recording holds one JSON line per message, as mosquitto_sub -F %J prints them; payloads \
            that are no text are kept as payload_hex. Ctrl-C ends it; what was written is whole. The \
            daemon's own session is not touched.

              anchord record --topic 'features/#' shift.ndjson.gz
              anchord record --topic 'features/press-1/+' --seconds 60 -
            """)

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Topic filter; may be given several times.", valueName: "filter"))
    var topic: [String] = []

    @Argument(help: "The recording; gzip when it ends in .gz, - for standard output.")
    var out: String

    @OptionGroup var location: BrokerLocation

    @Option(help: ArgumentHelp("End after so many seconds.", valueName: "n"))
    var seconds: Double?

    @Option(help: ArgumentHelp("End after so many messages.", valueName: "n"))
    var messages: Int?

    func validate() throws {
        if topic.isEmpty { throw ValidationError("Say what to record: --topic 'features/#'.") }
        if let seconds, !(seconds > 0) { throw ValidationError("--seconds must be positive.") }
        if let messages, messages < 1 { throw ValidationError("--messages must be 1 or more.") }
    }

    func run() throws {
        let (_, broker) = try location.load()
        Interruption.listen()
        let recorder = Recorder(
            broker: broker, topics: topic, path: out, spanMax: seconds.map { .seconds($0) },
            messagesMax: messages)
        let line = StatusLine()
        let progress = try recorder.run(
            report: {
                line.show("\($0.messages) messages, \($0.topics) topics, \(size($0.bytes))")
            },
            note: { tell($0) })
        line.clear()
        tell(
            "Recorded \(progress.messages) messages of \(progress.topics) topics, "
                + "\(size(progress.bytes)), into \(out).")
    }
}

/// Bytes for people.
func size(_ bytes: Int) -> String {
    bytes < 1 << 20 ? "\(bytes >> 10) kB" : "\(bytes >> 20) MB"
}
