import ArgumentParser
import Daemon
import Foundation
import MQTT
import Publishing
import Tools

/// `anchord watch`: verdicts and alarms as they are published, for a person.
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow verdicts and alarms as gateways publish them.",
        discussion: """
            One line for each verdict worth seeing, from any gateway at the broker: a score at the \
            alarm threshold, or of --min-score, an alarm, a sense that is missing. The last scores of \
            all assets are shown now and then.

            With --faults it also reads what simulate --announce writes, and holds one against the \
            other: a fault is noticed by a verdict within it whose score reaches the alarm threshold, \
            or whose alarm is raised, and which blames a sense the fault befell. A table at the end \
            says which were; exits with 1 when no score came or none was noticed.

              anchord watch --broker mqtt://gateway-7.local
            """)

    @OptionGroup var location: BrokerLocation

    @Option(
        help: ArgumentHelp(
            "Show verdicts from this score on; 3 is once in a thousand normal windows. Default: at the asset's alarm threshold.",
            valueName: "x"))
    var minScore: Double?

    @Option(help: ArgumentHelp("Where simulate announces its faults.", valueName: "file"))
    var faults: String?

    @Option(help: ArgumentHelp("End after so many seconds.", valueName: "n"))
    var seconds: Double?

    @Flag(help: "Only wait until a gateway is online; exits with 1 after --seconds (default 30).")
    var untilOnline = false

    func validate() throws {
        if let seconds, !(seconds > 0) { throw ValidationError("--seconds must be positive.") }
    }

    func run() throws {
        let (loaded, broker) = try location.load()
        Interruption.listen()
        let watch = Watch(
            broker: broker, base: loaded.settings.publishing.base, scoreMin: minScore,
            faults: faults, spanMax: seconds.map { .seconds($0) })
        if untilOnline {
            guard
                try watch.untilOnline(
                    waitMax: .seconds(seconds ?? 30), note: { tell($0) })
            else {
                tell("No gateway is online at \(broker.url).")
                throw ExitCode(1)
            }
            return
        }
        let paint = Paint()
        let outcome = try watch.run(
            show: { say(paint.line($0)) }, note: { tell($0) })
        if outcome.unread > 0 { tell("\(outcome.unread) payloads were no verdicts.") }
        if outcome.dropped > 0 {
            tell("\(outcome.dropped) messages came faster than they were read.")
        }
        guard faults != nil else { return }
        say("")
        for line in outcome.report.lines(clock: TimeText.local) { say(line) }
        if let failure = outcome.report.failure {
            tell(failure)
            throw ExitCode(1)
        }
    }
}

/// Colours, where a person looks at a terminal that wants them.
private struct Paint {
    private let isColoured =
        isatty(STDOUT_FILENO) != 0 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    func line(_ line: WatchBoard.Line) -> String {
        let text = "\(TimeText.local(line.atMs))  \(line.text)"
        guard isColoured else { return text }
        let code =
            switch line.kind {
            case .calm: "2"
            case .note: "0"
            case .odd: "33"
            case .alarm: "1;31"
            case .cleared: "32"
            case .fault: "1;36"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
