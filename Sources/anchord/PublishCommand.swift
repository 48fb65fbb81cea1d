import ArgumentParser
import Daemon
import Foundation
import Signals
import Tools

/// `anchord publish`: a recording, played into a broker.
struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Play recordings into a broker.",
        discussion: """
            Messages leave at the recording's own pace, times --speed; 0 is as fast as the broker \
            takes them. Lines that the broker had sent from its memory (retain 1) are left out. Ends \
            when the broker has acknowledged everything, with 1 when it refused something.

            Event times stay as they were recorded. With --restamp they move, all by the same whole \
            seconds, so that the first message's becomes now; at --speed 20 they then advance twenty \
            times as fast as the clock, because each window must hold what it held.

              anchord publish shift.ndjson.gz --speed 20
              anchord publish shift.ndjson.gz --restamp
            """)

    @Argument(help: "Recordings, plain or gzip, one after the other; - for standard input.")
    var recordings: [String]

    @OptionGroup var location: BrokerLocation

    @Option(help: ArgumentHelp("Times as fast as recorded; 0: no waiting.", valueName: "factor"))
    var speed = 1.0

    @Flag(help: "Move event times so that the recording begins now.")
    var restamp = false

    @Option(help: ArgumentHelp("0 or 1; not the recorded one.", valueName: "qos"))
    var qos = QoSOption(argument: "1")!

    func validate() throws {
        if !(speed >= 0 && speed.isFinite) { throw ValidationError("--speed must be 0 or more.") }
    }

    func run() throws {
        let (loaded, broker) = try location.load()
        Interruption.listen()
        let player = Player(
            broker: broker, recordings: recordings, speed: speed, qos: qos.qos,
            restamp: restamp ? loaded.settings.intake : nil)
        let bar = ProgressBar()
        let began = ContinuousClock.now
        let summary = try player.run(
            report: { bar.show($0, done: $1, of: $2) }, note: { tell($0) })
        bar.clear()
        let seconds = began.duration(to: .now) / .seconds(1)
        tell(
            "Published \(summary.tally.delivered) messages in "
                + String(
                    format: "%.1f s, %.0f per second.", seconds, Double(summary.sent) / seconds))
        if summary.retainedSkipped > 0 {
            tell("Left out \(summary.retainedSkipped) that came from a broker's memory.")
        }
        if let line = summary.firstBadLine {
            tell("Could not read \(summary.badLines) lines; the first: \(line).")
        }
        if restamp, summary.withoutStamp > 0 {
            tell("\(summary.withoutStamp) payloads carry no event time that could be moved.")
        }
        if summary.tally.refused > 0 {
            tell(
                "The broker refused \(summary.tally.refused) messages: "
                    + "\(summary.tally.refusal ?? "no reason given"). Its ACL must let this user "
                    + "publish to their topics.")
            throw ExitCode(1)
        }
        if summary.unacknowledged > 0 {
            tell("Ended with \(summary.unacknowledged) messages not acknowledged by the broker.")
            throw ExitCode(1)
        }
        if summary.wasInterrupted { throw ExitCode(130) }
    }
}
